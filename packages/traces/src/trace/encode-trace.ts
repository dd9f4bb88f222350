/** Writes a trace as an .ovt file. Byte by byte: docs/formats/trace.md. */
import { writeFileSync } from 'node:fs';
import type { FileId, PackOptions } from '@overbook/formats';
import { ByteWriter, containerBytes, invalid, metaBytes } from '@overbook/formats';
import { checkTrace } from './check.ts';
import { writeRuns } from './run-sections.ts';
import type { Trace } from './trace.ts';
import { traceMetaOf } from './trace-meta.ts';

/** Real page numbers in one section: chosen, so that it stays far below a section's limit. */
export const PAGE_NUMBERS_PER_SECTION = 1_048_576;

/** The bytes of the file; equal traces give equal bytes. Throws OVB_TRACE_INVALID for a trace that breaks a rule. */
export function encodeTrace(trace: Trace, options?: PackOptions): Uint8Array {
  const id: FileId = { kind: 'trace', name: trace.name };
  checkTrace(trace, (what) => invalid(id, what));
  return containerBytes(
    id,
    (writer) => {
      writer.section(
        'META',
        metaBytes({ ...traceMetaOf(trace), pageNumbers: trace.pageNumbers?.length ?? 0 }),
      );
      for (const section of pageNumberSections(trace)) writer.section('PAGE', section);
      writeRuns(writer, trace);
    },
    options,
  );
}

/** `encodeTrace` into a file. */
export function writeTrace(path: string, trace: Trace, options?: PackOptions): void {
  writeFileSync(path, encodeTrace(trace, options));
}

/** Each number as the varint difference to the one before, minus one; the number before the first is -1. */
function* pageNumberSections(trace: Trace): Generator<Uint8Array> {
  const numbers = trace.pageNumbers ?? new Float64Array(0);
  let before = -1;
  for (let from = 0; from < numbers.length; from += PAGE_NUMBERS_PER_SECTION) {
    const writer = new ByteWriter(65_536);
    for (const number of numbers.subarray(from, from + PAGE_NUMBERS_PER_SECTION)) {
      writer.varint(number - before - 1);
      before = number;
    }
    yield writer.finish();
  }
}
