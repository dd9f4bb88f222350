/** `overbook trace`: page traces of programs. */
import type { Trace } from '@overbook/traces';
import { importTrace, readTrace, totalsOf, writeTrace } from '@overbook/traces';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { outFile } from '../process/out-file.ts';
import { grouped, mebibytes } from '../render/words.ts';

/** Imports a captured trace. */
export function importIt(io: Io, file: string, options: { readonly out: string }): number {
  const out = outFile(io, options.out);
  const trace = importTrace(file);
  out.write((path) => writeTrace(path, trace));
  out.say(`${options.out}: ${summaryOf(trace)}\n`);
  return EXIT.fine;
}

/** Prints what a trace holds. */
export function info(io: Io, file: string): number {
  const trace = readTrace(file);
  io.out(
    `${file}: ${summaryOf(trace)}\nname    ${trace.name}\nspace   ${trace.space}\nsource  ${trace.source}\n`,
  );
  return EXIT.fine;
}

function summaryOf(trace: Trace): string {
  const { instructions, intervals, pageEvents } = totalsOf(trace);
  return (
    `${grouped(trace.pages)} pages (${mebibytes(trace.pages)} MiB), ${grouped(intervals)} intervals, ` +
    `${grouped(instructions)} instructions, ${grouped(pageEvents)} page events`
  );
}
