/** Runs importers on bytes, cut anywhere, and brings traces back to real page numbers. */
import type { ForeignFormat, Imported, ImportOptions } from '../src/foreign/foreign-format.ts';
import type { Trace } from '../src/index.ts';
import { intervalsOf } from './captured-writer.ts';
import type { PlainInterval } from './plain-reader.ts';

/** The whole through a reader, in pieces of `piece` bytes. */
export function importedFrom(
  format: ForeignFormat,
  bytes: Uint8Array,
  options: ImportOptions = {},
  piece = bytes.length,
): Imported {
  const reader = format.reader({ kind: 'trace', name: 'x' }, options);
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.slice(at, at + piece));
  return reader.finish();
}

/** Each interval's pages by their real numbers, ascending. */
export function realIntervals(trace: Trace): PlainInterval[] {
  return intervalsOf(trace).map(({ instructions, pages }) => ({
    instructions,
    pages: new Map([...pages].map(([page, kind]) => [trace.pageNumbers?.[page] ?? page, kind])),
  }));
}

/** The same with pages ascending, as traces have them. */
export function ascending(intervals: readonly PlainInterval[]): PlainInterval[] {
  return intervals.map(({ instructions, pages }) => ({
    instructions,
    pages: new Map([...pages].sort(([a], [b]) => a - b)),
  }));
}
