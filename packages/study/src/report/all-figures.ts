/** Every figure of summary.json as a table, digit by digit. */
import type { Interval } from '@overbook/lab';
import { foldedHtml, tableHtml } from '@overbook/lab/report';
import { counted } from '@overbook/lab/words';

import { METRIC_COLUMNS } from '../rows/columns.ts';
import type { MixAtPoint } from '../rows/point-summary.ts';
import { SUMMARISED } from '../rows/point-summary.ts';
import type { StudyResults } from '../run-study.ts';
import type { Study } from '../study.ts';
import { valueText } from '../vary/value-text.ts';

/** Rows, one for each mix at a point. Chosen: some hundred kilobytes of page. */
const ROWS_MAX = 2000;

export function allFigures(study: Study, { points, answers }: StudyResults): string {
  if (answers.length > 0) return '<p>The table of answers has them; runs.parquet has those of each run.</p>';
  const rows: (readonly string[])[] = [];
  for (const { point, values, hostMemoryPages, mixes } of points) {
    if (rows.length + mixes.length > ROWS_MAX) break;
    for (const mix of mixes)
      rows.push([
        String(point),
        ...study.axes.map(({ path }) => valueText(values[path])),
        String(hostMemoryPages),
        ...mixCells(mix),
      ]);
  }
  const total = points.length * study.mixes.length;
  const cut = rows.length < total ? ` The first ${rows.length} of ${total} rows: summary.json has all.` : '';
  const number = (head: string): { head: string; numeric: true } => ({ head, numeric: true });
  return foldedHtml(
    counted(rows.length, 'row'),
    tableHtml({
      caption: `Means over seeds and the ends of their 95 % intervals, as in summary.json.${cut}`,
      columns: [
        number('point'),
        ...study.axes.map(({ path }) => ({ head: path })),
        number('host_memory_pages'),
        { head: 'mix' },
        number('runs'),
        { head: 'lost work' },
        ...SUMMARISED.flatMap((metric) => [number(METRIC_COLUMNS[metric]), number('low'), number('high')]),
        number('reclaimed_pages'),
      ],
      rows,
    }),
  );
}

function mixCells({ name, bound, runs, lostWork, figures, reclaimedPages }: MixAtPoint): readonly string[] {
  return [
    bound === true ? `${name} †` : name,
    String(runs),
    lostWork ? 'yes' : 'no',
    ...SUMMARISED.flatMap((metric) => intervalCells(figures?.[metric])),
    String(reclaimedPages ?? '-'),
  ];
}

function intervalCells(interval: Interval | undefined): readonly string[] {
  if (interval === undefined) return ['-', '-', '-'];
  return [interval.mean, interval.low, interval.high].map((value) => (value === null ? '-' : String(value)));
}
