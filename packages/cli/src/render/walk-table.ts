/** Many walked addresses in one table, nested and shadow paging side by side. */
import type { CountedWalk } from '../translate/counted-walk.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { head: 'address', align: 'left' },
  { head: 'backing', align: 'left' },
  { head: 'guest', group: 'page size', align: 'left' },
  { head: 'host', group: 'page size', align: 'left' },
  { head: 'first', group: 'nested', align: 'right' },
  { head: 'exit', group: 'nested', align: 'right' },
  { head: 'then', group: 'nested', align: 'right' },
  { head: 'first', group: 'shadow', align: 'right' },
  { head: 'exit', group: 'shadow', align: 'right' },
  { head: 'then', group: 'shadow', align: 'right' },
];

/** @param walks of the same addresses, by nested and by shadow paging */
export function walkTable(
  nested: readonly CountedWalk[],
  shadow: readonly CountedWalk[],
  bold: (text: string) => string,
): string {
  const rows = nested.map((walk, i) => {
    const { backing, guestPage } = walk.before;
    const what = backing === undefined ? '-' : `${backing.kind}${walk.access === 'write' ? ' (w)' : ''}`;
    return [
      walk.address,
      what,
      guestPage ?? '-',
      backing?.hostPage ?? '-',
      ...figures(walk),
      ...figures(shadow[i]!),
    ];
  });
  return table(COLUMNS, rows, bold);
}

function figures({ first, again }: CountedWalk): readonly string[] {
  return [
    first.softwareReferences === 0
      ? String(first.references)
      : `${first.references}+${first.softwareReferences}`,
    String(first.exits),
    again === undefined ? '-' : String(again.references),
  ];
}
