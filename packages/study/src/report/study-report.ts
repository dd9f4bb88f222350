/** What a study came to as one HTML file: drawings and tables of what summary.json has. */
import type { PageSection } from '@overbook/lab/report';
import {
  foldedHtml,
  listHtml,
  looksOf,
  plotFigure,
  reportPage,
  tableHtml,
  withCode,
} from '@overbook/lab/report';
import { counted } from '@overbook/lab/words';

import type { StudyRecord } from '../folder/study-folder.ts';
import type { StudyResults } from '../run-study.ts';
import { studySaid } from '../rows/study-said.ts';
import type { Study } from '../study.ts';
import { valueText } from '../vary/value-text.ts';
import { answerSections } from './answers.ts';
import type { Panel, Panels } from './curve-panels.ts';
import { CURVE_POINTS_MAX, curvesOf, kneeRows, panelsOf } from './curve-panels.ts';
import { curvesPlot } from './curves-plot.ts';
import { allFigures } from './all-figures.ts';
import { painFigure } from './pain-figure.ts';
import { provenance } from './provenance.ts';
import type { ShownMetric } from './shown-metrics.ts';
import { OTHER_METRICS, SLOW_DOWN } from './shown-metrics.ts';

/** Rows of the table of points. Chosen: what a reader may go through. */
const POINT_ROWS = 500;

/** What is told beside the results. */
export interface StudyReportParts {
  readonly record: StudyRecord;
  /** What the figures rest on, a sentence or more each. */
  readonly assumptions: readonly string[];
}

export type Looks = ReturnType<typeof looksOf>;

/** The whole page; the same bytes for the same study. */
export function studyReport(
  study: Study,
  results: StudyResults,
  { record, assumptions }: StudyReportParts,
): string {
  const { settings } = study.file;
  const mixes = study.mixes.length === 1 ? 'one mix' : `${study.mixes.length} mixes`;
  const looks = looksOf(study.mixes);
  const sections = [
    ...(results.answers.length > 0
      ? answerSections(study, results.answers, looks)
      : pointSections(study, results, looks)),
    failures(results),
    {
      id: 'assumed',
      heading: 'Assumed',
      html: foldedHtml('What these figures rest on', listHtml(assumptions)),
    },
    { id: 'figures', heading: 'All figures', html: allFigures(study, results) },
    { id: 'again', heading: 'To run it again', html: provenance(study, record) },
  ];
  return reportPage({
    title: `Study: ${settings.name}`,
    lead: `${settings.description === undefined ? '' : `${settings.description.trim()} `}${studySaid(study, results)}`,
    sections: sections.filter((section) => section !== undefined),
    footer: [
      `Study ${settings.name} of the scenario ${study.file.scenario.scenario.name}: ` +
        `${counted(study.points, 'point')}, ${mixes}, ${counted(study.seeds.length, 'seed')}.`,
      'The same figures, with every run, are in summary.json, runs.parquet and guests.parquet of the study’s folder.',
    ],
  });
}

function pointSections(
  study: Study,
  results: StudyResults,
  looks: Looks,
): readonly (PageSection | undefined)[] {
  const panels = panelsOf(study.axes, results.points, study.file.settings.sample !== undefined);
  return [
    panels && curveSection(study, panels, looks),
    painFigure(study, results.points, looks),
    leastSection(study, results),
    panels && otherSection(study, panels, looks),
  ];
}

/** What is left out of curves, if anything is. */
function cutSaid({ panels }: Panels): string {
  const most = Math.max(...panels.map(({ points }) => points.length));
  const step = Math.ceil(most / CURVE_POINTS_MAX);
  return step === 1 ? '' : ` One point in ${step} is drawn; summary.json has all.`;
}

function curveFigures(study: Study, { axis, panels }: Panels, looks: Looks, metric: ShownMetric): string {
  const isLost = panels.some(({ points }) =>
    points.some(({ mixes }) => mixes.some(({ lostWork }) => lostWork)),
  );
  const figures = panels.map((panel, i) => {
    const curves = curvesOf(panel, axis, study.mixes, looks, metric);
    if (curves.length === 0) return `<p>${withCode(`No mix did all its work in any run ${panel.name}.`)}</p>`;
    const title = `${metric.name} over ${axis.path}${panel.name === '' ? '' : `, ${panel.name}`}`;
    const marks = axis.isNumeric ? 'Bands' : 'Bars';
    const seeds =
      study.seeds.length > 1 ? ` ${marks}: 95 % intervals over seeds, cut at the edge of the drawing.` : '';
    const bounds = curves.some(({ bound }) => bound === true)
      ? ' † and dotted: bounds, what no real host can do.'
      : '';
    const rings = curves.some(({ knee }) => knee !== undefined) ? ' Rings: knees.' : '';
    const lost = isLost ? ' Where a guest did not do all its work there is no point.' : '';
    return plotFigure({
      file: fileName([study.file.settings.name, metric.name, panels.length > 1 ? String(i + 1) : '']),
      title: sentence(title),
      description: `A line for each mix: ${curves.map(({ name }) => name).join(', ')}`,
      caption: `${sentence(title)}.${seeds}${bounds}${rings}${lost}${cutSaid({ axis, panels })}`,
      plot: (width) =>
        curvesPlot(
          { x: axis.wish, y: metric.label, floor: metric.floor, isJoined: axis.isNumeric, curves },
          width,
        ),
    });
  });
  return figures.join('\n');
}

