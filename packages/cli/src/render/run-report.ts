/** One run in detail: guests, host, CPU time, memory states. */
import type { HostMemoryState } from '@overbook/core';
import type { MemoryStateModel } from '@overbook/core/host';
import { sumOfRole } from '@overbook/core/host';
import type { Cell, Outcome } from '@overbook/lab';
import { duration, grouped, mebibytes, percent, wrapped, wrappedItems } from '@overbook/lab/words';
import type { GuestResult, SimulationResult } from '@overbook/sim';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import { HOST_PAGING, HOST_PAGING_LEGEND, hostPagingRows } from './host-paging.ts';
import { DEFAULT_KEYS } from './memory-fields.ts';
import { cut, hostLines, stackedTable } from './memory-screen.ts';
import { painted } from './painted.ts';
import type { Column } from './table.ts';
import { table, tableWidth } from './table.ts';

function left(head: string): Column {
  return { head, align: 'left' };
}
function right(head: string): Column {
  return { head, align: 'right' };
}

/** The report of a run, or why it failed. @param model the host's memory states */
export function runReport(
  cell: Cell,
  outcome: Outcome,
  screen: Screen,
  model: Pick<MemoryStateModel, 'names'> = {},
): string {
  const { bold } = pc.createColors(screen.color);
  const title = `${cell.mix.name} on ${mebibytes(cell.memory)} MiB, seed ${cell.seed}`;
  if (outcome.kind !== 'done')
    return `${bold(title)}\n${wrapped(`failed: ${outcome.what}`, screen.columns)}\n`;
  const { result } = outcome;
  return [
    `${bold(title)}: ${duration(result.measuredNs)} of guest time, slow-down ${result.summary.slowdown.toFixed(3)}\n`,
    `${fitted(GUESTS, guestRows(result), screen)}${endings(result, screen)}${alertLines(result, screen)}`,
    ...translated(result, screen),
    ...swappedUnasked(result, screen),
    factLines(result, screen, model),
    countersOf(result, screen),
    memoryAtEnd(result, screen),
  ].join('\n');
}

const GUESTS: readonly Column[] = [
  left('guest'),
  ...['slow-down', 'busy', 'waited', 'worst wait', 'swap-ins', 'cow breaks', 'touches', 'take'].map(right),
];

