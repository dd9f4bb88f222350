/** The table of `overbook compare`, for a reader who sees it for the first time. */
import type { Experiment, FigureCell, MixResult, Results } from '@overbook/lab';
import { COST, PAIN, idsOf, meaning, withInterval } from '@overbook/lab';
import { mebibytes, percent, wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import { ALERT_MEANING, alertLines } from './alerts.ts';
import { assumptions, assumptionsInBrief } from './assumptions.ts';
import { differences } from './differences.ts';
import { orderSaid } from './ranking.ts';
import type { Column } from './table.ts';
import { table, tableWidth } from './table.ts';

/** Lines are no longer than this, however wide the screen. */
const TEXT_COLUMNS = 110;

/** What a caller may want beside the answer. */
export interface ComparisonWishes {
  /** Every assumption in whole sentences. */
  readonly assumptions?: boolean;
  /** The command that finds out whether other costs turn the order. */
  readonly rank?: string;
  /** What a newcomer may do next. */
  readonly next?: string;
}

/**
 * What the words mean and what was assumed, then the answer: tables, and what they say. The answer is last, so that
 * it is what a small screen shows in the end.
 */
export function comparison(
  experiment: Experiment,
  results: Results,
  screen: Screen,
  { assumptions: all = false, rank, next }: ComparisonWishes = {},
): string {
  const { bold, dim } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const assumed = (all ? assumptions : assumptionsInBrief)(experiment, columns);
  const parts = [
    dim(`${legend(results, columns)}${assumed}`.trimEnd()),
    '',
    // No empty line after it: with six mixes every line of a terminal of 24 is needed.
    bold(wrapped(headline(experiment, results), columns).trimEnd()),
  ];
  for (const memory of results.settings.hostMemoryPages) {
    const ofMemory = ({ hostMemoryPages }: MixResult): boolean => hostMemoryPages === memory;
    const mixes = results.mixes.filter(ofMemory);
    const bounds = results.bounds.filter(ofMemory);
    if (results.settings.hostMemoryPages.length > 1) parts.push(bold(hostLine(memory, results)), '');
    parts.push(tables(mixes, screen, bounds));
    for (const { name, error } of [...mixes, ...bounds])
      if (error !== undefined) parts.push(wrapped(`failed  ${name}: ${error}`, columns, '        '));
    for (const line of alertLines(mixes)) parts.push(wrapped(line, columns, '  ').trimEnd());
    const less = differences(mixes, results.baseline, screen);
    if (less !== undefined) parts.push(less);
    parts.push(wrapped(meaning(mixes, results.seeds.length, results.baseline, bounds), columns));
  }
  const hasOrder = results.mixes.some(({ rank: place = 1 }) => place > 1);
  const order = hasOrder && rank !== undefined ? wrapped(orderSaid(results.order, rank), columns) : '';
  return `${parts.join('\n').trimEnd()}\n${order}${next === undefined ? '' : wrapped(next, columns)}`;
}

const LEGEND: readonly string[] = [
  'given back: the most memory that a technique saved at one time',
  'worst guest: part of its life that the worst-hit guest waited for memory',
  'slow-down: all guests together, (busy + waiting) ÷ busy; 1 = no access waited. Idle time is not in it',
  'p99 wait: 99 of 100 waits of all guests were at most this long',
  'host CPU: host CPU time spent on memory: techniques, first touches, copies on write',
  'written, swap-ins: pages written to swap (host and guests), and read back from the host’s on a touch',
];

const DIFFERENCE: readonly string[] = [
  'less BASELINE: difference from the baseline, seed by seed, ± half its 95 % interval; within that it is chance',
];

const BOUNDS: readonly string[] = [
  '†: a bound, what no real host can do; ranked with no mix',
  'of the way to: how far a mix went from the mix that slowed the guests most to the bound',
];

function legend({ seeds, mixes, bounds }: Results, columns: number): string {
  const isAlerted = alertLines(mixes).length > 0;
  return [
    ...LEGEND,
    ...(isAlerted ? [ALERT_MEANING] : []),
    ...(seeds.length > 1 ? DIFFERENCE : []),
    ...(bounds.length > 0 ? BOUNDS : []),
  ]
    .map((line) => wrapped(line, columns, '  '))
    .join('');
}

/** What was compared, on what. */
export function headline({ file }: Experiment, results: Results): string {
  const { guests, name } = file.scenario;
  const { hostMemoryPages, guestPages } = results.settings;
  const count = guests.length === 1 ? 'one guest' : `${guests.length} guests`;
  const what = `${name}: ${count} with ${mebibytes(guestPages)} MiB`;
  return hostMemoryPages.length === 1
    ? `${what} on a host of ${mebibytes(hostMemoryPages[0]!)} MiB (${promised(guestPages, hostMemoryPages[0]!)})`
    : `${what} on hosts of ${hostMemoryPages.map(mebibytes).join(', ')} MiB`;
}

/** How often each page of the host is promised. */
function promised(guests: number, host: number): string {
  return `${(guests / host).toFixed(2)}× overcommitted`;
}

function hostLine(memory: number, { settings }: Results): string {
  return `Host of ${mebibytes(memory)} MiB (${promised(settings.guestPages, memory)})`;
}

/** Some columns that belong together, with a cell for each mix. */
interface Block {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly string[])[];
}

