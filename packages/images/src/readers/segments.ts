/**
 * Guest-physical ranges that lie as they are in a file: what ELF cores and LiME files are made of. Ranges may
 * overlap, come in any order and begin inside a page; out come whole pages, each once.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import {
  placeOf,
  PAGE_DATA,
  PAGE_EXCLUDED,
  PAGE_HOLE_OR_ZERO,
  PAGE_PARTIAL,
  PAGE_ZERO,
} from '@overbook/formats';
import { MEND_CUT, MEND_DAMAGED } from './mends.ts';
import type { ImageFile } from './image-file.ts';
import type { Extent } from './image-reader.ts';
import { PAGE_NUMBERS_MAX } from './page-layout.ts';
import { PaintedRanges } from './painted-ranges.ts';

/** One range of bytes: `length` bytes of guest-physical memory from `start` on, at `offset` in the file. */
export interface Segment {
  readonly start: number;
  readonly length: number;
  readonly offset: number;
  /** Where the file describes this range, for messages. */
  readonly at: number;
}

/** Some pages in a row: their bytes are at `offset`, or they have a state and no bytes. */
interface PageRun {
  readonly first: number;
  readonly count: number;
  readonly state: number;
  readonly offset: number;
}

export class SegmentPages {
  readonly #file: ImageFile;
  readonly #runs: readonly PageRun[];
  readonly #holes: number;

