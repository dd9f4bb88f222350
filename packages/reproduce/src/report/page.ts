/** The report of `reproduce --out`: one HTML file with a section and drawings for each experiment. */
import { escapeHtml, figureHtml, reportPage, tableHtml } from '@overbook/lab/report';

import type { Row } from '../experiment.ts';
import { compares, isReproduced, verdictOf } from '../experiment.ts';
import type { Reproduced } from '../reproduce.ts';
import { figureChart, marksOf, namesIn } from './figure-chart.ts';

/** A value as tables print it: a source that prints nothing has `-`. */
export function cell(value: number | string | null): string {
  return value === null ? '-' : String(value);
}

/** `140 of 148 rows that compare are reproduced. With failing rows: a (ordering).` */
export function outcomeLine(all: readonly Reproduced[]): string {
  const rows = all.flatMap(({ result }) => result.rows);
  const failed = all.filter(({ result }) => !result.pass);
  const [reproduced, comparing] = [rows.filter(isReproduced), rows.filter(compares)];
  const passed = `${reproduced.length} of ${comparing.length} rows that compare are reproduced`;
  if (failed.length === 0) return `${passed}.`;
  const named = failed.map(({ result }) => `${result.id} (${failedGrades(result.rows)})`);
  return `${passed}. With failing rows: ${named.join(', ')}.`;
}

function failedGrades(rows: readonly Row[]): string {
  return [...new Set(rows.filter(({ pass }) => !pass).map(({ grade }) => grade))].join(', ') || 'no rows';
}

/** Writes the page. @param footer where the figures come from: command and versions */
export function reproducedPage(all: readonly Reproduced[], footer: readonly string[]): string {
  return reportPage({
    title: 'Published experiments, reproduced',
    lead:
      `Published figures beside those that Overbook's own mechanisms produced. ${outcomeLine(all)} ` +
      'Arithmetic: follows from published inputs. Shape: after calibration; the calibrated inputs are named, and ' +
      'nothing that depends on them is a prediction; solved: a parameter was chosen so that this figure comes out. ' +
      'Ordering: only which of two is larger, or on which side of a bound. Rows of input read back what ' +
      'was put in, and ' +
      'unpublished ones have nothing to compare with: neither counts.',
    sections: all.map((one) => ({
      id: one.result.id,
      heading: one.experiment.title,
      ...(one.result.pass ? {} : { failing: `fails (${failedGrades(one.result.rows)})` }),
      html: sectionHtml(one),
    })),
    footer,
  });
}

function sectionHtml({ experiment, result, figures }: Reproduced): string {
  const word = {
    passes: '<span class="pass">pass</span>',
    fails: '<span class="fail">fail</span>',
    'compares nothing': 'compares nothing',
  }[verdictOf(result)];
  return [
    `<p><code>${escapeHtml(result.id)}</code> · ${escapeHtml(result.source)} · ${result.grade} · ${word}</p>`,
    `<p>${escapeHtml(experiment.about)}</p>`,
    ...figures.map((figure) =>
      figureHtml({
        svg: figureChart(figure),
        caption: `${figure.title}. ${marksOf(figure)}`,
        series: namesIn(figure),
      }),
    ),
    tableHtml({
      caption: `Published and measured: ${experiment.title}`,
      columns: [
        { head: 'quantity' },
        { head: 'published', numeric: true },
        { head: 'measured', numeric: true },
        { head: 'tolerance' },
        { head: 'result' },
        { head: 'grade' },
      ],
      rows: result.rows.map((row) => [
        row.quantity,
        cell(row.published),
        cell(row.measured),
        row.tolerance,
        row.pass ? (compares(row) ? 'pass' : '-') : 'FAIL',
        row.solved === undefined ? row.grade : `${row.grade}, solved by ${row.solved}`,
      ]),
    }),
    namedList(
      'Why rows fail',
      result.rows
        .filter(({ pass }) => !pass)
        .map(({ quantity, explanation }) => `${quantity}: ${explanation ?? 'nothing explains this'}`),
    ),
    namedList('Calibrated on the same source', experiment.calibrated),
    namedList('Chosen by us', experiment.chosen),
    namedList('What the source leaves out', experiment.gaps),
  ].join('\n');
}

function namedList(heading: string, entries: readonly string[]): string {
  return entries.length === 0
    ? ''
    : `<h3>${heading}</h3><ul>${entries.map((entry) => `<li>${escapeHtml(entry)}</li>`).join('')}</ul>`;
}
