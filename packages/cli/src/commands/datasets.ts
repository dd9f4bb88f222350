/** `overbook datasets`: what ships with the project and can be named in a scenario. */
import { shippedDatasets, sizeOfDataset } from '@overbook/lab';
import { wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';

export const DATASETS_SCHEMA = 'overbook.datasets/1';

/** How a guest names one of a kind. */
const USED_AS = { recording: 'recording', trace: 'trace', image: 'image', digest: 'image' } as const;

/** Lists them by kind. */
export function datasets(io: Io, options: { readonly json?: true }): number {
  const all = shippedDatasets().map((one) => ({ ...one, bytes: sizeOfDataset(one) }));
  if (options.json === true) {
    io.out(`${JSON.stringify({ schema: DATASETS_SCHEMA, datasets: all }, undefined, 2)}\n`);
    return EXIT.fine;
  }
  const { bold } = pc.createColors(io.color);
  if (all.length === 0) {
    io.out(wrapped('No datasets here: a clone of the project has them, its packages do not.', io.columns));
    return EXIT.fine;
  }
  for (const [kind, key] of Object.entries(USED_AS)) {
    const ofKind = all.filter((one) => one.kind === kind);
    io.out(`${bold(`${key}: NAME`)} (${kind})\n`);
    const width = Math.max(...ofKind.map(({ name }) => name.length));
    for (const { name, bytes, what } of ofKind)
      io.out(`  ${name.padEnd(width)}${kibibytes(bytes).padStart(10)}  ${what}\n`);
    for (const from of new Set(ofKind.map((one) => one.from)))
      io.out(wrapped(`  from: ${from}`, io.columns, '  '));
    io.out('\n');
  }
  io.out('Any scenario can name one, as in `{ name: cache, recording: redis }`.\n');
  return EXIT.fine;
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
