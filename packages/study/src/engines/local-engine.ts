/** Cells in worker threads of this process, which share one copy of the datasets; or in this thread. */
import type { LoadedDatasets, RunLimits } from '@overbook/lab';
import { CellRunner, RUN_LIMITS, newBeats } from '@overbook/lab';

import type { StudyCell } from '../cells/cell.ts';
import type { Engine, Ran } from './engine.ts';
import type { LocalTask } from './local-worker.ts';
import { timed } from './timed.ts';

export interface LocalOptions {
  /** Worker threads; 0 runs in this thread. */
  readonly workers: number;
  /** In worker threads only; what is absent is as RUN_LIMITS says. */
  readonly limits?: Partial<RunLimits>;
}

/** @param loaded what was read already; threads share it and read the rest themselves */
export async function localEngine(
  loaded: LoadedDatasets,
  { workers, limits }: LocalOptions,
): Promise<Engine> {
  return workers === 0 ? inThisThread(loaded) : inThreads(loaded, workers, { ...RUN_LIMITS, ...limits });
}

function inThisThread(loaded: LoadedDatasets): Engine {
  const runner = new CellRunner(loaded);
  return {
    inFlight: 1,
    run: ({ request }, signal) => timed(() => runner.run(request, signal === undefined ? {} : { signal })),
    close: () => Promise.resolve(),
  };
}

async function inThreads(loaded: LoadedDatasets, threads: number, limits: RunLimits): Promise<Engine> {
  // With its pool of threads, which a study that is only looked at does not need.
  const { WatchedPool } = await import('@overbook/lab/pool');
  const pool = new WatchedPool<LocalTask, Ran>({
    module: new URL('./local-worker.js', import.meta.url),
    threads,
    limits,
    workerData: await loaded.shared(),
  });
  return {
    inFlight: 2 * threads,
    run: async ({ request, plugins }: StudyCell, signal) => {
      const ran = await pool.run({ request, plugins, beats: newBeats() }, signal);
      return 'kind' in ran ? { answer: ran, ms: 0 } : ran;
    },
    close: () => pool.close(),
  };
}
