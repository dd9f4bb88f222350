/** The mixes of a host beside each other: pain over memory given back, and their ranks. */
import { PAGES_PER_MIB } from '@overbook/core';

import type { MixResult, SummaryIntervals } from '../results/results.ts';
import { PAIN, slow } from '../results/shown-figures.ts';
import { interval } from '../statistics/interval.ts';
import { percent } from '../words/words.ts';
import type { ComparedHost } from './compare-report.ts';
import type { IntervalRow } from './intervals-plot.ts';
import { intervalsPlot } from './intervals-plot.ts';
import type { PageSection } from './page.ts';
import { tableHtml } from './page.ts';
import type { PainPoint } from './pain-plot.ts';
import { painPlot } from './pain-plot.ts';
import { plotFigure } from './plot-figure.ts';

type Done = MixResult & { readonly summary: SummaryIntervals; readonly runs: NonNullable<MixResult['runs']> };

/** Mixes, then bounds, that did all their work. */
function wholeOf({ mixes, bounds }: ComparedHost): readonly (Done & { readonly bound: boolean })[] {
  return [...mixes, ...bounds].flatMap((mix) =>
    mix.summary === undefined || mix.runs === undefined || mix.lostWork === true
      ? []
      : [{ ...(mix as Done), bound: bounds.includes(mix) }],
  );
}

function intervalsSaid({ results }: ComparedHost, hasWide: boolean): string {
  return (
    (results.seeds.length > 1 ? ' Thick: 95 % interval over seeds.' : '') +
    (hasWide ? ' Thin: over draws of such guests and seeds.' : '') +
    (results.seeds.length > 1 || hasWide ? ' What goes far beyond the points is cut.' : '')
  );
}

export function painSection(host: ComparedHost): PageSection | undefined {
  const points = wholeOf(host).map(({ name, bound, summary, runs, overGuests }): PainPoint => {
    const given = interval(
      runs.map(
        ({ reclaimedPages }) =>
          Object.values(reclaimedPages).reduce((sum, one) => sum + one, 0) / PAGES_PER_MIB,
      ),
    );
    const { mean, low, high } = summary.workSlowdown;
    return {
      name,
      bound,
      look: host.looks.get(name)!,
      x: given.mean,
      xLow: given.low === null ? null : Math.max(0, given.low),
      xHigh: given.high,
      y: mean,
      yLow: low,
      yHigh: high,
      ...(overGuests !== undefined && { wide: overGuests }),
    };
  });
  if (points.length === 0) return undefined;
  const hasWide = points.some(({ wide }) => wide !== undefined);
  const lost = host.mixes.filter(({ lostWork }) => lostWork === true).length;
  return {
    id: `pain${host.suffix}`,
    heading: `Pain over memory given back${host.on}`,
    html: plotFigure({
      file: `${host.results.scenario}-pain${host.suffix}`,
      title: `Slow-down over memory given back${host.on}`,
      description: 'A point for each mix; bounds as dotted lines',
      caption:
        'A point for each mix: lower is less pain, further right is more memory. Memory given back: ' +
        `the most that each technique saved at one time, summed.${intervalsSaid(host, hasWide)}` +
        (host.bounds.length > 0 ? ' † and dotted: bounds, what no real host can do.' : '') +
        (lost > 0 ? ' Mixes that lost work are not drawn.' : ''),
      plot: (width) => painPlot(points, { x: 'memory given back (MiB)', y: 'slow-down' }, width),
    }),
  };
}

export function ranksSection(host: ComparedHost): PageSection | undefined {
  const whole = wholeOf(host);
  const ranked = whole.filter(({ bound }) => !bound).toSorted((a, b) => a.rank! - b.rank!);
  if (ranked.length < 2) return undefined;
  const rows = [...ranked, ...whole.filter(({ bound }) => bound)].map(
    ({ name, bound, summary, overGuests }): IntervalRow => {
      const { mean, low, high } = summary.workSlowdown;
      return {
        name: bound ? `${name} †` : name,
        bound,
        look: host.looks.get(name)!,
        value: mean,
        low,
        high,
        text: slow(mean),
        ...(overGuests !== undefined && { wide: overGuests }),
      };
    },
  );
  const hasWide = rows.some(({ wide }) => wide !== undefined);
  return {
    id: `ranks${host.suffix}`,
    heading: `Ranks${host.on}`,
    html:
      plotFigure({
        file: `${host.results.scenario}-ranks${host.suffix}`,
        title: `Slow-down of each mix, least first${host.on}`,
        description: 'A row for each mix with its intervals',
        caption: `Slow-down of all guests together, least first.${intervalsSaid(host, hasWide)}`,
        plot: (width) => intervalsPlot(rows, 'slow-down', width),
      }) + rankTable(ranked, hasWide, host.on),
  };
}

function rankTable(ranked: readonly Done[], hasWide: boolean, on: string): string {
  return tableHtml({
    caption:
      `Places by slow-down${on}` +
      (hasWide
        ? '; over guests: its 95 % interval over draws of such guests and seeds; least in: part of ' +
          'those draws in which it slowed the guests least'
        : ''),
    columns: [
      { head: 'mix' },
      { head: 'rank', numeric: true },
      { head: 'slow-down', numeric: true },
      ...(hasWide
        ? [
            { head: 'over guests', numeric: true },
            { head: 'least in', numeric: true },
          ]
        : []),
    ],
    rows: ranked.map(({ rank, name, summary, overGuests }) => [
      name,
      String(rank),
      PAIN['slow-down']!(summary),
      ...(hasWide
        ? overGuests === undefined
          ? ['-', '-']
          : [`${slow(overGuests.low)} to ${slow(overGuests.high)}`, percent(overGuests.leastIn)]
        : []),
    ]),
  });
}
