/** Tells an error: what a user can mend in two lines, what only we can mend with how to tell us. */
import type { OverbookError } from '@overbook/core/units';
import { isOverbookError } from '@overbook/core/units';
import { ProblemsError, printable } from '@overbook/lab';
import { wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Io } from './io.ts';
import { EXIT, interruptedCode } from './io.ts';

/** Writes the error to `err`. @returns the exit code */
export function reportError(error: unknown, io: Io): number {
  if (io.signal.aborted) {
    io.err('interrupted; nothing was written\n');
    return interruptedCode(io.signal);
  }
  if (error instanceof ProblemsError) {
    for (const problem of error.problems) io.err(described(problem, io));
    return EXIT.badInput;
  }
  if (isOverbookError(error)) {
    io.err(described(error, io));
    return EXIT.badInput;
  }
  const what = error instanceof Error ? error.message : String(error);
  io.err(`${pc.createColors(io.errColor).red('error')} OVB_INTERNAL\n  ${printable(what)}\n`);
  if (process.env['OVERBOOK_DEBUG'] !== undefined && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  io.err('  mend: this is a bug in overbook. Run again with OVERBOOK_DEBUG=1 and report the output.\n');
  return EXIT.failed;
}

/** `error CODE at PLACE`, what, mend. */
export function described({ code, at, what, mend }: OverbookError, io: Io): string {
  const colors = pc.createColors(io.errColor);
  // A plugin may throw a look-alike: its words are not ours.
  const [name, place, text, mending] = [code, at, what, mend].map((part) => printable(String(part)));
  const lines = [text!, `mend: ${mending!}`].map((line) => `  ${laidOut(line, io.errColumns)}\n`);
  return `${colors.red('error')} ${name!} at ${colors.bold(place!)}\n${lines.join('')}`;
}

function laidOut(line: string, columns: number | undefined): string {
  return columns === undefined
    ? line
    : wrapped(line, Math.max(columns - 2, 20))
        .trimEnd()
        .replaceAll('\n', '\n  ');
}
