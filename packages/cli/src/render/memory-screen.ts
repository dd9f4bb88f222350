/** The memory screen of esxtop: host lines, then a row for each VM, fitted to the terminal. Text only. */
import type { HostCounters, Since, VmCounters } from '@overbook/core/host';
import { ofRole } from '@overbook/core/host';

import type { Field, MemorySample } from './memory-fields.ts';
import { fieldsOf, hostValue } from './memory-fields.ts';

/** How a piece of a line looks; `state` words are coloured by how bad they are. */
export type Look = 'plain' | 'label' | 'heading' | 'dim' | 'state';

export interface Piece {
  readonly text: string;
  readonly look: Look;
}
export type Line = readonly Piece[];

/** What rows are sorted by: a key of `SORTS`. */
export type Sort = keyof typeof SORTS;

/** Orders of rows by esxtop's keys, and some of ours. All but N put the largest first. */
export const SORTS = {
  N: { what: 'order in the scenario', of: () => 0 },
  M: { what: 'MEMSZ', of: (vm: VmCounters) => vm.size },
  B: { what: 'MCTLSZ', of: (vm: VmCounters) => vm.ballooned },
  C: { what: 'CNSM', of: (vm: VmCounters) => vm.consumed },
  K: { what: 'SWCUR', of: (vm: VmCounters) => ofRole(vm, 'swapped', 'kinds') ?? 0 },
} as const;

