/** `overbook trace`: page traces of programs. */
import { OverbookError } from '@overbook/core';
import { grouped, mebibytes, wrapped } from '@overbook/lab/words';
import type { CsvColumns, ForeignName, Imported, ImportOptions, Trace } from '@overbook/traces';
import { importForeign, importTrace, readTrace, totalsOf, writeTrace } from '@overbook/traces';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { outFile } from '../process/out-file.ts';
import { wholeNumber } from './experiment-options.ts';

export interface TraceImportOptions {
  readonly out: string;
  readonly from?: ForeignName;
  readonly every?: string;
  readonly target?: string;
  readonly columns?: string;
  readonly delimiter?: string;
}

export const TRACE_SCHEMA = 'overbook.trace/1';

/** Imports a captured trace, or one of another tool. */
export async function importIt(io: Io, file: string, options: TraceImportOptions): Promise<number> {
  refuseOtherKind('trace', file, io.self);
  const out = outFile(io, options.out);
  const { trace, notes } = await imported(file, options);
  out.write((path) => writeTrace(path, trace));
  out.say(`${options.out}: ${summaryOf(trace)}\n`);
  for (const note of notes) out.say(wrapped(`note: ${note}`, io.columns, '  '));
  return EXIT.fine;
}

async function imported(file: string, options: TraceImportOptions): Promise<Imported> {
  const { from } = options;
  for (const [option, formats] of Object.entries(GOES_WITH)) {
    if (options[option as keyof TraceImportOptions] === undefined) continue;
    if (from !== undefined && formats.includes(from)) continue;
    throw new OverbookError(
      'OVB_USAGE',
      `--${option}`,
      `goes with ${formats.map((format) => `--from ${format}`).join(', ')} only`,
      'Leave it out, or name the format with --from.',
    );
  }
  return from === undefined
    ? { trace: importTrace(file), notes: [] }
    : importForeign(file, from, importOptionsOf(options));
}

/** Formats that have a use for an option. */
const GOES_WITH: Readonly<Record<string, readonly ForeignName[]>> = {
  every: ['lackey', 'oracleGeneral', 'csv'],
  target: ['damo'],
  columns: ['csv'],
  delimiter: ['csv'],
};

function importOptionsOf({ every, target, columns, delimiter }: TraceImportOptions): ImportOptions {
  return {
    ...(every === undefined ? {} : { every: wholeNumber('--every', every, 1, Number.MAX_SAFE_INTEGER) }),
    ...(target === undefined ? {} : { target }),
    ...(columns === undefined ? {} : { columns: columnsOf(columns) }),
    ...(delimiter === undefined ? {} : { delimiter: delimiterOf(delimiter) }),
  };
}

const COLUMNS = ['address', 'page', 'id', 'size', 'kind'] as const;

/** `address=2,kind=op`. */
function columnsOf(text: string): CsvColumns {
  const columns: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [name = '', column = '', ...rest] = part.split('=');
    if (column !== '' && rest.length === 0 && (COLUMNS as readonly string[]).includes(name)) {
      columns[name] = column;
      continue;
    }
    throw new OverbookError(
      'OVB_USAGE',
      '--columns',
      `'${part}' does not say which column is what`,
      `Give ${COLUMNS.join(', ')}, each with a number or a name, as in \`--columns address=2,kind=op\`.`,
    );
  }
  return columns;
}

function delimiterOf(text: string): string {
  const delimiter = text === '\\t' || text === 'tab' ? '\t' : text;
  if (delimiter.length === 1 && delimiter !== '"') return delimiter;
  throw new OverbookError(
    'OVB_USAGE',
    '--delimiter',
    `'${text}' is not a single character`,
    'Give one, as in `--delimiter ";"`; `tab` is a tab.',
  );
}

/** Prints what a trace holds. */
export function info(io: Io, file: string, options: { readonly json?: true }): number {
  refuseOtherKind('trace', file, io.self);
  const trace = readTrace(file);
  if (options.json === true) {
    const { name, source, space, pages, everyInstructions } = trace;
    const about = { schema: TRACE_SCHEMA, name, source, space, pages, everyInstructions, ...totalsOf(trace) };
    io.out(`${JSON.stringify(about, undefined, 2)}\n`);
    return EXIT.fine;
  }
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
