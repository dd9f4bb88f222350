/** One run in detail: guests, host, CPU time, memory states. */
import type { Cell, Outcome } from '@overbook/lab';
import type { GuestResult, SimulationResult } from '@overbook/sim';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import { HOST_PAGING, hostPagingRows } from './host-paging.ts';
import { DEFAULT_KEYS } from './memory-fields.ts';
import { cut, hostLines, stackedTable } from './memory-screen.ts';
import { painted } from './painted.ts';
import type { Column } from './table.ts';
import { table, tableWidth } from './table.ts';
import { duration, grouped, mebibytes, percent, wrapped } from './words.ts';

function left(head: string): Column {
  return { head, align: 'left' };
}
function right(head: string): Column {
  return { head, align: 'right' };
}

/** The report of a run, or why it failed. */
export function runReport(cell: Cell, outcome: Outcome, screen: Screen): string {
  const { bold } = pc.createColors(screen.color);
  const title = `${cell.mix.name} on ${mebibytes(cell.memory)} MiB, seed ${cell.seed}`;
  if (outcome.kind !== 'done')
    return `${bold(title)}\n${wrapped(`failed: ${outcome.what}`, screen.columns)}\n`;
  const { result } = outcome;
  return [
    `${bold(title)}: ${duration(result.measuredNs)} of guest time, slow-down ${result.summary.slowdown.toFixed(3)}\n`,
    fitted(GUESTS, guestRows(result), screen),
    ...translated(result, screen),
    ...swappedUnasked(result, screen),
    factLines(result),
    countersOf(result, screen),
    memoryAtEnd(result, screen),
  ].join('\n');
}

const GUESTS: readonly Column[] = [
  left('guest'),
  ...['slow-down', 'busy', 'waited', 'worst wait', 'swap-ins', 'cow breaks', 'touches', 'ended'].map(right),
];

function guestRows({ guests }: SimulationResult): readonly (readonly string[])[] {
  return guests.map((guest) => [
    guest.name,
    guest.slowdown.toFixed(3),
    duration(guest.busyNs),
    duration(guest.stallNs),
    duration(guest.worstStallNs),
    grouped(guest.faults['swapped'] ?? 0),
    grouped(guest.cowBreaks),
    grouped(guest.touches),
    endOf(guest),
  ]);
}

const TRANSLATION: readonly Column[] = [
  left('translation'),
  ...['misses', 'references', 'a miss', 'exits', 'hidden', 'true', 'nested', 'CPU'].map(right),
];

/**
 * What translation did, where the run had it: TLB misses, exits, and faults by their kinds. Guests without a
 * guest-virtual side have nothing to translate.
 */
function translated({ guests, cpuNs }: SimulationResult, screen: Screen): readonly string[] {
  if (!('translation' in cpuNs)) return [];
  const rows = guests.map(({ name, translation }) => {
    if (translation === undefined) return [name, ...TRANSLATION.slice(1).map(() => 'n/a')];
    const { tlbMisses, dirtyWalks, references, exits, hiddenFaults, trueFaults, nestedFaults, ns } =
      translation;
    const counts = [exits, hiddenFaults, trueFaults, nestedFaults].map(grouped);
    const each = (references / Math.max(1, tlbMisses + dirtyWalks)).toFixed(1);
    return [name, grouped(tlbMisses), grouped(references), each, ...counts, duration(ns)];
  });
  return [fitted(TRANSLATION, rows, screen)];
}

function swappedUnasked({ guests }: SimulationResult, screen: Screen): readonly string[] {
  const rows = hostPagingRows(guests);
  return rows.length === 0 ? [] : [fitted(HOST_PAGING, rows, screen)];
}

function endOf({ killed, notAdmitted }: GuestResult): string {
  if (notAdmitted !== undefined) return `${duration(notAdmitted.atNs)}: not admitted: ${notAdmitted.why}`;
  return killed === undefined ? '' : `${duration(killed.atNs)}: ${killed.why}`;
}

/** A table, or one block of lines for each row where the screen is too narrow. */
function fitted(columns: readonly Column[], rows: readonly (readonly string[])[], screen: Screen): string {
  const { bold } = pc.createColors(screen.color);
  const kept = columns.map((_, i) => i === 0 || rows.some((row) => row[i] !== ''));
  const used = columns.filter((_, i) => kept[i]);
  const cells = rows.map((row) => row.filter((_, i) => kept[i]));
  if (tableWidth(used, cells) <= screen.columns) return table(used, cells, bold);
  return cells
    .map(([name, ...rest]) => {
      const pairs = rest.flatMap((cell, i) => (cell === '' ? [] : [`${used[i + 1]!.head} ${cell}`]));
      return `${bold(name!)}\n${wrapped(`  ${pairs.join(', ')}`, screen.columns - 2, '  ').replace(/^/, '  ')}`;
    })
    .join('');
}

function factLines({
  summary,
  cpuNs,
  stateNs,
  measuredNs,
  decisionCounts,
  policies,
}: SimulationResult): string {
  const inStates = Object.entries(stateNs).map(([state, ns]) => `${state} ${percent(ns / measuredNs)}`);
  const cpu = Object.entries(cpuNs).map(([account, ns]) => `${account} ${duration(ns)}`);
  const given = Object.entries(summary.reclaimedPages).map(([id, count]) => `${id} ${mebibytes(count)} MiB`);
  const decided = Object.entries(decisionCounts).map(([kind, count]) => `${kind} ${grouped(count)}`);
  return [
    `given back       ${given.join(', ')} (each at most)`,
    `swapped          ${grouped(summary.swapOutPages)} pages out, ${grouped(summary.swapInPages)} in`,
    `CPU time         ${cpu.join(', ')}`,
    `memory states    ${inStates.join(', ')}`,
    ...policies.filter(({ orders }) => orders === 0).map(({ id }) => `policy           ${id} gave no order`),
    ...(decided.length === 0 ? [] : [`decisions        ${decided.join(', ')}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function countersOf({ strategyCounters }: SimulationResult, screen: Screen): string {
  return Object.entries(strategyCounters)
    .filter(([, counters]) => Object.keys(counters).length > 0)
    .map(([id, counters]) => {
      const list = Object.entries(counters).map(([name, value]) => `${name} ${grouped(value)}`);
      return wrapped(`${id} counts: ${list.join(', ')}`, screen.columns, '  ');
    })
    .join('');
}

/** The memory screen of esxtop at the end of the run; rates are means over the measured part. */
function memoryAtEnd({ host, hostBefore }: SimulationResult, screen: Screen): string {
  const sample = { counters: host, before: hostBefore };
  const lines = [...hostLines(sample), ...stackedTable(sample, DEFAULT_KEYS, screen.columns)];
  const { bold } = pc.createColors(screen.color);
  const title = `${bold('memory at the end')} (MiB; rates are means over the measured part)\n`;
  return title + lines.map((line) => `${painted(cut(line, screen.columns), screen.color)}\n`).join('');
}
