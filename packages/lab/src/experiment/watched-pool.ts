/** Worker threads that run cells: one that ends its thread, or has to be ended with it, fails alone. */
import { Piscina } from 'piscina';

import type { Outcome } from './run-cell.ts';
import type { Beats, RunLimits } from './run-limits.ts';
import { RunWatch, lastCalled } from './run-limits.ts';

/** What every task of a thread has. */
export interface WatchedTask {
  readonly beats: Beats;
  /** Names of the plugins whose places in the mix the thread shows, in that order. */
  readonly plugins: readonly string[];
}

export interface PoolSettings {
  /** The threads' module. */
  readonly module: URL;
  readonly threads: number;
  readonly limits: RunLimits;
  /** Given to each thread when it starts. */
  readonly workerData?: unknown;
}

/** A run that failed by itself: no fault of the input. */
export type Failed = Extract<Outcome, { kind: 'failed' }>;

/** @typeParam Message what threads post while they run */
export class WatchedPool<Task extends WatchedTask, Result, Message = never> {
  readonly #pool: Piscina<Task, Result>;
  readonly #watch: RunWatch;

  constructor({ module, threads, limits, workerData }: PoolSettings) {
    this.#watch = new RunWatch(limits);
    this.#pool = new Piscina<Task, Result>({
      filename: module.href,
      name: 'run',
      minThreads: threads,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB },
      ...(workerData === undefined ? {} : { workerData }),
    });
  }

  onMessage(listener: (message: Message) => void): void {
    this.#pool.on('message', listener);
  }

  /** @param interrupted rethrown where it is why the run ended */
  async run(task: Task, interrupted: AbortSignal | undefined): Promise<Result | Failed> {
    const over = new AbortController();
    const stopWatching = this.#watch.watch(task.beats, over);
    try {
      return await this.#pool.run(task, { signal: over.signal });
    } catch (error) {
      interrupted?.throwIfAborted();
      return failedBy(task, over.signal.aborted ? over.signal.reason : error);
    } finally {
      stopWatching();
    }
  }

  async close(): Promise<void> {
    this.#watch.stop();
    await this.#pool.destroy();
  }
}

/** Told by the plugin whose code was called last: what was wrong is most likely its doing. */
function failedBy({ beats, plugins }: WatchedTask, error: unknown): Failed {
  const last = lastCalled(beats);
  const why = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: string }).code;
  const what =
    code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? 'used more memory than a run may'
      : why.replace(/^worker /, 'its thread ');
  if (last === 'loading') return { kind: 'failed', by: 'host', what: `loading plugins ${what}` };
  const by = last === 'host' ? 'host' : plugins[last]!;
  const subject = last === 'host' ? `the host with ${plugins.join(', ')}` : by;
  return { kind: 'failed', by, what: `${subject} failed: it ${what}` };
}
