import type { Reproduced } from '../reproduce.ts';

const HEADS = [
  'id',
  'source',
  'experimentGrade',
  'quantity',
  'published',
  'measured',
  'tolerance',
  'pass',
  'grade',
  'solved',
  'explanation',
];

/** Every row of every experiment, one a line (RFC 4180). */
export function reproducedCsv(all: readonly Reproduced[]): string {
  return lines([
    HEADS,
    ...all.flatMap(({ result }) =>
      result.rows.map((row) => [
        result.id,
        result.source,
        result.grade,
        row.quantity,
        row.published ?? '',
        row.measured,
        row.tolerance,
        row.pass ? 'true' : 'false',
        row.grade,
        row.solved ?? '',
        row.explanation ?? '',
      ]),
    ),
  ]);
}

/** Every point of every figure, one a line. */
export function figuresCsv(all: readonly Reproduced[]): string {
  return lines([
    ['id', 'figure', 'series', 'from', 'x', 'y'],
    ...all.flatMap(({ result, figures }) =>
      figures.flatMap((figure) =>
        figure.series.flatMap(({ name, from, points }) =>
          points.map(([x, y]) => [result.id, figure.id, name, from, x, y]),
        ),
      ),
    ),
  ]);
}

function lines(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

function quoted(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
