/** Tables of a comparison: as the terminal prints them, and digit by digit as results.json has them. */
import { idsOf } from '../results/csv.ts';
import { METRICS } from '../results/metrics.ts';
import type { MixResult, Results } from '../results/results.ts';
import { COST, PAIN, withInterval } from '../results/shown-figures.ts';
import type { Interval } from '../statistics/interval.ts';
import { mebibytes, percent } from '../words/words.ts';
import type { ComparedHost } from './compare-report.ts';
import type { PageSection, TableColumn } from './page.ts';
import { foldedHtml, tableHtml } from './page.ts';

function number(head: string): TableColumn {
  return { head, numeric: true };
}

export function comparedFigures({ mixes, bounds, suffix, on }: ComparedHost): PageSection {
  const rows = [...mixes, ...bounds];
  const ids = idsOf(mixes);
  const ways = [...new Set(rows.flatMap(({ reached = {} }) => Object.keys(reached)))];
  const shown = { ...PAIN, ...COST };
  return {
    id: `mixes${suffix}`,
    heading: `Mixes side by side${on}`,
    html:
      tableHtml({
        caption: `What guests felt, and what it cost the host${on}`,
        columns: [
          { head: 'mix' },
          ...Object.keys(shown).map(number),
          ...ways.map((name) => number(`of the way to ${name}`)),
        ],
        rows: rows.map((mix) => [
          nameAndFate(mix, bounds),
          ...Object.values(shown).map((cell) => (mix.summary === undefined ? '-' : cell(mix.summary))),
          ...ways.map((name) => (mix.reached?.[name] === undefined ? '-' : percent(mix.reached[name]))),
        ]),
      }) +
      tableHtml({
        caption: `Memory given back, at most (MiB)${on}`,
        columns: [{ head: 'mix' }, ...ids.map(number)],
        rows: rows.map((mix) => [
          nameAndFate(mix, bounds),
          ...ids.map((id) => {
            const found = mix.strategies.includes(id) ? mix.summary?.reclaimedPages[id] : undefined;
            return found === undefined ? '-' : withInterval(found, mebibytes);
          }),
        ]),
      }),
  };
}

/** A mix that failed or lost work is never read as one that did well. */
export function nameAndFate(mix: MixResult, bounds: readonly MixResult[]): string {
  const fate = mix.error === undefined ? (mix.lostWork === true ? ' (lost work)' : '') : ' (failed)';
  return `${mix.name}${fate}${bounds.includes(mix) ? ' †' : ''}`;
}

/** All mixes with the mean and the interval of each metric. */
export function exactFigures({ mixes, bounds }: Results): string {
  const rows = [...mixes, ...bounds];
  const ids = idsOf(rows);
  const ends = (one: Interval | undefined): readonly string[] =>
    one === undefined
      ? ['-', '-', '-']
      : [one.mean, one.low, one.high].map((value) => (value === null ? '-' : String(value)));
  return foldedHtml(
    'Every figure, digit by digit',
    tableHtml({
      caption: 'Means over seeds and the ends of their 95 % intervals, as in results.json',
      columns: [
        { head: 'mix' },
        number('hostMemoryPages'),
        ...[...METRICS, ...ids.map((id) => `reclaimedPages.${id}`)].flatMap((name) => [
          number(name),
          number('low'),
          number('high'),
        ]),
      ],
      rows: rows.map((mix) => [
        nameAndFate(mix, bounds),
        String(mix.hostMemoryPages),
        ...METRICS.flatMap((metric) => ends(mix.summary?.[metric])),
        ...ids.flatMap((id) => ends(mix.summary?.reclaimedPages[id])),
      ]),
    }),
  );
}