  /**
   * @param without ranges without bytes in the file: known to be zero, zero or cut off, or left out on purpose; and
   * the state of pages in holes of the file, PAGE_ZERO when not given
   * @throws OVB_IMAGE_CORRUPT for a range outside what machines address, OVB_IMAGE_TRUNCATED for one outside the file
   */
  constructor(
    file: ImageFile,
    segments: readonly Segment[],
    without: {
      readonly zero?: readonly Segment[];
      readonly zeroOrCut?: readonly Segment[];
      readonly excluded?: readonly Segment[];
      readonly holes?: number;
    } = {},
  ) {
    const { zero = [], zeroOrCut = [], excluded = [] } = without;
    this.#holes = without.holes ?? PAGE_ZERO;
    this.#file = file;
    for (const segment of [...segments, ...zero, ...zeroOrCut, ...excluded]) checkRange(file, segment);
    for (const segment of segments) checkInFile(file, segment);
    this.#runs = layRuns([
      ...segments.flatMap((segment) => runsOf(segment, PAGE_DATA)),
      ...zero.flatMap((segment) => runsOf(segment, PAGE_ZERO)),
      ...zeroOrCut.flatMap((segment) => runsOf(segment, PAGE_HOLE_OR_ZERO)),
      ...excluded.flatMap(excludedRuns),
    ]);
    checkTotal(file, this.#runs);
  }

  *extents(): Generator<Extent, void> {
    for (const run of this.#runs) {
      if (run.state === PAGE_DATA) yield* sparseExtents(this.#file, run, this.#holes);
      else yield run;
    }
  }

  read(first: number, count: number, into: Uint8Array): void {
    let page = first;
    for (let at = this.#find(first); page < first + count; at++) {
      const run = this.#runs[at]!;
      const till = Math.min(first + count, run.first + run.count);
      const bytes = into.subarray((page - first) * PAGE_BYTES, (till - first) * PAGE_BYTES);
      this.#file.read(run.offset + (page - run.first) * PAGE_BYTES, bytes);
      page = till;
    }
  }

  #find(page: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#runs[middle]!.first <= page) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Whole pages are data, or zero; a page that the range begins or ends in is known in part only. */
function runsOf({ start, length, offset }: Segment, state: number): PageRun[] {
  if (length === 0) return [];
  const first = Math.ceil(start / PAGE_BYTES);
  const end = Math.floor((start + length) / PAGE_BYTES);
  const runs: PageRun[] = [];
  const head = Math.floor(start / PAGE_BYTES);
  if (head < first) runs.push({ first: head, count: 1, state: PAGE_PARTIAL, offset: 0 });
  if (end > first) {
    const skip = first * PAGE_BYTES - start;
    runs.push({ first, count: end - first, state, offset: offset + skip });
  }
  if (end >= first && (start + length) % PAGE_BYTES !== 0)
    runs.push({ first: end, count: 1, state: PAGE_PARTIAL, offset: 0 });
  return runs;
}

function excludedRuns({ start, length }: Segment): PageRun[] {
  const first = Math.floor(start / PAGE_BYTES);
  const count = Math.ceil((start + length) / PAGE_BYTES) - first;
  return length === 0 ? [] : [{ first, count, state: PAGE_EXCLUDED, offset: 0 }];
}

/**
 * Every page once, ascending: data wins over what is known in part, that over what is unknown; among equals the one
 * that the file names first. O(n log n).
 */
function layRuns(runs: readonly PageRun[]): PageRun[] {
  const ranks = [PAGE_EXCLUDED, PAGE_HOLE_OR_ZERO, PAGE_PARTIAL, PAGE_ZERO, PAGE_DATA];
  const byRank = ranks.flatMap((rank) => runs.filter(({ state }) => state === rank).reverse());
  const pieces = new PaintedRanges();
  for (const { first, count } of byRank) pieces.add(first, count, 0);
  pieces.paint();
  return Array.from({ length: pieces.count }, (_, index): PageRun => {
    const run = byRank[pieces.ownerAt(index)]!;
    const first = pieces.startAt(index);
    const skipped = (first - run.first) * PAGE_BYTES;
    return { ...run, first, count: pieces.endAt(index) - first, offset: run.offset + skipped };
  });
}

/** Holes of the file inside a run need no reading: zeros, or whatever else they mean. */
export function* sparseExtents(
  file: ImageFile,
  run: { readonly first: number; readonly count: number; readonly offset: number },
  holes: number = PAGE_ZERO,
): Generator<Extent, void> {
  const end = run.offset + run.count * PAGE_BYTES;
  const pageAt = (offset: number, round: (value: number) => number): number =>
    Math.min(run.count, Math.max(0, round((offset - run.offset) / PAGE_BYTES)));
  for (let page = 0; page < run.count;) {
    const offset = Math.min(end, file.nextData(run.offset + page * PAGE_BYTES));
    const data = Math.max(page, pageAt(offset, Math.floor));
    if (data > page) yield { first: run.first + page, count: data - page, state: holes };
    if (data === run.count) return;
    page = Math.max(data + 1, pageAt(Math.min(end, file.nextHole(offset)), Math.ceil));
    yield { first: run.first + data, count: page - data, state: PAGE_DATA };
  }
}

function checkRange(file: ImageFile, { start, length, at }: Segment): void {
  if (
    Number.isSafeInteger(start) &&
    start >= 0 &&
    length >= 0 &&
    start + length <= PAGE_NUMBERS_MAX * PAGE_BYTES
  )
    return;
  throw new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `describes ${length} bytes from guest-physical address ${start}, more than any machine can address`,
    MEND_DAMAGED,
  );
}

/**
 * A small file could name its bytes a million times over, as different pages: hours of reading, and no memory's
 * image.
 */
function checkTotal(file: ImageFile, runs: readonly PageRun[]): void {
  const stored = runs.filter(({ state }) => state === PAGE_DATA).reduce((sum, { count }) => sum + count, 0);
  if (stored * PAGE_BYTES <= file.size) return;
  throw new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, 0),
    `its ranges name ${stored} different pages, more than its ${file.size} bytes hold`,
    MEND_DAMAGED,
  );
}

function checkInFile(file: ImageFile, { offset, length, at }: Segment): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= file.size) return;
  throw new OverbookError(
    'OVB_IMAGE_TRUNCATED',
    placeOf(file.name, at),
    `declares ${length} bytes at offset ${offset}, but the file ends at ${file.size}`,
    MEND_CUT,
  );
}
