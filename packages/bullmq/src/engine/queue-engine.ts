/** Cells on other machines: put on a queue of BullMQ, where workers take them; results come back the same way. */
import { setInterval } from 'node:timers';

import { OverbookError } from '@overbook/core';
import type { LoadedDatasets } from '@overbook/lab';
import type { Engine, Ran, StudyCell } from '@overbook/study';
import { versionHash } from '@overbook/study';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';

import { DatasetStore } from '../datasets/dataset-store.ts';
import type { CellJob, CellJobResult, CellNotice } from '../queue/cell-job.ts';
import { EVENTS_KEPT, JOB_OPTIONS, QUEUE } from '../queue/cell-job.ts';
import { checkServer, isFull } from '../queue/first-contact.ts';
import { queueError, queueFull, queueUnreachable, workerOther } from '../queue/queue-error.ts';
import type { QueueConnection, QueueServer } from '../queue/queue-server.ts';
import { connectionOf } from '../queue/queue-server.ts';
import { slotsIn, workerVersions } from '../queue/worker-name.ts';
import { OwnDatasets } from './own-datasets.ts';

export interface QueueOptions {
  /** How long a server that went away is waited for. */
  readonly patienceMs?: number;
  /** How often cells that nothing was heard of are looked at. */
  readonly lookMs?: number;
  /** Of the code that cells are to be run with: this copy's. */
  readonly version?: string;
}

/** An engine that can say who runs its cells. */
export interface QueueEngine extends Engine {
  /** Cells that all connected workers of this version run at a time. */
  slots(): Promise<number>;
}

/** Chosen: a server that is restarted, or moves to another machine, is back by then. */
export const PATIENCE_MS = 120_000;
const LOOK_MS = 10_000;
/** Chosen: no worker of a hundred waits, and what is on the server stays small. */
const IN_FLIGHT = 256;

/**
 * @param loaded the study's datasets: sent to workers that lack them
 * @throws OVB_QUEUE_UNREACHABLE, OVB_QUEUE_REFUSED
 */
export async function queueEngine(
  server: QueueServer,
  loaded: LoadedDatasets,
  options: QueueOptions = {},
): Promise<QueueEngine> {
  await checkServer(server);
  const cells = new QueuedCells(server, loaded, options);
  await cells.begin();
  return {
    inFlight: IN_FLIGHT,
    run: (cell, signal) => cells.run(cell, signal),
    slots: () => cells.slots(),
    close: () => cells.close(),
  };
}

/** A cell that was put on the queue. */
interface Waiting {
  readonly cell: StudyCell;
  readonly resolve: (ran: Ran) => void;
  readonly reject: (error: unknown) => void;
}

class QueuedCells {
  readonly #place: string;
  readonly #version: string;
  readonly #lookMs: number;
  readonly #connection: QueueConnection;
  readonly #client: Redis;
  readonly #queue: Queue;
  readonly #datasets: OwnDatasets;
  readonly #waiting = new Map<string, Waiting>();
  readonly #signals = new WeakSet<AbortSignal>();
  #events: QueueEvents | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing can be run any more. */
  #over: unknown;

