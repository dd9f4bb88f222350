/** Tables of words and figures without lines: columns apart by two spaces, figures to the right. */
import Table from 'cli-table3';

export interface Column {
  readonly head: string;
  /** Columns of one group have a common heading. */
  readonly group?: string;
  readonly align: 'left' | 'right';
}

const GAP = 2;
/** Characters of the first cell of a row that are shown: a name may have hundreds. */
const NAME_MAX = 40;
const NAME_END = 12;

/** No lines: gaps only. */
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

function widths(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly number[] {
  const own = columns.map((column, i) => Math.max(column.head.length, ...rows.map((row) => row[i]!.length)));
  for (const { first, count, name } of groupsOf(columns)) {
    const inside = own.slice(first, first + count).reduce((sum, width) => sum + width, GAP * (count - 1));
    if (name.length > inside) own[first] = own[first]! + name.length - inside;
  }
  return own;
}

interface Group {
  readonly name: string;
  readonly first: number;
  count: number;
}

function groupsOf(columns: readonly Column[]): readonly Group[] {
  const groups: Group[] = [];
  for (const [i, { group }] of columns.entries()) {
    if (group === undefined) continue;
    const last = groups.at(-1);
    if (last !== undefined && last.name === group && last.first + last.count === i) last.count++;
    else groups.push({ name: group, first: i, count: 1 });
  }
  return groups;
}

/** The row, with a long name cut in its middle: long names often differ at their end. */
function shown([name = '', ...figures]: readonly string[]): readonly string[] {
  if (name.length <= NAME_MAX) return [name, ...figures];
  return [`${name.slice(0, NAME_MAX - NAME_END - 1)}…${name.slice(-NAME_END)}`, ...figures];
}

/** Columns that the table takes on the screen. */
export function tableWidth(columns: readonly Column[], rows: readonly (readonly string[])[]): number {
  return widths(columns, rows.map(shown)).reduce((sum, width) => sum + width, GAP * (columns.length - 1));
}

/** The table as text, each line ended. @param bold styles headings; they must keep their width */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  bold: (text: string) => string,
): string {
  const fitting = rows.map(shown);
  const colWidths = [...widths(columns, fitting)];
  const made = new Table({
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align),
    colWidths,
  });
  made.push(
    columns.map(({ head }) => bold(head)),
    ...fitting.map((row) => [...row]),
  );
  const lines = made.toString().split('\n');
  const heading = groupLine(columns, colWidths);
  return [...(heading === undefined ? [] : [bold(heading)]), ...lines]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function groupLine(columns: readonly Column[], colWidths: readonly number[]): string | undefined {
  const groups = groupsOf(columns);
  if (groups.length === 0) return undefined;
  let line = '';
  for (const { name, first, count } of groups) {
    const start = colWidths.slice(0, first).reduce((sum, width) => sum + width + GAP, 0);
    const inside = colWidths
      .slice(first, first + count)
      .reduce((sum, width) => sum + width, GAP * (count - 1));
    line = line.padEnd(start) + name.padStart(Math.ceil((inside + name.length) / 2));
  }
  return line;
}
