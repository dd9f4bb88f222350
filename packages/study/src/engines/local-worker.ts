/** A thread that runs cells: imports the same modules, once per thread, and shares the datasets with the others. */
import type { CellRequest, SharedDatasets } from '@overbook/lab';
import { CellRunner, LoadedDatasets, beat, beginsPreparing, callsPlugin, forbidExit } from '@overbook/lab';
import type { WatchedTask } from '@overbook/lab/pool';
import { watchPluginCalls } from '@overbook/core/internals';
import { workerData } from 'piscina';

import type { Ran } from './engine.ts';
import { timed } from './timed.ts';

/** What the thread is given for each cell. */
export interface LocalTask extends WatchedTask {
  readonly request: CellRequest;
}

/** No plugin's place. */
const HOST = -1;

const runner = new CellRunner(new LoadedDatasets(workerData as SharedDatasets));

forbidExit();

/** Called by the pool. */
export function run({ request, plugins, beats }: LocalTask): Promise<Ran> {
  beginsPreparing(beats);
  // Planning calls plugins too, which may not return.
  watchPluginCalls((plugin) => {
    beat(beats);
    callsPlugin(beats, plugins.indexOf(plugin));
  });
  const begins = (): void => callsPlugin(beats, HOST);
  return timed(() => runner.run(request, { onSample: () => beat(beats) }, begins));
}
