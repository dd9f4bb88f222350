/** What `overbook rank` prints: how often each mix came out best, what turns that, and a sentence of it. */
import type { Experiment, KnownOrder, RankedMix, Ranking } from '@overbook/lab';
import { counted, listed, mebibytes, percent, wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';

const TEXT_COLUMNS = 110;

const LEGEND: readonly string[] = [
  'best in: settings of all that is assumed in which the mix had the least slow-down of all that did all their work',
  'slow-down: all guests together, (busy + waiting) ÷ busy: lowest, median and highest over the settings',
];

const COLUMNS: readonly Column[] = [
  { head: 'mix', align: 'left' },
  { head: 'best in', align: 'right' },
  { head: 'lowest', group: 'slow-down', align: 'right' },
  { head: 'median', group: 'slow-down', align: 'right' },
  { head: 'highest', group: 'slow-down', align: 'right' },
];
const LOST: Column = { head: 'lost work in', align: 'right' };

export function rankingText(experiment: Experiment, ranking: Ranking, screen: Screen): string {
  const { bold, dim } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const { design, mixes } = ranking;
  const anyLost = mixes.some(({ lostWork }) => lostWork > 0);
  const rows = mixes.map((mix) => {
    const row = [mix.name, share(mix.best, design.points.length), ...spread(mix)];
    return anyLost ? [...row, String(mix.lostWork)] : row;
  });
  return [
    dim(LEGEND.map((line) => wrapped(line, columns, '  ')).join('')),
    bold(wrapped(headline(experiment, ranking), columns)),
    table(anyLost ? [...COLUMNS, LOST] : COLUMNS, rows, bold),
    ...turnTable(ranking, bold),
    wrapped(rankingSaid(ranking), columns),
  ].join('\n');
}

function headline({ file, memories, seeds }: Experiment, { design, factors, unpaid }: Ranking): string {
  const hosts = `host of ${memories.map(mebibytes).join(', ')} MiB`;
  const varied = [
    counted(factors.filter(({ kind }) => kind === 'cost').length, 'cost'),
    ...(factors.some(({ kind }) => kind === 'spread') ? ['the spread of arrivals'] : []),
    ...optionsCounted(factors.filter(({ kind }) => kind === 'option').length),
  ];
  const left = unpaid.length === 0 ? '' : ` (${unpaid.length} that no run paid left out)`;
  return (
    `${file.scenario.name}: ${counted(design.points.length, 'setting')} of ${listed(varied)} ` +
    `within their ranges${left}, ${hosts}, ${counted(seeds.length, 'seed')}`
  );
}

function optionsCounted(count: number): readonly string[] {
  return count === 0 ? [] : [counted(count, 'option')];
}

function share(count: number, of: number): string {
  return `${count} (${percent(count / of)})`;
}

/** Lowest, median, highest. */
function spread({ pain }: RankedMix): readonly string[] {
  const known = pain.filter((one) => one !== null).sort((a, b) => a - b);
  if (known.length === 0) return ['-', '-', '-'];
  const half = known.length / 2;
  const median = (known[Math.ceil(half) - 1]! + known[Math.floor(half)]!) / 2;
  return [known[0]!, median, known.at(-1)!].map((one) => one.toFixed(3));
}

/** Most that are shown: the clearest ones come first. */
const TURNS_SHOWN = 8;

function turnTable({ turns, factors }: Ranking, bold: (text: string) => string): readonly string[] {
  if (turns.length === 0) return [];
  const columns: readonly Column[] = [
    { head: 'what turns the order', align: 'left' },
    { head: 'where it is', align: 'left' },
    { head: 'gains', align: 'left' },
    { head: 'correlation', align: 'right' },
  ];
  const flags = new Set(factors.filter((one) => one.kind === 'option' && one.flag).map(({ name }) => name));
  const rows = turns
    .slice(0, TURNS_SHOWN)
    .map(({ factor, mix, correlation }) => [
      factor,
      whereGains(flags.has(factor), correlation),
      mix,
      Math.abs(correlation).toFixed(2),
    ]);
  return [table(columns, rows, bold)];
}

function whereGains(isFlag: boolean, correlation: number): string {
  const [high, low] = isFlag ? (['on', 'off'] as const) : (['high', 'low'] as const);
  return correlation > 0 ? high : low;
}

/** The sentence. */
export function rankingSaid({ lead, mixes, design, turns }: Ranking): string {
  if (lead === null) return 'No mix let all guests do all their work in any setting.';
  const all = design.points.length;
  const best = mixes.filter((mix) => mix.best > 0).sort((a, b) => b.best - a.best);
  const ranges = 'within the ranges of what is assumed';
  if (best.length === 1)
    return `\`${lead}\` came out best in all ${all} settings: who is best does not turn ${ranges}.`;
  const [first, ...others] = best;
  const counts = listed(others.map(({ name, best: count }) => `\`${name}\` in ${count}`));
  const who =
    `\`${first!.name}\` came out best in ${first!.best} of ${all} settings, ${counts}: ` +
    `who is best turns ${ranges}`;
  if (turns.length === 0) return `${who}, and nothing alone is seen to turn it.`;
  const names = [...new Set(turns.map(({ factor }) => factor))].slice(0, 3);
  return `${who}, most of all with ${listed(names)}.`;
}

/** The line of a comparison: whether its order is known to turn. @param rank the command that finds out */
export function orderSaid(order: KnownOrder, rank: string): string {
  switch (order.kind) {
    case 'unknown':
      return `Other assumptions may turn this: \`${rank}\` tells.`;
    case 'outdated':
      return `${order.file} ranks other mixes, sizes or text: \`${rank}\` renews it.`;
    case 'ranked': {
      const { lead, bestIn, of, turns, file } = order;
      if (lead === null) return `No mix does all the work in any setting of what is assumed (${file}).`;
      const best = `\`${lead}\` is best in ${bestIn} of ${of} settings of what is assumed`;
      if (bestIn === of) return `Other assumptions are not known to turn this order: ${best} (${file}).`;
      const what = turns.length === 0 ? '' : `, with ${listed(turns.slice(0, 3))}`;
      return `This order is known to turn${what}: ${best} (${file}).`;
    }
  }
}
