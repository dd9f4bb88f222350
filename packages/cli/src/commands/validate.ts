/** `overbook validate`: everything that can be told without running. */
import { copiesIn, planExperiment, readScenario } from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { copiesSaid } from '../render/copies.ts';
import { mebibytes, wrapped } from '../render/words.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { overridesOf } from './experiment-options.ts';

export const VALIDATE_SCHEMA = 'overbook.validate/1';

/** Throws what is wrong; says in one line what is right. */
export async function validate(
  io: Io,
  path: string,
  options: Pick<ExperimentOptions, 'plugin' | 'callLimit' | 'anySize'> & { readonly json?: true },
): Promise<number> {
  const experiment = await planExperiment(readScenario(path), overridesOf(options));
  const { guests, mixes, memories, cells, seeds } = experiment;
  const copies = copiesIn(experiment);
  if (options.json === true) {
    io.out(
      `${JSON.stringify(
        {
          schema: VALIDATE_SCHEMA,
          scenario: experiment.file.scenario.name,
          guests: guests.map(({ name }) => name),
          hostMemoryPages: memories,
          mixes: mixes.map(({ name }) => name),
          baseline: experiment.baseline,
          seeds,
          runs: cells.length,
          copies,
        },
        undefined,
        2,
      )}\n`,
    );
    return EXIT.fine;
  }
  const names = mixes.map(({ name }) => name);
  const sizes = memories.map((memory) => `${mebibytes(memory)} MiB`).join(', ');
  const said = copiesSaid(copies)?.whole;
  io.out(
    wrapped(
      `${path} is fine: ${guests.length} guests, host of ${sizes}, mixes ${names.join(', ')}; ` +
        `${cells.length} runs with ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}`,
      io.columns,
    ),
  );
  if (said !== undefined) io.out(wrapped(`note: ${said}`, io.columns, '  '));
  return EXIT.fine;
}
