/** The report of `reproduce --out`: one HTML file with a section and drawings for each experiment. */
import { escapeHtml, figureHtml, reportPage, tableHtml } from '@overbook/lab/report';

import type { Row } from '../experiment.ts';
import type { Reproduced } from '../reproduce.ts';
import { figureChart, marksOf, namesIn } from './figure-chart.ts';

/** A value as tables print it: a source that prints nothing has `-`. */
export function cell(value: number | string | null): string {
  return value === null ? '-' : String(value);
}

/** `16 of 18 experiments pass; failed: a (ordering)`. */
export function outcomeLine(all: readonly Reproduced[]): string {
  const failed = all.filter(({ result }) => !result.pass);
  const passed = `${all.length - failed.length} of ${all.length} experiments pass`;
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
      'nothing that depends on them is a prediction. Ordering: only which of two is larger.',
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
  const word = result.pass ? '<span class="pass">pass</span>' : '<span class="fail">fail</span>';
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
        row.pass ? 'pass' : 'FAIL',
        row.grade,
      ]),
    }),
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
