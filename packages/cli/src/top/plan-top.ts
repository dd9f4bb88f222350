/** What `overbook top` runs: one mix, one host size, one seed. */
import type { Experiment } from '@overbook/lab';
import { planExperiment, readScenario } from '@overbook/lab';
import { mebibytes } from '@overbook/lab/words';

import type { ExperimentOptions } from '../commands/experiment-options.ts';
import { overridesOf } from '../commands/experiment-options.ts';

/** Plans the run; of several host sizes and seeds it is the first. @throws what planning throws */
export async function planTop(path: string, mix: string, options: ExperimentOptions): Promise<Experiment> {
  const experiment = await planExperiment(readScenario(path), { ...overridesOf(options), mixes: [mix] });
  return { ...experiment, cells: experiment.cells.slice(0, 1) };
}

/** Scenario, mix, host size and seed, for the screen's first line. */
export function topTitle({ file, cells }: Experiment): string {
  const { mix, memory, seed } = cells[0]!;
  return `${file.scenario.name}: ${mix.name} on ${mebibytes(memory)} MiB, seed ${seed}`;
}