/** What is looked at. */
export interface View {
  readonly fields: ReadonlySet<string>;
  readonly sort: Sort;
  /** Columns and rows that are scrolled out of sight. */
  readonly fromField: number;
  readonly fromRow: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

function plain(text: string): Piece {
  return { text, look: 'plain' };
}
function label(text: string): Piece {
  return { text, look: 'label' };
}

/** Text of a line, for those who draw no looks. */
export function textOf(line: Line): string {
  return line
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** Cuts a line to the width of the screen. */
export function cut(line: Line, columns: number): Line {
  let room = columns;
  return line.flatMap(({ text, look }) => {
    const kept = text.slice(0, room);
    room -= kept.length;
    return kept === '' ? [] : [{ text: kept, look }];
  });
}

/** A host line: amounts of one width, each with its name; four of them fill 80 columns. */
function hostLine(head: string, parts: readonly (readonly [value: string, name: string])[]): Line {
  const texts = parts.map(([value, name], i) => {
    const end = i === parts.length - 1 ? '' : ',';
    return `${value.padStart(8)} ${`${name}${end}`.padEnd(8)}`;
  });
  return [label(head.padEnd(7)), plain(`MiB  ${texts.join('')}`.trimEnd())];
}

/** The lines above the VMs. */
export function hostLines(sample: MemorySample): readonly Line[] {
  const of = (name: string): string => hostValue(sample, name);
  const overcommit = ['overcommit1', 'overcommit5', 'overcommit15'].map(of).join(', ');
  const named = (names: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
    Object.entries(names).map(([name, counter]) => [of(counter), name]);
  return [
    [
      label('MEM    '),
      plain(`     overcommit avg: ${overcommit}   state: `),
      { text: of('state'), look: 'state' },
    ],
    hostLine('PMEM', named({ total: 'total', vmk: 'vmkernel', other: 'other', free: 'free' })),
    hostLine(
      'VMKMEM',
      named({ managed: 'managed', minfree: 'minFree', rsvd: 'reserved', ursvd: 'unreserved' }),
    ),
    hostLine('PSHARE', named({ shared: 'shared', common: 'common', saving: 'saving' })),
    hostLine(
      'SWAP',
      named({ curr: 'swapped', rclmtgt: 'swapTarget', 'r/s': 'swapInRate', 'w/s': 'swapOutRate' }),
    ),
    hostLine('ZIP', named({ zipped: 'compressed', saved: 'zipSaved' })),
    hostLine('MEMCTL', named({ curr: 'ballooned', target: 'balloonTarget', max: 'balloonMax' })),
  ];
}

/** The VMs in the order that is asked for; equal ones stay as they are. */
function sorted({ vms }: HostCounters, sort: Sort): readonly VmCounters[] {
  return [...vms].sort((a, b) => SORTS[sort].of(b) - SORTS[sort].of(a));
}

function sinceOf({ counters, before }: MemorySample, vm: VmCounters): Since<VmCounters> | undefined {
  const was = before?.vms[vm.vm];
  return was && { reading: was, elapsedNs: counters.time - before!.time };
}

const NAME = 'NAME';
const GAP = 1;
/** Names of guests are cut here, as esxtop cuts them (its `L`). */
const NAME_COLUMNS_MAX = 24;

interface Table {
  readonly nameWidth: number;
  readonly names: readonly string[];
  readonly columns: readonly {
    readonly head: string;
    readonly cells: readonly string[];
    readonly width: number;
  }[];
}

function tableOf(sample: MemorySample, fields: readonly Field[], vms: readonly VmCounters[]): Table {
  const names = vms.map(({ name, poweredOn }) =>
    (poweredOn ? name : `${name} (ended)`).slice(0, NAME_COLUMNS_MAX),
  );
  return {
    nameWidth: Math.max(NAME.length, ...names.map(({ length }) => length)),
    names,
    columns: fields.map(({ head, cell }) => {
      const cells = vms.map((vm) => cell(vm, sinceOf(sample, vm)));
      // Six columns hold every amount below 10 GiB, so that columns do not move while a host fills.
      return { head, cells, width: Math.max(head.length, 6, ...cells.map(({ length }) => length)) };
    }),
  };
}

/** How many of the columns from `from` on fit beside the names. */
function fitting({ nameWidth, columns }: Table, from: number, width: number): number {
  let used = nameWidth;
  let count = 0;
  for (const column of columns.slice(from)) {
    used += GAP + column.width;
    if (used > width) break;
    count++;
  }
  return count;
}

function tableLines(table: Table, from: number, count: number, width: number): readonly Line[] {
  const shown = table.columns.slice(from, from + count);
  const heading =
    NAME.padEnd(table.nameWidth) +
    shown.map(({ head, width: own }) => ' '.repeat(GAP) + head.padStart(own)).join('');
  return [
    [{ text: heading.padEnd(width), look: 'heading' }],
    ...table.names.map((name, row): Line => [
      label(name.padEnd(table.nameWidth)),
      plain(shown.map(({ cells, width: own }) => ' '.repeat(GAP) + cells[row]!.padStart(own)).join('')),
    ]),
  ];
}

/** Blocks of columns below each other, each as wide as fits: for output that does not scroll sideways. */
export function stackedTable(
  sample: MemorySample,
  keys: ReadonlySet<string>,
  width: number,
): readonly Line[] {
  const fields = fieldsOf(sample.counters, keys);
  const table = tableOf(sample, fields, sample.counters.vms);
  const lines: Line[] = [];
  for (let from = 0; from < table.columns.length;) {
    const count = wholeGroups(fields, from, Math.max(1, fitting(table, from, width)));
    lines.push([], ...tableLines(table, from, count, 0));
    from += count;
  }
  return lines;
}

/** A block ends with a group, unless the group alone is too wide. @returns how many of `count` columns it takes */
function wholeGroups(fields: readonly Field[], from: number, count: number): number {
  let end = from + count;
  if (end >= fields.length) return count;
  while (end > from && fields[end]!.group === fields[end - 1]!.group) end--;
  return end > from ? end - from : count;
}

function more(count: number, what: string): string {
  return `${count} more ${what}${count === 1 ? '' : 's'}`;
}

/**
 * The VMs' part of a screen of fixed size: blocks of columns below each other while there is room for all VMs.
 * @returns also what is cut, in words; empty when nothing is
 */
export function scrolledTable(
  sample: MemorySample,
  view: View,
  size: Size,
): { readonly lines: readonly Line[]; readonly hidden: string } {
  const fields = fieldsOf(sample.counters, view.fields);
  const table = tableOf(sample, fields, sorted(sample.counters, view.sort));
  const vms = table.names.length;
  const fromField = Math.min(view.fromField, Math.max(0, fields.length - 1));
  const room = Math.max(1, size.rows - 1);
  const shownRows = Math.min(vms, room);
  const fromRow = Math.min(view.fromRow, vms - shownRows);
  const lines: Line[] = [];
  let at = fromField;
  do {
    const fit = Math.max(Math.min(1, fields.length), fitting(table, at, size.columns));
    const count = wholeGroups(fields, at, fit);
    const [heading, ...rows] = tableLines(table, at, count, size.columns);
    if (lines.length > 0) lines.push([]);
    lines.push(heading!, ...rows.slice(fromRow, fromRow + shownRows));
    at += count;
  } while (at < fields.length && lines.length + vms + 2 <= size.rows);
  const hidden = { vms: vms - shownRows, columns: fromField + fields.length - at };
  const notes = [
    ...(hidden.vms > 0 ? [`${more(hidden.vms, 'VM')}: up, down`] : []),
    ...(hidden.columns > 0 ? [`${more(hidden.columns, 'column')}: left, right`] : []),
  ];
  return { lines: lines.map((line) => cut(line, size.columns)), hidden: notes.join('; ') };
}

/** How far a view may be scrolled: to the last column, to the last VM. */
export function scrollEnd(
  { counters }: MemorySample,
  keys: ReadonlySet<string>,
): { fields: number; rows: number } {
  return {
    fields: Math.max(0, fieldsOf(counters, keys).length - 1),
    rows: Math.max(0, counters.vms.length - 1),
  };
}
