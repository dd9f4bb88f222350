/** `overbook validate`: everything that can be told without running. */
import { copiesIn, planExperiment, readScenario } from '@overbook/lab';
import { counted, listed, mebibytes, wrapped } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { copiesSaid } from '../render/copies.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { overridesOf } from './experiment-options.ts';

export const VALIDATE_SCHEMA = 'overbook.validate/1';

/** Throws what is wrong; says in one line what is right. */
export async function validate(
  io: Io,
  path: string,
  options: Pick<ExperimentOptions, 'plugin' | 'callLimit' | 'memoryLimit' | 'anySize'> & {
    readonly json?: true;
  },
): Promise<number> {
  refuseOtherKind('scenario', path, io.self);
  const experiment = await planExperiment(readScenario(path), overridesOf(options));
  const { guests, mixes, memories, cells, seeds, mayStarve } = experiment;
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
          mayStarve,
        },
        undefined,
        2,
      )}\n`,
    );
    return EXIT.fine;
  }
  const names = mixes.map(({ name }) => name);
  const sizes = memories.map((memory) => `${mebibytes(memory)} MiB`).join(', ');
  io.out(
    wrapped(
      `${path} is fine: ${counted(guests.length, 'guest')}, host of ${sizes}, ` +
        `${names.length === 1 ? 'mix' : 'mixes'} ${names.join(', ')}; ` +
        `${counted(cells.length, 'run')} with ${counted(seeds.length, 'seed')}`,
      io.columns,
    ),
  );
  for (const said of [starvingSaid(mayStarve), copiesSaid(copies)?.whole])
    if (said !== undefined) io.out(wrapped(`note: ${said}`, io.columns, '  '));
  return EXIT.fine;
}

/** What may become of guests under mixes without a last resort. */
function starvingSaid(mixes: readonly string[]): string | undefined {
  if (mixes.length === 0) return undefined;
  const all = mixes.map((name) => `'${name}'`);
  return (
    `No last resort in ${mixes.length === 1 ? 'mix' : 'mixes'} ${listed(all)}: if the host runs short and no other ` +
    'strategy can give, a guest waits for a frame, and is ended after `blockedLimit`. hostswap ' +
    'at the end of a mix can always give.'
  );
}
