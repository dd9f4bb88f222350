/** `overbook validate`: everything that can be told without running. */
import { planExperiment, readScenario } from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { mebibytes } from '../render/words.ts';
import { modulesOf } from './experiment-options.ts';

/** Throws what is wrong; says in one line what is right. */
export async function validate(
  io: Io,
  path: string,
  options: { readonly plugin?: readonly string[] },
): Promise<number> {
  const { guests, mixes, memories, cells, seeds } = await planExperiment(readScenario(path), {
    plugins: modulesOf(options.plugin),
  });
  const sizes = memories.map((memory) => `${mebibytes(memory)} MiB`).join(', ');
  io.out(
    `${path} is fine: ${guests.length} guests, host of ${sizes}, mixes ${mixes.map(({ name }) => name).join(', ')}; ` +
      `${cells.length} runs with ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}\n`,
  );
  return EXIT.fine;
}
