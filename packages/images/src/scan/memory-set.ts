/**
 * A set of guests' memories as analyses see them: every page a content number. Made from images or from digests; what
 * is computed on it does not know which.
 */
import { PAGE_STATES } from '@overbook/formats';
import type { CodecName } from './page-codec.ts';
import type { ContentBook } from './content-book.ts';
import { NO_CONTENT, ZERO_CONTENT } from './content-book.ts';
import type { RowRange } from './row-ranges.ts';
import type { RowColumns } from './work-plan.ts';
import { KIND_UNKNOWN } from './work-plan.ts';

/** The memory of one guest. */
export interface GuestMemory {
  /** Unique in the set; of the file's name. */
  readonly name: string;
  readonly path: string;
  /** Id of the reader, or `digest`. */
  readonly format: string;
  /** Of the file, unpacked where it was packed. */
  readonly fileBytes: number;
  /** One past the last page number. */
  readonly pageEnd: number;
  /** All that count: data, zero and unknown. */
  readonly pages: number;
  /** Ascending; a row is a page whose bytes are in the file. */
  readonly ranges: readonly RowRange[];
  readonly rows: number;
  readonly columns: RowColumns;
  /** Content number of each row; NO_CONTENT where it is unknown. */
  readonly content: Uint32Array<SharedArrayBuffer>;
  /** Pages that are zero by the layout alone: neighbours of one another, ascending. */
  readonly zeroRanges: readonly { readonly first: number; readonly count: number }[];
  /** Pages unknown by the layout alone, by reason. */
  readonly unknownByLayout: Readonly<Record<string, number>>;
  /** Role byte by page number, where the guest told. */
  readonly role: Uint8Array | undefined;
  readonly notes: readonly string[];
}

export interface MemorySet {
  readonly guests: readonly GuestMemory[];
  readonly book: ContentBook;
  /** Pages of each content in the whole set. */
  readonly counts: Uint32Array;
  readonly contentKey: string;
  /** Key of the zero page: low word, high word. */
  readonly zeroKey: Uint32Array;
  /** Compressed size by content, for every codec that was asked for. Unknown sizes are 0. */
  readonly sizes: ReadonlyMap<CodecName, Uint16Array>;
  /** Names of the coders, with versions. */
  readonly coders: ReadonlyMap<CodecName, string>;
}

/** Pages that are zero by the layout alone. */
export function layoutZeroPages(guest: GuestMemory): number {
  return guest.zeroRanges.reduce((sum, { count }) => sum + count, 0);
}

/** Adds the pages of each content in a guest to `counts`, by content. O(rows). */
export function addCounts(guest: GuestMemory, counts: Uint32Array): void {
  const { content, rows } = guest;
  for (let row = 0; row < rows; row++) {
    const number = content[row]!;
    if (number !== NO_CONTENT) counts[number]!++;
  }
  counts[ZERO_CONTENT]! += layoutZeroPages(guest);
}

/** Unknown pages by reason; reasons that do not occur are left out, those that do in the order of their states. */
export function unknownPages(guest: GuestMemory): Record<string, number> {
  const found = PAGE_STATES.map((name) => guest.unknownByLayout[name] ?? 0);
  const { kinds } = guest.columns;
  for (let row = 0; row < guest.rows; row++)
    if (kinds[row]! >= KIND_UNKNOWN) found[kinds[row]! - KIND_UNKNOWN]!++;
  return Object.fromEntries(PAGE_STATES.flatMap((name, i) => (found[i]! > 0 ? [[name, found[i]!]] : [])));
}

/** Page number of a row. O(log ranges). */
export function pageOfRow(guest: GuestMemory, row: number): number {
  let low = 0;
  let high = guest.ranges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (guest.ranges[middle]!.row <= row) low = middle;
    else high = middle - 1;
  }
  const range = guest.ranges[low]!;
  return range.first + row - range.row;
}

/** Neighbouring pages that are known or may be; `row` of the first, or -1 for pages that are zero by the layout. */
export interface PageRun {
  readonly first: number;
  readonly count: number;
  readonly row: number;
}

/** The guest's runs in ascending order of pages. */
export function* pageRuns({ ranges, zeroRanges }: GuestMemory): Generator<PageRun, void> {
  let zero = 0;
  for (const range of ranges) {
    for (; zero < zeroRanges.length && zeroRanges[zero]!.first < range.first; zero++)
      yield { ...zeroRanges[zero]!, row: -1 };
    yield range;
  }
  for (; zero < zeroRanges.length; zero++) yield { ...zeroRanges[zero]!, row: -1 };
}
