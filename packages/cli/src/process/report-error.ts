/** Tells an error: what a user can mend in two lines, what only we can mend with how to tell us. */
import type { OverbookError } from '@overbook/core/units';
import { isOverbookError } from '@overbook/core/units';
import { ProblemsError } from '@overbook/lab';
import pc from 'picocolors';

import type { Io } from './io.ts';
import { EXIT } from './io.ts';

/** Writes the error to `err`. @returns the exit code */
export function reportError(error: unknown, io: Io): number {
  if (io.signal.aborted) {
    io.err('interrupted; nothing was written\n');
    return EXIT.interrupted;
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
  io.err(`${pc.createColors(io.errColor).red('error')} OVB_INTERNAL\n  ${what}\n`);
  if (process.env['OVERBOOK_DEBUG'] !== undefined && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  io.err(
    '  mend: this is a fault of overbook. Run it again with OVERBOOK_DEBUG=1 and report what it says.\n',
  );
  return EXIT.failed;
}

/** `error CODE at PLACE`, what, mend. */
export function described({ code, at, what, mend }: OverbookError, io: Io): string {
  const colors = pc.createColors(io.errColor);
  return `${colors.red('error')} ${code} at ${colors.bold(at)}\n  ${what}\n  mend: ${mend}\n`;
}
