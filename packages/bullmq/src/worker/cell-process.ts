/**
 * A process that runs cells, one at a time, in a thread of its own: whatever a plugin does ends the thread or this
 * process, and never the worker. BullMQ starts it, and calls what is exported here.
 */
import { LoadedDatasets } from '@overbook/lab';
import type { Engine, Ran } from '@overbook/study';
import { localEngine } from '@overbook/study';

import type { PlacedJob } from '../queue/cell-job.ts';

let engine: Promise<Engine> | undefined;

// The worker ended, or was ended: what runs here is another's now.
process.on('disconnect', () => process.exit());

export default async function runCell(job: { readonly data: PlacedJob; readonly id?: string }): Promise<Ran> {
  const { request, plugins, limits } = job.data;
  // With the first cell's limits: they are the worker's.
  engine ??= localEngine(new LoadedDatasets(), { workers: 1, limits });
  return (await engine).run({ key: job.id ?? '', point: 0, values: {}, request, plugins }, undefined);
}