function guestRows({ guests, host }: SimulationResult): readonly (readonly string[])[] {
  const roles = host.vms[0]?.roles ?? {};
  return guests.map((guest) => [
    guest.name,
    guest.slowdown.toFixed(3),
    duration(guest.busyNs),
    duration(guest.stallNs),
    duration(guest.worstStallNs),
    grouped(sumOfRole(guest.faults, roles, 'swapped') ?? 0),
    grouped(guest.cowBreaks),
    grouped(guest.touches),
    String(guest.take ?? ''),
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

function swappedUnasked({ guests, host }: SimulationResult, screen: Screen): readonly string[] {
  const rows = hostPagingRows(guests, host.vms[0]?.roles ?? {});
  // What no guest can tell is nobody's to read.
  if (rows.every(([, ...cells]) => cells.every((cell) => cell === 'n/a'))) return [];
  const { dim } = pc.createColors(screen.color);
  const legend = HOST_PAGING_LEGEND.map((line) => wrapped(line, screen.columns, '  ')).join('');
  return [`${fitted(HOST_PAGING, rows, screen)}${dim(legend.trimEnd())}\n`];
}

/** A line for each guest that did not end by itself, with the reason. */
function endings({ guests }: SimulationResult, { columns }: Screen): string {
  return guests
    .flatMap((guest) => endOf(guest) ?? [])
    .map((said) => wrapped(said, columns, '  '))
    .join('');
}

function endOf({ name, killed, notAdmitted }: GuestResult): string | undefined {
  if (notAdmitted !== undefined)
    return `not admitted: ${name} at ${duration(notAdmitted.atNs)}: ${notAdmitted.why}`;
  return killed === undefined ? undefined : `ended: ${name} at ${duration(killed.atNs)}: ${killed.why}`;
}

/** A line for each published alert rule that held for someone. */
function alertLines({ guests, alerts: ofHost }: SimulationResult, { columns }: Screen): string {
  return [{ name: 'the host', alerts: ofHost }, ...guests]
    .flatMap(({ name, alerts = {} }) =>
      Object.entries(alerts).map(([rule, times]) => ({ name, rule, ...times })),
    )
    .filter(({ heldNs }) => heldNs > 0)
    .map(({ name, rule, heldNs, firedNs }) =>
      wrapped(
        `alert ${rule}: ${name}, held for ${duration(heldNs)}, fired for ${duration(firedNs)}`,
        columns,
        '  ',
      ),
    )
    .join('');
}

/** A table, or on a narrow screen several beneath one another, each of which begins with the first column. */
function fitted(columns: readonly Column[], rows: readonly (readonly string[])[], screen: Screen): string {
  const { bold } = pc.createColors(screen.color);
  const shown = columns.flatMap((_, i) => (i > 0 && rows.some((row) => row[i] !== '') ? [i] : []));
  const parts: number[][] = [[]];
  for (const i of shown) {
    const wider = [0, ...parts.at(-1)!, i];
    const cells = rows.map((row) => wider.map((at) => row[at]!));
    const isTooWide =
      tableWidth(
        wider.map((at) => columns[at]!),
        cells,
      ) > screen.columns;
    if (isTooWide && parts.at(-1)!.length > 0) parts.push([]);
    parts.at(-1)!.push(i);
  }
  return parts
    .map((part) => {
      const used = [0, ...part];
      return table(
        used.map((at) => columns[at]!),
        rows.map((row) => used.map((at) => row[at]!)),
        bold,
      );
    })
    .join('\n');
}

function factLines(
  { summary, cpuNs, stateNs, measuredNs, decisionCounts, policies }: SimulationResult,
  { columns }: Screen,
  { names }: Pick<MemoryStateModel, 'names'>,
): string {
  const nameOf = (state: string): string => names?.[state as HostMemoryState] ?? state;
  const inStates = Object.entries(stateNs).map(
    ([state, ns]) => `${nameOf(state)} ${percent(ns / measuredNs)}`,
  );
  const cpu = Object.entries(cpuNs).map(([account, ns]) => `${account} ${duration(ns)}`);
  const given = Object.entries(summary.reclaimedPages).map(([id, count]) => `${id} ${mebibytes(count)} MiB`);
  const decided = Object.entries(decisionCounts).map(([kind, count]) => `${kind} ${grouped(count)}`);
  const silent = policies.filter(({ orders }) => orders === 0).map(({ id }) => `${id} gave no order`);
  const facts: readonly (readonly [name: string, items: readonly string[]])[] = [
    ['given back', given.map((one) => `${one} at most`)],
    ['swapped', [`${grouped(summary.swapOutPages)} pages out`, `${grouped(summary.swapInPages)} in`]],
    ['CPU time', cpu],
    [names === undefined ? 'memory states' : 'free memory', inStates],
    ['policy', silent],
    ['decisions', decided],
  ];
  return facts
    .filter(([, items]) => items.length > 0)
    .map(([name, items]) => wrappedItems(name.padEnd(FACT_WIDTH), items, columns))
    .join('');
}

const FACT_WIDTH = 17;

/** What strategies count, in words of their own. */
function countersOf({ strategyCounters }: SimulationResult, { columns, color }: Screen): string {
  const { dim } = pc.createColors(color);
  const lines = Object.entries(strategyCounters)
    .filter(([, counters]) => Object.keys(counters).length > 0)
    .map(([id, counters]) => {
      const list = Object.entries(counters).map(([name, value]) => `${name} ${grouped(value)}`);
      return wrappedItems(`${id} counts: `, list, columns, '  ');
    });
  return lines.length === 0
    ? ''
    : `${lines.join('')}${dim(wrapped(COUNTERS_LEGEND, columns, '  ').trimEnd())}\n`;
}

const COUNTERS_LEGEND =
  'counts: over the whole run, in pages if the name has no unit; explained in the README of each ' +
  "strategy's package";

/** The memory screen of esxtop at the end of the run; rates are means over the measured part. */
function memoryAtEnd({ host, hostBefore }: SimulationResult, screen: Screen): string {
  const sample = { counters: host, before: hostBefore };
  const lines = [...hostLines(sample), ...stackedTable(sample, DEFAULT_KEYS, screen.columns)];
  const { bold } = pc.createColors(screen.color);
  const title = `${bold('memory at the end')} (MiB; rates are means; columns: overbook counters)\n`;
  return title + lines.map((line) => `${painted(cut(line, screen.columns), screen.color)}\n`).join('');
}