  constructor(server: QueueServer, loaded: LoadedDatasets, options: QueueOptions) {
    this.#place = server.place;
    this.#version = options.version ?? versionHash();
    this.#lookMs = options.lookMs ?? LOOK_MS;
    this.#connection = connectionOf(server, options.patienceMs ?? PATIENCE_MS, () =>
      this.#end(queueUnreachable(server.place, 'it went away')),
    );
    this.#client = new Redis(this.#connection);
    this.#client.on('error', (error: unknown) => this.#onTrouble(error));
    this.#queue = new Queue(QUEUE, {
      connection: this.#connection,
      defaultJobOptions: JOB_OPTIONS,
      streams: { events: { maxLen: EVENTS_KEPT } },
      skipVersionCheck: true,
      skipMetasUpdate: false,
    });
    this.#queue.on('error', (error) => this.#onTrouble(error));
    this.#datasets = new OwnDatasets(loaded, new DatasetStore(this.#client));
  }

  async begin(): Promise<void> {
    await this.#queue.waitUntilReady();
    // From the last event that there is: nothing that comes after it is missed.
    const [last] = await this.#client.xrevrange(this.#queue.toKey('events'), '+', '-', 'COUNT', 1);
    const events = new QueueEvents(QUEUE, {
      connection: this.#connection,
      lastEventId: last?.[0] ?? '0-0',
      skipVersionCheck: true,
    });
    this.#events = events;
    events.on('error', (error) => this.#onTrouble(error));
    events.on('completed', ({ jobId, returnvalue }) =>
      this.#onResult(jobId, returnvalue as unknown as CellJobResult),
    );
    events.on('failed', ({ jobId, failedReason }) => this.#onFailed(jobId, failedReason));
    // Another study asked for it too, maybe long ago.
    events.on('duplicated', ({ jobId }) => this.#inBackground(this.#lookAt(jobId)));
    events.on('removed', ({ jobId }) => this.#inBackground(this.#lookAt(jobId)));
    events.on('progress', ({ jobId, data }) =>
      this.#inBackground(this.#onNotice(jobId, data as unknown as CellNotice)),
    );
    await events.waitUntilReady();
    // After a restart: a server without an append-only file forgets its jobs.
    this.#client.on('ready', () => this.#inBackground(this.#lookAtAll()));
    this.#timer = setInterval(() => this.#inBackground(this.#lookAtAll()), this.#lookMs);
  }

  async run(cell: StudyCell, signal: AbortSignal | undefined): Promise<Ran> {
    signal?.throwIfAborted();
    if (this.#over !== undefined) throw this.#over;
    if (signal !== undefined) this.#listenTo(signal);
    return new Promise<Ran>((resolve, reject) => {
      // What is not answered stays there, so that it is taken back from the queue at the end.
      this.#waiting.set(cell.key, { cell, resolve, reject });
      this.#put(cell).catch(reject);
    });
  }

  /** All cells of a study have one signal: it is listened to once. */
  #listenTo(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    signal.addEventListener('abort', () => this.#end(signal.reason), { once: true });
  }

  async slots(): Promise<number> {
    return slotsIn(await this.#workerNames(), this.#version);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#over ??= new Error('the engine was closed');
    await this.#takeBack();
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
    const isThere = this.#client.status === 'ready';
    const closing = Promise.allSettled([this.#events?.close(), this.#queue.close()]);
    // A connection that is between two attempts never says that it ended.
    if (isThere) await closing;
    else void this.#queue.disconnect().catch(() => undefined);
    this.#client.disconnect();
  }

  async #put({ key, request, plugins }: StudyCell): Promise<void> {
    const job: CellJob = { version: this.#version, request, plugins };
    try {
      await this.#queue.add(request.mix, job, { jobId: key });
    } catch (error) {
      throw this.#over ?? queueError(this.#place, error);
    }
  }

  #onResult(key: string, ran: CellJobResult): void {
    const waiting = this.#taken(key);
    if (waiting === undefined) return;
    waiting.resolve(ran);
    // A failed run is made again when the study is: it is no answer to the next who asks.
    if (ran.answer.kind !== 'done') this.#inBackground(this.#queue.remove(key));
  }

  /** Its process, or its worker, ended as often as it was tried. */
  #onFailed(key: string, reason: string): void {
    const waiting = this.#taken(key);
    const what = `the host with ${waiting?.cell.plugins.join(', ')} failed: ${reason}`;
    waiting?.resolve({ answer: { kind: 'failed', by: 'host', what }, ms: 0 });
  }

  #taken(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiting;
  }

  async #onNotice(key: string, notice: CellNotice): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    if (notice.kind === 'wants') return this.#datasets.send(notice.hashes);
    const others = workerVersions(await this.#workerNames());
    if (!others.has(this.#version)) this.#end(workerOther(this.#place, notice.version, this.#version));
  }

  /** Nothing may have been heard of it: its result is there, or it is not there at all. */
  async #lookAt(key: string): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const job = this.#queue.toKey(key);
    const [timestamp, finished, value] = await this.#client.hmget(
      job,
      'timestamp',
      'finishedOn',
      'returnvalue',
    );
    if (!this.#waiting.has(key)) return;
    if (finished !== null && value !== null) {
      const ran = JSON.parse(value!) as CellJobResult;
      if (ran.answer.kind === 'done') this.#onResult(key, ran);
      else await this.#queue.remove(key);
    } else if (timestamp === null) await this.#put(waiting.cell);
  }

  async #lookAtAll(): Promise<void> {
    if (this.#waiting.size === 0) return;
    if (await isFull(this.#client)) return this.#end(queueFull(this.#place));
    for (const key of this.#waiting.keys()) await this.#lookAt(key);
  }

  /** Cells that no worker has begun are not run for nobody; another study that wants them puts them there again. */
  async #takeBack(): Promise<void> {
    if (this.#client.status !== 'ready') return;
    const removed = [...this.#waiting.keys()].map((key) => this.#queue.remove(key));
    await Promise.allSettled(removed);
  }

  async #workerNames(): Promise<readonly string[]> {
    try {
      return (await this.#queue.getWorkers()).map(({ rawname }) => rawname ?? '');
    } catch {
      // A server may forbid to list its clients.
      return [];
    }
  }

  #onTrouble(error: unknown): void {
    const told = queueError(this.#place, error);
    // A server that went away may come back: the connection says when it was waited for long enough.
    if (told.code !== 'OVB_QUEUE_UNREACHABLE') this.#end(told);
  }

  #end(why: unknown): void {
    this.#over ??= why;
    for (const { reject } of this.#waiting.values()) reject(this.#over);
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof OverbookError) this.#end(error);
      else this.#onTrouble(error);
    });
  }
}
