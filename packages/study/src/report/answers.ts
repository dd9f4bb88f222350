/** What a search found: an answer for each mix with its interval, at each point. */
import type { IntervalRow, PageSection } from '@overbook/lab/report';
import { intervalsPlot, plotFigure, tableHtml } from '@overbook/lab/report';
import { grouped } from '@overbook/lab/words';

import type { Answer } from '../find/search.ts';
import type { Study } from '../study.ts';
import { parseMeasure } from '../vary/measure.ts';
import type { Axis } from '../vary/points.ts';
import { valueText, withoutUnit } from '../vary/value-text.ts';
import { chartAxis } from './axis-of-chart.ts';
import type { Curve } from './curves-plot.ts';
import { curvesPlot } from './curves-plot.ts';
import type { Looks } from './study-report.ts';
import { fileName, sentence } from './study-report.ts';

/** Points of which the answers are drawn one by one, and rows of the table. Chosen. */
const DRAWN_MAX = 6;
const ROWS_MAX = 1000;

export function answerSections(
  study: Study,
  answers: readonly Answer[],
  looks: Looks,
): readonly PageSection[] {
  const { path } = answers[0]!;
  const points = [...new Set(answers.map(({ point }) => point))];
  const [axis, ...others] = study.axes;
  const isCurve = axis !== undefined && others.length === 0 && points.length > 1;
  const drawn = isCurve
    ? curvesOfAnswers(study, axis, answers, looks)
    : points
        .slice(0, DRAWN_MAX)
        .map((point) =>
          answersAt(
            study,
            answers.filter((one) => one.point === point),
            looks,
          ),
        )
        .join('\n');
  const rest =
    isCurve || points.length <= DRAWN_MAX
      ? ''
      : `<p>Drawn: the first ${DRAWN_MAX} of ${points.length} points; the table has more.</p>`;
  return [
    {
      id: 'answers',
      heading: `${extreme(study)} of ${path}`,
      html: drawn + rest + answerTable(study, answers),
    },
  ];
}

function extreme({ file }: Study): string {
  return file.settings.find!.most === undefined ? 'Least' : 'Most';
}

function limitsSaid({ file }: Study): string {
  return Object.entries(file.settings.find!.hold)
    .map(([metric, limit]) => `${metric} ≤ ${limit}`)
    .join(' and ');
}

function numberOf(value: unknown): number {
  return parseMeasure(value as number | string)!.number;
}

function unitOf({ value }: Answer): string {
  const unit = parseMeasure(value as number | string)!.unit;
  return unit === '' ? '' : ` (${unit})`;
}

function answersAt(study: Study, answers: readonly Answer[], looks: Looks): string {
  const found = answers.filter(({ value }) => value !== undefined);
  const where = study.axes.map(({ path }) => `${path} ${valueText(answers[0]!.values[path])}`).join(', ');
  if (found.length === 0) return '';
  const rows = found.map(({ mix, bound, value, between }): IntervalRow => {
    const ends = between && [numberOf(between.from), numberOf(between.to)].sort((a, b) => a - b);
    return {
      name: bound === true ? `${mix} †` : mix,
      look: looks.get(mix)!,
      value: numberOf(value),
      low: ends?.[0] ?? null,
      high: ends?.[1] ?? null,
      text: withoutUnit([valueText(value)]).texts[0]!,
      ...(bound === true && { bound }),
    };
  });
  const { path } = answers[0]!;
  const title = `${extreme(study)} of ${path} at which ${limitsSaid(study)}${where === '' ? '' : `, ${where}`}`;
  return plotFigure({
    file: fileName([study.file.settings.name, 'answers', where]),
    title,
    description: 'A row for each mix with its answer and its interval',
    caption: `${title}. Thick lines: answers that the 95 % intervals over seeds leave, cut at the edge.`,
    plot: (width) => intervalsPlot(rows, `${path}${unitOf(found[0]!)}`, width),
  });
}

function curvesOfAnswers(study: Study, axis: Axis, answers: readonly Answer[], looks: Looks): string {
  const found = answers.filter(({ value }) => value !== undefined);
  if (found.length === 0) return '';
  const x = chartAxis(
    axis,
    answers.map(({ values }) => values[axis.path]!),
  );
  const curves = study.mixes
    .map(({ name, bound }): Curve => {
      const own = found.filter(({ mix }) => mix === name);
      const points = own.map(({ values, value, between }) => {
        const ends = between && [numberOf(between.from), numberOf(between.to)].sort((a, b) => a - b);
        return {
          x: x.of(values[axis.path]!),
          y: numberOf(value),
          low: ends?.[0] ?? null,
          high: ends?.[1] ?? null,
        };
      });
      return { name, bound, look: looks.get(name)!, points: points.sort((a, b) => a.x - b.x) };
    })
    .filter(({ points }) => points.length > 0);
  const { path } = answers[0]!;
  const title = `${extreme(study)} of ${path} at which ${limitsSaid(study)}, over ${axis.path}`;
  return plotFigure({
    file: fileName([study.file.settings.name, 'answers']),
    title,
    description: `A line for each mix: ${curves.map(({ name }) => name).join(', ')}`,
    caption: `${title}. Bands: answers that the 95 % intervals over seeds leave, cut at the edge.`,
    plot: (width) =>
      curvesPlot(
        { x: x.wish, y: `${path}${unitOf(found[0]!)}`, floor: -Infinity, isJoined: x.isNumeric, curves },
        width,
      ),
  });
}

function answerTable(study: Study, answers: readonly Answer[]): string {
  const rows = answers
    .slice(0, ROWS_MAX)
    .map((answer) => [
      ...study.axes.map(({ path }) => valueText(answer.values[path])),
      answer.bound === true ? `${answer.mix} †` : answer.mix,
      answer.value === undefined ? answer.outside! : valueText(answer.value),
      answer.between === undefined ? '' : betweenText(answer.between),
      `${grouped(answer.runs)} of ${grouped(answer.gridRuns)}`,
    ]);
  const cut =
    rows.length < answers.length
      ? `: the first ${rows.length} of ${answers.length}, summary.json has all`
      : '';
  return tableHtml({
    caption: sentence(
      `answers, those that the intervals over seeds leave, and the runs that the search made${cut}`,
    ),
    columns: [
      ...study.axes.map(({ path }) => ({ head: path })),
      { head: 'mix' },
      { head: answers[0]!.path },
      { head: 'between' },
      { head: 'runs', numeric: true },
    ],
    rows,
  });
}

/** Values between which an answer lies. */
export function betweenText({ from, to }: NonNullable<Answer['between']>): string {
  const { texts, unit } = withoutUnit([valueText(from), valueText(to)]);
  return texts[0] === texts[1]
    ? 'exactly this'
    : `${texts[0]!} and ${texts[1]!}${unit === '' ? '' : ` ${unit}`}`;
}
