/** Takes cells from a queue and has them run by processes of its own. */
import type { OverbookError } from '@overbook/core';
import type { RunLimits } from '@overbook/lab';
import { versionHash } from '@overbook/study';
import type { Job, WorkerOptions } from 'bullmq';
import { WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';

import { DatasetCache } from '../datasets/dataset-cache.ts';
import { DatasetStore } from '../datasets/dataset-store.ts';
import { PATIENCE_MS } from '../engine/queue-engine.ts';
import type { CellJob, CellJobResult, CellNotice, PlacedJob } from '../queue/cell-job.ts';
import { QUEUE } from '../queue/cell-job.ts';
import { checkServer } from '../queue/first-contact.ts';
import { queueError, queueUnreachable, workerOther } from '../queue/queue-error.ts';
import type { QueueServer } from '../queue/queue-server.ts';
import { connectionOf } from '../queue/queue-server.ts';
import { workerName } from '../queue/worker-name.ts';
import { DatasetPlaces } from './dataset-places.ts';

export interface WorkerSettings {
  /** Cells at a time, each in a process of its own. */
  readonly concurrency: number;
  /** Folder for datasets that are fetched. */
  readonly cache: string;
  /** A name that no other process has that writes there. */
  readonly own: string;
  /** Environment of the processes that run cells, where plugins can read it: without the queue's password. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<RunLimits>;
  readonly onCell?: (cell: WorkedCell) => void;
  /** Told of what is wrong with the queue while the worker goes on. */
  readonly onTrouble?: (error: OverbookError) => void;
  /** How long a server that went away is waited for. */
  readonly patienceMs?: number;
  /** How long a cell is another worker's for the taking after the last sign of this one. */
  readonly lockMs?: number;
  /** Of the code that it has: this copy's. */
  readonly version?: string;
}

/** A cell that ended here. */
export interface WorkedCell {
  readonly mix: string;
  readonly seed: number;
  /** Milliseconds of the run. */
  readonly ms: number;
  /** Why it failed, or was refused. */
  readonly wrong?: string;
}

export interface QueueWorker {
  /** Ends once the worker has. @throws OVB_QUEUE_UNREACHABLE, OVB_WORKER_OTHER */
  readonly ended: Promise<void>;
  /** Takes no new cells and waits for those that run. */
  stop(): Promise<void>;
}

/** Chosen: no pause of a collector is so long, and no cell waits much longer for another worker. */
const LOCK_MS = 30_000;
/** Chosen: a cell that ended so many workers is what ends them. */
const STALLED_MAX = 5;

/** @throws OVB_QUEUE_UNREACHABLE, OVB_QUEUE_REFUSED */
export async function queueWorker(server: QueueServer, settings: WorkerSettings): Promise<QueueWorker> {
  await checkServer(server);
  const { promise: ended, resolve, reject } = withResolvers();
  const connection = connectionOf(server, settings.patienceMs ?? PATIENCE_MS, () =>
    leave(queueUnreachable(server.place, 'it went away')),
  );
  const client = new Redis(connection);
  const version = settings.version ?? versionHash();
  const places = new DatasetPlaces(new DatasetStore(client), new DatasetCache(settings.cache, settings.own));
  const lockMs = settings.lockMs ?? LOCK_MS;
  const worker = new CellWorker(
    { version, places, limits: settings.limits ?? {} },
    {
      connection,
      skipVersionCheck: true,
      name: workerName(version, settings.concurrency),
      concurrency: settings.concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: STALLED_MAX,
      runRetryDelay: 1000,
      workerForkOptions: { env: { ...settings.env } },
    },
  );
  const trouble = (error: unknown): void => settings.onTrouble?.(queueError(server.place, error));
  client.on('error', trouble);
  worker.on('error', trouble);
  worker.on('completed', (job, ran: CellJobResult) => settings.onCell?.(workedCell(job, ran)));
  worker.on('failed', (job, error) => {
    if (job !== undefined) settings.onCell?.({ ...cellOf(job), ms: 0, wrong: error.message });
  });
  let leaving: Promise<void> | undefined;
  const close = async (force: boolean): Promise<void> => {
    await worker.close(force);
    client.disconnect();
  };
  const leave = (error?: OverbookError): void => {
    const isGone = error?.code === 'OVB_QUEUE_UNREACHABLE';
    leaving ??= close(isGone).then(
      () => (error === undefined ? resolve() : reject(error)),
      (problem: unknown) => reject(error ?? problem),
    );
  };
  worker.onOther = (theirs) => leave(workerOther(server.place, version, theirs));
  await worker.waitUntilReady();
  return {
    ended,
    stop: async () => {
      leave();
      await leaving;
    },
  };
}

interface Work {
  readonly version: string;
  readonly places: DatasetPlaces;
  readonly limits: Partial<RunLimits>;
}

/** Looks at a job before its process gets it. */
class CellWorker extends Worker<CellJob, CellJobResult> {
  readonly #work: Work;
  /** Told of a job that was planned with other code. */
  onOther: (version: string) => void = () => undefined;

  constructor(work: Work, options: WorkerOptions) {
    super(QUEUE, new URL('./cell-process.js', import.meta.url), options);
    this.#work = work;
  }

  protected override async callProcessJob(
    job: Job<CellJob, CellJobResult>,
    token: string,
    signal?: AbortSignal,
  ): Promise<CellJobResult> {
    const { version, places, limits } = this.#work;
    if (job.data.version !== version) return this.#giveBack(job, token);
    const place = await places.of(job.data.request, (hashes) => tell(job, { kind: 'wants', hashes }));
    if ('kind' in place) return { answer: place, ms: 0 };
    const placed: PlacedJob = { ...job.data, request: { ...job.data.request, places: place.places }, limits };
    job.data = placed;
    return (await super.callProcessJob(job, token, signal)) as CellJobResult;
  }

  /** For a worker with the right code. */
  async #giveBack(job: Job<CellJob, CellJobResult>, token: string): Promise<never> {
    void this.pause(true);
    await tell(job, { kind: 'other', version: this.#work.version });
    await job.moveToWait(token);
    this.onOther(job.data.version);
    throw new WaitingError();
  }
}

async function tell(job: Job, notice: CellNotice): Promise<void> {
  await job.updateProgress({ ...notice });
}

function workedCell(job: Job<CellJob>, { answer, ms }: CellJobResult): WorkedCell {
  return { ...cellOf(job), ms, ...(answer.kind === 'done' ? {} : { wrong: answer.what }) };
}

function cellOf({ data: { request } }: Job<CellJob>): Pick<WorkedCell, 'mix' | 'seed'> {
  return { mix: request.mix, seed: request.seed };
}

function withResolvers(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
} {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}