function curveSection(study: Study, panels: Panels, looks: Looks): PageSection {
  const curves = (panel: Panel) => curvesOf(panel, panels.axis, study.mixes, looks, SLOW_DOWN);
  const rows = panels.axis.isNumeric ? kneeRows(panels, curves, SLOW_DOWN) : [];
  const found = rows.filter(({ slowdown }) => slowdown !== '');
  const hasPanels = panels.panels.length > 1;
  const knees =
    rows.length === 0
      ? ''
      : foldedHtml(
          found.length === 0
            ? 'Knees: no curve has one'
            : `Knees: ${found.length} of ${counted(rows.length, 'curve')} have one`,
          `<p>${withCode(KNEE_RULE)}</p>` +
            tableHtml({
              caption: 'Knees of the slow-down',
              columns: [
                ...(hasPanels ? [{ head: 'where' }] : []),
                { head: 'mix' },
                { head: `knee at (${panels.axis.path})` },
                { head: 'slow-down there', numeric: true },
              ],
              rows: rows.map(({ panel, mix, at, slowdown }) => [
                ...(hasPanels ? [panel] : []),
                mix,
                at,
                slowdown,
              ]),
            }),
        );
  return {
    id: 'curves',
    heading: `Slow-down over ${panels.axis.path}`,
    html: curveFigures(study, panels, looks, SLOW_DOWN) + knees,
  };
}

const KNEE_RULE =
  'A knee is where a curve turns from steep to flat, or from flat to steep: the point farthest below the ' +
  'line between its ends, by the rule of Kneedle (Satopää, Albrecht, Irwin, Raghavan, ICDCS Workshops ' +
  '2011; sensitivity 1, no smoothing). A curve of fewer than five points, or whose ends cannot be told ' +
  'apart, has none.';

function otherSection(study: Study, panels: Panels, looks: Looks): PageSection {
  const folded = OTHER_METRICS.map((metric) =>
    foldedHtml(
      sentence(`${metric.name} over ${panels.axis.path}`),
      curveFigures(study, panels, looks, metric),
    ),
  );
  return { id: 'other', heading: 'What else it cost', html: folded.join('\n') };
}

function leastSection(study: Study, { points }: StudyResults): PageSection {
  const shown = points.slice(0, POINT_ROWS);
  const isLost = shown.some(({ mixes }) => mixes.some(({ lostWork }) => lostWork));
  const rows = shown.map(({ values, best, tied, mixes }) => {
    const winner = mixes.find(({ name }) => name === best);
    const lost = mixes.filter(({ lostWork }) => lostWork).map(({ name }) => name);
    return [
      ...study.axes.map(({ path }) => valueText(values[path])),
      best ?? '-',
      winner === undefined ? '-' : SLOW_DOWN.text(winner.figures!.workSlowdown.mean),
      tied === undefined ? 'one seed: not known' : tied.length === 0 ? 'none' : tied.join(', '),
      ...(isLost ? [lost.join(', ')] : []),
    ];
  });
  const rest =
    points.length > shown.length
      ? `<p>The first ${counted(shown.length, 'point')} of ${points.length}; summary.json has all.</p>`
      : '';
  return {
    id: 'least',
    heading: 'Who is least where',
    html:
      tableHtml({
        caption:
          'The mix with the least slow-down at each point, and those that cannot be told from it over paired seeds',
        columns: [
          ...study.axes.map(({ path }) => ({ head: path })),
          { head: 'least' },
          { head: 'slow-down', numeric: true },
          { head: 'cannot be told from it' },
          ...(isLost ? [{ head: 'lost work' }] : []),
        ],
        rows,
      }) + rest,
  };
}

/** Failed runs that are listed. */
const FAILED_ROWS = 50;

function failures({ failed }: StudyResults): PageSection | undefined {
  if (failed.length === 0) return undefined;
  const rows = failed
    .slice(0, FAILED_ROWS)
    .map(({ point, mix, seed, what }) => [String(point), mix, String(seed), what]);
  return {
    id: 'failed',
    heading: 'Runs that failed',
    failing: `${failed.length}`,
    html: tableHtml({
      caption:
        rows.length < failed.length
          ? `The first ${rows.length} of ${failed.length}`
          : 'By a fault of a plugin',
      columns: [
        { head: 'point', numeric: true },
        { head: 'mix' },
        { head: 'seed', numeric: true },
        { head: 'what' },
      ],
      rows,
    }),
  };
}

export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A name of a file that every system takes. */
export function fileName(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-');
}
