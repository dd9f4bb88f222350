/** Runs cells in a worker thread: imports the same modules, reads the same datasets, once per thread. */
import { parentPort } from 'node:worker_threads';

import type { GuestSpec } from '@overbook/sim';

import { PluginCatalogue } from '../plugins/load-plugins.ts';
import { DatasetShelf } from './datasets.ts';
import type { Cell, Plan } from './experiment.ts';
import { guestSpecs } from './guests.ts';
import type { Outcome } from './run-cell.ts';
import { runCell } from './run-cell.ts';

export interface CellTask {
  readonly plan: Plan;
  readonly cell: Cell;
}

/** Sent while a cell runs. */
export interface CellProgress {
  readonly index: number;
  readonly fraction: number;
}

let prepared: { catalogue: PluginCatalogue; guests: readonly GuestSpec[] } | undefined;

/** Called by the pool. One pool runs one experiment, so what is prepared holds for all its cells. */
export async function run({ plan, cell }: CellTask): Promise<Outcome> {
  prepared ??= {
    catalogue: await PluginCatalogue.load(plan.modules),
    guests: await guestSpecs(plan.scenario, new DatasetShelf(plan.datasets)),
  };
  const onProgress = (fraction: number): void => {
    const progress: CellProgress = { index: cell.index, fraction };
    parentPort?.postMessage(progress);
  };
  return runCell(plan, cell, prepared.catalogue, prepared.guests, { onProgress });
}
