/** Tables of `overbook reproduce`: published beside measured, on narrow and on wide screens. */
import type { Experiment, Reproduced, Row } from '@overbook/reproduce';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import { wrapped } from './words.ts';

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

/** One sentence: how many passed, and what failed, by grade. */
export function reproductionSummary(all: readonly Reproduced[]): string {
  const rows = all.flatMap(({ result }) => result.rows);
  const failing = all.filter(({ result }) => !result.pass);
  const counted = `${all.length - failing.length} of ${all.length} experiments pass, ${
    rows.filter(({ pass }) => pass).length
  } of ${rows.length} rows.`;
  if (failing.length === 0) return counted;
  const named = failing.map(({ result }) => {
    const grades = new Set(result.rows.filter(({ pass }) => !pass).map(({ grade }) => grade));
    return `${result.id} (${[...grades].join(', ')})`;
  });
  return `${counted} Failing rows in ${named.join(', ')}.`;
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

const HEADS = ['', 'quantity', 'published', 'measured', 'tolerance', 'grade'] as const;
const RIGHT: readonly boolean[] = [false, false, true, true, false, false];

/** One experiment: its name, its rows, what was calibrated. */
export function experimentTable({ experiment, result }: Reproduced, screen: Screen): string {
  const { bold, dim, red, green } = pc.createColors(screen.color);
  const columns = Math.min(screen.columns, TEXT_COLUMNS);
  const verdict = result.pass ? green('pass') : red('FAIL');
  const cells = result.rows.map(cellsOf);
  const lines = layOut([[...HEADS], ...cells], screen.columns);
  const body = lines.map((line, i) => {
    if (i === 0) return bold(line.text);
    return result.rows[line.row - 1]?.pass === false ? red(line.text) : line.text;
  });
  const notes = [
    ...named('calibrated on the same source', experiment.calibrated),
    ...named('chosen by us', experiment.chosen),
    ...named('the source leaves out', experiment.gaps),
  ].map((note) => dim(wrapped(note, columns, '  ').trimEnd()));
  return [
    `${bold(result.id)}  ${verdict}  ${dim(result.grade)}`,
    wrapped(`${experiment.title} (${result.source})`, columns).trimEnd(),
    ...body,
    ...notes,
    '',
  ].join('\n');
}

function named(what: string, entries: readonly string[]): readonly string[] {
  return entries.length === 0 ? [] : [`${what}: ${entries.join('; ')}`];
}

function cellsOf(row: Row): readonly string[] {
  return [
    row.pass ? 'pass' : 'FAIL',
    row.quantity,
    row.published === null ? '-' : String(row.published),
    String(row.measured),
    row.tolerance,
    row.grade,
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
