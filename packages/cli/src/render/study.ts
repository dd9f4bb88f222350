/** What `overbook study` prints: the slow-down of each mix over what varies, or the answers of a search. */
import { counted, grouped, wrapped } from '@overbook/lab/words';
import type { Answer, MixAtPoint, PointSummary, Study, StudyResults } from '@overbook/study';
import { studySaid, valueText, withoutUnit } from '@overbook/study';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';

const TEXT_COLUMNS = 110;
/** Points that are listed; the tables have them all. */
const POINTS_SHOWN = 40;

export function studyText(study: Study, results: StudyResults, screen: Screen): string {
  const { bold, dim } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const body =
    results.answers.length > 0
      ? answerTables(study, results.answers, screen, bold)
      : pointTables(study, results.points, screen, bold);
  return [
    dim(
      legend(results)
        .map((line) => wrapped(line, columns, '  '))
        .join(''),
    ),
    bold(wrapped(headline(study), columns)),
    ...body,
    wrapped(studySaid(study, results), columns),
  ].join('\n');
}

function legend({ answers, points }: StudyResults): readonly string[] {
  if (answers.length > 0)
    return [
      'between: the answers that the intervals over seeds leave (95 %)',
      'runs: those that the search made, of those that looking at every value would have taken',
    ];
  const isLost = points.some(({ mixes }) => mixes.some(({ lostWork }) => lostWork));
  const hasBound = points.some(({ mixes }) => mixes.some(({ bound }) => bound === true));
  return [
    'slow-down: all guests together, (busy + waiting) ÷ busy, mean over seeds; 1 = no access waited',
    '*: the least at this point; ~: cannot be told from it',
    ...(isLost ? ['lost: in some run a guest did not do all its work'] : []),
    ...(hasBound ? ['†: a bound, what no real host can do; compared with no mix'] : []),
  ];
}

function headline({ file, points, mixes, seeds }: Study): string {
  const { name } = file.settings;
  const many = mixes.length === 1 ? 'one mix' : `${mixes.length} mixes`;
  return `${name}: ${counted(points, 'point')}, ${many}, ${counted(seeds.length, 'seed')}`;
}

function pointTables(
  study: Study,
  points: readonly PointSummary[],
  screen: Screen,
  bold: (text: string) => string,
): readonly string[] {
  const [axis, ...others] = study.axes;
  if (axis !== undefined && others.length === 0 && points.length <= POINTS_SHOWN)
    return byMix(axis.path, points, screen, bold);
  const shown = points.slice(0, POINTS_SHOWN);
  const heads: readonly Column[] = [
    ...study.axes.map(({ path }): Column => ({ head: path, align: 'right' })),
    { head: 'least', align: 'left' },
    { head: 'slow-down', align: 'right' },
    { head: 'cannot be told from it', align: 'left' },
  ];
  const rows = shown.map(({ values, best, tied = [], mixes }) => [
    ...study.axes.map(({ path }) => valueText(values[path])),
    best ?? '-',
    best === undefined ? '-' : figure(mixes.find(({ name }) => name === best)!),
    tied.join(', '),
  ]);
  const rest = points.length - shown.length;
  return [
    table(heads, rows, bold),
    ...(rest > 0 ? [`… and ${counted(rest, 'point')} more, in summary.json\n`] : []),
  ];
}

const GAP = 2;

/** One axis: mixes below each other, values side by side, as many as fit. */
function byMix(
  path: string,
  points: readonly PointSummary[],
  screen: Screen,
  bold: (text: string) => string,
): readonly string[] {
  const names = points[0]!.mixes.map(({ name, bound }) => (bound === true ? `${name} †` : name));
  const { texts, unit } = withoutUnit(points.map(({ values }) => valueText(values[path])));
  const first = Math.max('mix'.length, ...names.map((name) => name.length));
  const cells = points.map(({ mixes, best, tied = [] }) =>
    mixes.map((mix) => `${figure(mix)}${mix.name === best ? '*' : tied.includes(mix.name) ? '~' : ' '}`),
  );
  const widths = cells.map((column, i) =>
    Math.max(texts[i]!.length + 1, ...column.map((cell) => cell.length)),
  );
  const tables: string[] = [];
  for (let from = 0; from < points.length;) {
    let to = from + 1;
    let width = first + GAP + widths[from]!;
    while (to < points.length && width + GAP + widths[to]! <= screen.columns) width += GAP + widths[to++]!;
    const group = unit === '' ? path : `${path} (${unit})`;
    const heads = texts.slice(from, to).map((head): Column => ({ head: `${head} `, group, align: 'right' }));
    const rows = names.map((name, mix) => [name, ...cells.slice(from, to).map((column) => column[mix]!)]);
    tables.push(table([{ head: 'mix', align: 'left' }, ...heads], rows, bold));
    from = to;
  }
  return tables;
}

function figure({ figures, lostWork, runs }: MixAtPoint): string {
  if (runs === 0 || figures === undefined) return 'failed';
  return lostWork ? 'lost' : figures.workSlowdown.mean.toFixed(3);
}

function answerTables(
  study: Study,
  answers: readonly Answer[],
  screen: Screen,
  bold: (text: string) => string,
): readonly string[] {
  const path = answers[0]!.path;
  const heads: readonly Column[] = [
    ...study.axes.map((axis): Column => ({ head: axis.path, align: 'right' })),
    { head: 'mix', align: 'left' },
    { head: path, align: 'right' },
    { head: 'between', align: 'left' },
    { head: 'runs', align: 'right' },
  ];
  const rows = answers
    .slice(0, POINTS_SHOWN)
    .map((answer) => [
      ...study.axes.map((axis) => valueText(answer.values[axis.path])),
      answer.bound === true ? `${answer.mix} †` : answer.mix,
      answer.value === undefined ? answer.outside! : valueText(answer.value),
      answer.between === undefined ? '' : betweenText(answer.between),
      `${grouped(answer.runs)} of ${grouped(answer.gridRuns)}`,
    ]);
  const rest = answers.length - rows.length;
  void screen;
  return [
    table(heads, rows, bold),
    ...(rest > 0 ? [`… and ${counted(rest, 'answer')} more, in summary.json\n`] : []),
  ];
}

function betweenText({ from, to }: NonNullable<Answer['between']>): string {
  const { texts, unit } = withoutUnit([valueText(from), valueText(to)]);
  return texts[0] === texts[1]
    ? 'exactly this'
    : `${texts[0]!} and ${texts[1]!}${unit === '' ? '' : ` ${unit}`}`;
}
