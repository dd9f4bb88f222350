/**
 * RUNS sections: the intervals of a trace, in as many sections as needed so that none is large. Shared by trace
 * and recording files. Byte by byte: docs/formats/trace.md.
 */
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/units';
import type { ContainerWriter, Cursor } from '@overbook/formats';
import { ByteWriter } from '@overbook/formats';
import type { RunList } from './run-list.ts';
import type { Trace } from './trace.ts';

export const RUNS_TAG = 'RUNS';

/** A section is closed once its runs take this many bytes unpacked: chosen, all shipped traces fit in one. */
const SECTION_BYTES_TARGET = 8_388_608;

/** Writes all intervals of a checked trace. */
export function writeRuns(writer: ContainerWriter, trace: Trace): void {
  let interval = 0;
  while (interval < trace.intervals) {
    const instructions = new ByteWriter();
    const runs = new ByteWriter(65_536);
    const from = interval;
    while (interval < trace.intervals && runs.length < SECTION_BYTES_TARGET) {
      instructions.varint(trace.instructions[interval]!);
      writeInterval(runs, trace, interval++);
    }
    const section = new ByteWriter(runs.length + instructions.length + 12);
    section.u32(interval - from);
    section.u32(trace.runStart[interval]! - trace.runStart[from]!);
    section.u32(instructions.length);
    section.bytes(instructions.finish());
    section.bytes(runs.finish());
    writer.section(RUNS_TAG, section.finish());
  }
}

function writeInterval(writer: ByteWriter, trace: Trace, interval: number): void {
  const end = trace.runStart[interval + 1]!;
  let run = trace.runStart[interval]!;
  let next = 0;
  writer.varint(end - run);
  for (; run < end; run++) {
    const first = trace.runFirst[run]!;
    const count = trace.runCount[run]!;
    writer.varint(((first - next) * 2 + (count > 1 ? 1 : 0)) * 4 + trace.runKind[run]!);
    if (count > 1) writer.varint(count - 2);
    next = first + count;
  }
}

/** Appends the intervals of one section to `list`; pages must stay below `pages`. */
export function readRuns(cursor: Cursor, list: RunList, pages: number): void {
  const intervals = cursor.u32();
  const runs = cursor.u32();
  const instructions = readInstructions(cursor, intervals, cursor.u32());
  if (runs > cursor.remaining) throw cursor.fail(`declares ${runs} runs, more than it has bytes for`);
  list.reserve(runs);
  const before = list.runs;
  for (let interval = 0; interval < intervals; interval++) {
    const count = cursor.varint();
    let next = 0;
    for (let run = 0; run < count; run++) next = readRun(cursor, list, next, pages);
    list.interval(instructions[interval]!);
  }
  if (list.runs - before !== runs)
    throw cursor.fail(`holds ${list.runs - before} runs, but declares ${runs}`);
  cursor.end();
}

function readInstructions(cursor: Cursor, intervals: number, byteCount: number): Float64Array {
  if (intervals > cursor.remaining)
    throw cursor.fail(`declares ${intervals} intervals, more than it has bytes for`);
  const end = cursor.at + byteCount;
  const instructions = new Float64Array(intervals);
  for (let interval = 0; interval < intervals; interval++) {
    instructions[interval] = cursor.varint();
    if (instructions[interval] === 0) throw cursor.fail('holds an interval of no instructions');
  }
  if (cursor.at !== end) throw cursor.fail(`declares ${byteCount} bytes of instruction counts`);
  return instructions;
}

function readRun(cursor: Cursor, list: RunList, next: number, pages: number): number {
  const code = cursor.varint();
  // Whole numbers of 31 bits take no division.
  const isSmall = code < 2 ** 31;
  const kind = isSmall ? code & 3 : code % 4;
  const isLong = isSmall ? (code & 4) !== 0 : Math.floor(code / 4) % 2 === 1;
  const first = next + (isSmall ? code >>> 3 : Math.floor(code / 8));
  const count = isLong ? cursor.varint() + 2 : 1;
  if (kind < ACCESS_FETCH || kind > ACCESS_WRITE) throw cursor.fail(`holds access kind ${kind}`);
  if (first + count > pages) throw cursor.fail(`names page ${first + count - 1} of ${pages}`);
  list.run(first, count, kind);
  return first + count;
}