const NONE = '-';

/** What each technique gave. @param ids of the techniques */
function givenBlock(mixes: readonly MixResult[], ids: readonly string[]): Block {
  return {
    columns: ids.map((id) => ({ head: id, group: 'memory given back, at most (MiB)', align: 'right' })),
    cells: mixes.map(({ summary, strategies }) =>
      ids.map((id) => {
        const found = strategies.includes(id) ? summary?.reclaimedPages[id] : undefined;
        return found === undefined ? NONE : withInterval(found, mebibytes);
      }),
    ),
  };
}

/** How far each mix went to each bound; no column where none is on a way. */
function wayBlock(rows: readonly MixResult[]): Block {
  const names = [...new Set(rows.flatMap(({ reached = {} }) => Object.keys(reached)))];
  return {
    columns: names.map((head) => ({ head, group: 'of the way to', align: 'right' })),
    cells: rows.map(({ reached }) =>
      names.map((name) => (reached?.[name] === undefined ? NONE : percent(reached[name]))),
    ),
  };
}

function figureBlock(mixes: readonly MixResult[], figures: Readonly<Record<string, FigureCell>>): Block {
  return {
    columns: Object.keys(figures).map((head) => ({ head, align: 'right' })),
    cells: mixes.map(({ summary }) =>
      Object.values(figures).map((cell) => (summary === undefined ? NONE : cell(summary))),
    ),
  };
}

/** One table where the screen is wide enough, else one of what was given, and one or two of what it cost. */
export function tables(
  mixes: readonly MixResult[],
  screen: Screen,
  bounds: readonly MixResult[] = [],
): string {
  const { bold } = pc.createColors(screen.color);
  const rows = [...mixes, ...bounds];
  const names: Block = {
    columns: [{ head: 'mix', align: 'left' }],
    cells: rows.map((mix) => [`${nameAndFate(mix)}${bounds.includes(mix) ? ' †' : ''}`]),
  };
  const [given, way] = [givenBlock(rows, idsOf(mixes)), wayBlock(rows)];
  const [pain, cost] = [figureBlock(rows, PAIN), figureBlock(rows, COST)];
  const fits = ({ columns, cells }: Block): boolean => tableWidth(columns, cells) <= screen.columns;
  const layouts = [
    [[given, way, pain, cost]],
    [
      [given, way],
      [pain, cost],
    ],
    [[given, way], [pain], [cost]],
    [[given], [way], [pain], [cost]],
  ].map((layout) =>
    layout
      .filter((blocks) => blocks.some(({ columns }) => columns.length > 0))
      .map((blocks) => [names, ...blocks].reduce(beside)),
  );
  return (layouts.find((layout) => layout.every(fits)) ?? layouts.at(-1)!)
    .map(({ columns, cells }) => table(columns, cells, bold))
    .join('\n');
}

function beside(left: Block, right: Block): Block {
  return {
    columns: [...left.columns, ...right.columns],
    cells: left.cells.map((row, i) => [...row, ...right.cells[i]!]),
  };
}

/** A mix that failed or lost work is never read as one that did well. */
function nameAndFate({ name, error, lostWork }: MixResult): string {
  if (error !== undefined) return `${name} (failed)`;
  return lostWork === true ? `${name} (lost work)` : name;
}
