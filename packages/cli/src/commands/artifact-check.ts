/** `overbook artifact check`: are an artifact's rows those that are expected? */
import { counted, grouped } from '@overbook/lab/words';
import type { ArtifactCheck, Difference } from '@overbook/study';
import { checkArtifact, isReproduced } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';

/** Differences that are told one by one. */
const TOLD = 20;

/** @returns 0 where all is within its tolerance, else 1 */
export function artifactCheck(io: Io, path: string): number {
  const check = checkArtifact(path);
  io.out(checkText(check));
  return isReproduced(check) ? EXIT.fine : EXIT.failed;
}

function checkText(check: ArtifactCheck): string {
  const { rows, isExact, missing, unexpected, differences, madeWith } = check;
  const lines: string[] = madeWith.map(
    ({ what, expected, got }) => `made with ${what} ${shortened(expected)}, run with ${shortened(got)}`,
  );
  if (isExact) return text([...lines, `reproduced: ${counted(rows, 'row')}, every byte as expected`]);
  const beyond = differences.filter(({ isWithin }) => !isWithin);
  if (missing.length > 0) lines.push(`${counted(missing.length, 'row')} missing, the first ${missing[0]!}`);
  if (unexpected.length > 0)
    lines.push(`${counted(unexpected.length, 'row')} not expected, the first ${unexpected[0]!}`);
  lines.push(...beyond.slice(0, TOLD).map(told));
  if (beyond.length > TOLD) lines.push(`… and ${counted(beyond.length - TOLD, 'figure')} more`);
  const verdict = isReproduced(check) ? 'reproduced within tolerances' : 'not reproduced';
  const within = differences.length - beyond.length;
  lines.push(
    `${verdict}: ${counted(rows, 'row')}; figures beyond their tolerance: ${grouped(beyond.length)}, ` +
      `others within: ${grouped(within)}`,
  );
  return text(lines);
}

function told({ row, column, expected, got }: Difference): string {
  return `${row}: ${column} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
}

/** A hash by its beginning. */
function shortened(value: string): string {
  return value.length > 40 ? `${value.slice(0, 12)}…` : value;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
