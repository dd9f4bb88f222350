/** Tables of `overbook reproduce`: published beside measured, on narrow and on wide screens. */
import { wrapped } from '@overbook/lab/words';
import type { Experiment, Reproduced, Row } from '@overbook/reproduce';
import { GRADES, compares, isReproduced, verdictOf } from '@overbook/reproduce';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';

const TEXT_COLUMNS = 110;
const GAP = 2;
const NARROWEST = 9;

/**
 * What all came to, then a table for each experiment. Of several the sentence is there again in the end: the first line
 * is what `| head` shows, the last what is left on a terminal.
 */
export function reproduction(all: readonly Reproduced[], screen: Screen): string {
  const { bold } = pc.createColors(screen.color);
  const summary = bold(wrapped(reproductionSummary(all), Math.min(screen.columns, TEXT_COLUMNS)));
  const parts = all.map((one) => experimentTable(one, screen));
  return [...(all.length > 1 ? [summary] : []), ...parts, summary].join('\n');
}

/** How many of the rows that compare came out, by grade; what compares nothing; what failed. */
export function reproductionSummary(all: readonly Reproduced[]): string {
  const rows = all.flatMap(({ result }) => result.rows);
  const comparing = rows.filter(compares);
  const byGrade = GRADES.filter((grade) => comparing.some((row) => row.grade === grade)).map((grade) => {
    const graded = comparing.filter((row) => row.grade === grade);
    return `${grade} ${graded.filter(isReproduced).length} of ${graded.length}`;
  });
  const detail = byGrade.length === 0 ? '' : ` (${byGrade.join(', ')})`;
  return [
    `${rows.filter(isReproduced).length} of ${comparing.length} rows that compare are reproduced${detail}.`,
    ...solvedAmong(comparing),
    ...notCompared(rows),
    ...failures(all),
  ].join(' ');
}

function solvedAmong(rows: readonly Row[]): readonly string[] {
  const solved = rows.filter(({ solved: by, pass }) => by !== undefined && pass).length;
  return solved === 0
    ? []
    : [`Of these ${solved} by a parameter chosen so that the figure comes out (solved).`];
}

function notCompared(rows: readonly Row[]): readonly string[] {
  const inputs = rows.filter(({ grade }) => grade === 'input').length;
  const unpublished = rows.filter(({ grade }) => grade === 'unpublished').length;
  const parts = [
    ...(inputs === 0 ? [] : [`${inputs} read an input back`]),
    ...(unpublished === 0 ? [] : [`${unpublished} have nothing published to compare with`]),
  ];
  return parts.length === 0 ? [] : [`Not counted: ${parts.join(', ')}.`];
}

function failures(all: readonly Reproduced[]): readonly string[] {
  const failing = all.filter(({ result }) => !result.pass);
  if (failing.length === 0) return [];
  const named = failing.map(({ result }) => {
    const grades = new Set(result.rows.filter(({ pass }) => !pass).map(({ grade }) => grade));
    return `${result.id} (${[...grades].join(', ')})`;
  });
  return [`Failing rows in ${named.join(', ')}.`];
}

/** `--list`. */
export function experimentList(experiments: readonly Experiment[], screen: Screen): string {
  const { bold, dim } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  return experiments
    .map(
      ({ id, title, source }) =>
        `${bold(id)}\n  ${wrapped(title, columns - 2, '  ')}${dim(`  ${wrapped(source, columns - 2, '  ')}`)}`,
    )
    .join('');
}

const UNEXPLAINED = 'nothing explains this; no change that is meant should end so';
const HEADS = ['', 'quantity', 'published', 'measured', 'tolerance', 'grade'] as const;
const RIGHT: readonly boolean[] = [false, false, true, true, false, false];

/** One experiment: its name, its rows, what was calibrated. */
export function experimentTable({ experiment, result }: Reproduced, screen: Screen): string {
  const { bold, dim, red, green } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const verdict = { passes: green('pass'), fails: red('FAIL'), 'compares nothing': dim('compares nothing') }[
    verdictOf(result)
  ];
  const cells = result.rows.map(cellsOf);
  const lines = layOut([[...HEADS], ...cells], screen.columns);
  const body = lines.map((line, i) => {
    if (i === 0) return bold(line.text);
    return result.rows[line.row - 1]?.pass === false ? red(line.text) : line.text;
  });
  const notes = [
    ...named('solved, so that the published figure comes out', solvedIn(result.rows)),
    ...named('calibrated on the same source', experiment.calibrated),
    ...named('chosen by us', experiment.chosen),
    ...named('the source leaves out', experiment.gaps),
  ].map((note) => dim(wrapped(note, columns, '  ').trimEnd()));
  return [
    `${bold(result.id)}  ${verdict}  ${dim(result.grade)}`,
    wrapped(`${experiment.title} (${result.source})`, columns).trimEnd(),
    ...body,
    ...reasonsOf(result.rows).map((reason) => red(wrapped(reason, columns, '  ').trimEnd())),
    ...notes,
    '',
  ].join('\n');
}

function named(what: string, entries: readonly string[]): readonly string[] {
  return entries.length === 0 ? [] : [`${what}: ${entries.join('; ')}`];
}

function solvedIn(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap(({ solved }) => solved ?? []))];
}

/** Why rows fail, each reason once, after the rows that it is told of. */
function reasonsOf(rows: readonly Row[]): readonly string[] {
  const failing = new Map<string, string[]>();
  for (const { pass, quantity, explanation = UNEXPLAINED } of rows) {
    if (!pass) failing.set(explanation, [...(failing.get(explanation) ?? []), quantity]);
  }
  return [...failing].map(([explanation, quantities]) => `FAIL ${quantities.join('; ')}: ${explanation}`);
}

function cellsOf(row: Row): readonly string[] {
  return [
    // A row that compares nothing does not pass by being there.
    row.pass ? (compares(row) ? 'pass' : '-') : 'FAIL',
    row.quantity,
    row.published === null ? '-' : String(row.published),
    String(row.measured),
    row.tolerance,
    row.solved === undefined ? row.grade : `${row.grade}, solved`,
  ];
}

interface Line {
  readonly text: string;
  /** Row it belongs to, 0 for the head. */
  readonly row: number;
}

/** Columns as wide as they need, the widest made narrower until all fit; what is too long goes over several lines. */
function layOut(rows: readonly (readonly string[])[], columns: number): readonly Line[] {
  const widths = HEADS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const room = columns - GAP * (HEADS.length - 1);
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) break;
    widths[widest]!--;
  }
  return rows.flatMap((row, index) => {
    const broken = row.map((cell, i) => wrapped(cell, widths[i]!).trimEnd().split('\n'));
    const height = Math.max(...broken.map((part) => part.length));
    return Array.from({ length: height }, (_, k) => {
      const parts = broken.map((part, i) => {
        const text = part[k] ?? '';
        return RIGHT[i] === true ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
      });
      return { text: parts.join(' '.repeat(GAP)).trimEnd(), row: index };
    });
  });
}
