import { OverbookError } from '@overbook/core';
import { didYouMean } from '@overbook/lab';

import type { Experiment, ExperimentResult, Figure } from './experiment.ts';
import { conclude } from './experiment.ts';
import type { Mechanisms } from './mechanisms.ts';
import { UNCHANGED } from './mechanisms.ts';
import { EXPERIMENTS } from './registry.ts';

/** Name and version of the JSON that `reproduce --json` prints. */
export const REPRODUCE_SCHEMA = 'overbook.reproduce/1';

/** What an experiment came to, with what is drawn of it. */
export interface Reproduced {
  readonly experiment: Experiment;
  readonly result: ExperimentResult;
  readonly figures: readonly Figure[];
}

/** Experiments by their ids, in the registry's order; all without ids. @throws OVB_EXPERIMENT_UNKNOWN */
export function chooseExperiments(ids: readonly string[] = []): readonly Experiment[] {
  const known = EXPERIMENTS.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new OverbookError(
      'OVB_EXPERIMENT_UNKNOWN',
      unknown,
      `there is no experiment '${unknown}'`,
      didYouMean(unknown, known),
    );
  }
  return ids.length === 0 ? EXPERIMENTS : EXPERIMENTS.filter(({ id }) => ids.includes(id));
}

/** Runs one experiment. @param datasets folder of the shipped inputs */
export async function reproduce(
  experiment: Experiment,
  options: {
    readonly datasets: string;
    readonly mechanisms?: Mechanisms;
    readonly progress?: (fraction: number) => void;
  },
): Promise<Reproduced> {
  const { datasets, mechanisms = UNCHANGED, progress = () => undefined } = options;
  const { rows, figures } = await experiment.run({ mechanisms, progress, datasets });
  progress(1);
  return { experiment, result: conclude(experiment, rows), figures };
}

/** `reproduce --json`. */
export function reproducedJson(all: readonly Reproduced[]): string {
  const experiments = all.map(({ result }) => result);
  return `${JSON.stringify({ schema: REPRODUCE_SCHEMA, experiments }, undefined, 2)}\n`;
}
