/** `overbook counters`: every counter, by all its names. */
import { wrapped } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { counterRows } from '../render/counter-rows.ts';

/** @returns 0 */
export function counters(io: Io, options: { readonly json?: true }): number {
  const rows = counterRows();
  if (options.json === true) {
    io.out(`${JSON.stringify({ schema: 'overbook.counters/1', counters: rows }, undefined, 2)}\n`);
    return EXIT.fine;
  }
  for (const { column, level, esxtop, vcenter, set, meaning } of rows) {
    const names = [esxtop && `esxtop ${esxtop}`, vcenter && `vCenter ${vcenter}`].filter(Boolean).join(', ');
    const where = `${level}${set === undefined ? '' : `, set ${set}`}${names === '' ? '' : `, ${names}`}`;
    io.out(`${column} (${where})\n`);
    io.out(wrapped(`  ${meaning}`, io.columns - 2, '  ').replace(/^/, '  '));
  }
  return EXIT.fine;
}
