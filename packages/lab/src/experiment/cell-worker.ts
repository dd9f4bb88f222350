/** Runs cells in a worker thread: imports the same modules, once per thread, and is sent the guests. */
import { parentPort } from 'node:worker_threads';

import { watchPluginCalls } from '@overbook/core/internals';
import type { GuestSpec } from '@overbook/sim';

import { PluginCatalogue } from '../plugins/load-plugins.ts';
import type { Cell, Plan } from './plan.ts';
import { forbidExit } from './no-exit.ts';
import type { Outcome } from './run-cell.ts';
import { runCell } from './run-cell.ts';
import { beat, beginsPreparing, callsPlugin } from './run-limits.ts';
import type { WatchedTask } from './watched-pool.ts';

export interface CellTask extends WatchedTask {
  readonly plan: Plan;
  readonly cell: Cell;
  /** Their arrays are shared with all threads. */
  readonly guests: readonly GuestSpec[];
}

/** Sent while a cell runs. */
export interface CellProgress {
  readonly index: number;
  readonly fraction: number;
}

let prepared: { catalogue: PluginCatalogue; guests: readonly GuestSpec[] } | undefined;

/** No plugin's place. */
const HOST = -1;

forbidExit();

/** Called by the pool. One pool runs one experiment, so what is prepared holds for all its cells. */
export async function run({ plan, cell, guests, beats, plugins }: CellTask): Promise<Outcome> {
  beginsPreparing(beats);
  prepared ??= { catalogue: await PluginCatalogue.load(plan.modules), guests };
  const onProgress = (fraction: number): void => {
    const progress: CellProgress = { index: cell.index, fraction };
    parentPort?.postMessage(progress);
  };
  watchPluginCalls((plugin) => {
    beat(beats);
    callsPlugin(beats, plugins.indexOf(plugin));
  });
  callsPlugin(beats, HOST);
  const onSample = (): void => beat(beats);
  return runCell(plan, cell, prepared.catalogue, prepared.guests, {
    onProgress,
    onSample,
  });
}
