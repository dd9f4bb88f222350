/**
 * STDY sections of a recording: contents that frames held for a while between two snapshots, one section per pair of
 * neighbouring snapshots. Byte by byte: docs/formats/recording.md.
 */
import type { ContentIndex, Cursor, KnownContents } from '@overbook/formats';
import { ByteWriter, decodeContents, encodeContents } from '@overbook/formats';
import type { SteadyContents } from './recording.ts';

export const STEADY_TAG = 'STDY';
/** First version of the format that has these sections. */
export const WITH_STEADY = 2;

/** Intervals between two snapshots, and frames that there are. */
interface Segment {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly pages: number;
}

/** The section of intervals `from`..`to` - 1. */
export function steadyBytes(
  steady: SteadyContents,
  from: number,
  to: number,
  index: ContentIndex,
): Uint8Array {
  const first = rowFrom(steady, from);
  const end = rowFrom(steady, to);
  const intervals = new ByteWriter(end - first);
  const frames = new ByteWriter((end - first) * 2);
  let interval = from;
  let next = 0;
  for (let row = first; row < end; row++) {
    const later = steady.interval[row]! - interval;
    intervals.varint(later);
    if (later > 0) next = 0;
    frames.varint(steady.frame[row]! - next);
    interval += later;
    next = steady.frame[row]! + 1;
  }
  const writer = new ByteWriter((end - first) * 14 + 64);
  writer.u32(end - first);
  writer.bytes(intervals.finish());
  writer.bytes(frames.finish());
  encodeContents(writer, index, steady, first, end);
  return writer.finish();
}

/** First row whose interval is `interval` or later. O(log rows). */
export function rowFrom({ interval: intervals }: SteadyContents, interval: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (intervals[middle]! < interval) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Collects the sections of one file. */
export class SteadyRows {
  readonly #steadyMs: number;
  readonly #parts: SteadyContents[] = [];

  constructor(steadyMs: number) {
    this.#steadyMs = steadyMs;
  }

  /** Sections read so far. */
  get segments(): number {
    return this.#parts.length;
  }

  read(cursor: Cursor, known: KnownContents, segment: Segment): void {
    const count = cursor.u32();
    if (count * 2 > cursor.remaining) throw cursor.fail(`is too short for ${count} contents`);
    const rows = emptyRows(this.#steadyMs, count);
    readPlaces(cursor, rows, segment);
    decodeContents(cursor, known, count, rows, 0);
    this.#parts.push(rows);
  }

  finish(): SteadyContents {
    const all = emptyRows(
      this.#steadyMs,
      this.#parts.reduce((sum, { frame }) => sum + frame.length, 0),
    );
    let at = 0;
    for (const part of this.#parts) {
      for (const column of COLUMNS) all[column].set(part[column], at);
      at += part.frame.length;
    }
    return all;
  }
}

const COLUMNS = ['interval', 'frame', 'keyLo', 'keyHi', 'compressedBytes', 'fill'] as const;

/** Columns of that many rows, all zero. */
export function emptyRows(steadyMs: number, count: number): SteadyContents {
  return {
    steadyMs,
    interval: new Uint32Array(count),
    frame: new Uint32Array(count),
    keyLo: new Uint32Array(count),
    keyHi: new Uint32Array(count),
    compressedBytes: new Uint16Array(count),
    fill: new Uint8Array(count),
  };
}

/** Intervals, then frames. */
function readPlaces(cursor: Cursor, { interval, frame }: SteadyContents, { from, to, pages }: Segment): void {
  let now = from;
  for (let row = 0; row < interval.length; row++) {
    now += cursor.varint();
    if (now >= to) throw cursor.fail(`names interval ${now}, outside ${from}..${to - 1}`);
    interval[row] = now;
  }
  let next = 0;
  for (let row = 0; row < frame.length; row++) {
    if (row > 0 && interval[row] !== interval[row - 1]) next = 0;
    const found = next + cursor.varint();
    if (found >= pages) throw cursor.fail(`names frame ${found} of ${pages}`);
    frame[row] = found;
    next = found + 1;
  }
}
