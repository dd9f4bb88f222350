/** Physical memory by kind, for the eye: each guest as a row of cells, each cell the commonest kind of its pages. */
import { FILL_SAME, PAGE_BYTES } from '@overbook/core/units';
import { NO_CONTENT, ZERO_CONTENT } from '../scan/content-book.ts';
import type { GuestMemory, MemorySet } from '../scan/memory-set.ts';
import { addCounts, pageRuns } from '../scan/memory-set.ts';

/** Kinds by letter, in the order in which legends name them. */
export const MAP_KINDS = {
  z: 'zero',
  a: 'shared with other guests',
  w: 'repeated in this guest only',
  f: 'one word repeated, occurs once',
  c: 'occurs once, fits 2 KiB compressed',
  u: 'occurs once, does not fit 2 KiB',
  '?': 'unknown',
} as const;
export type MapKind = keyof typeof MAP_KINDS;
const LETTERS = Object.keys(MAP_KINDS) as MapKind[];

export interface MemoryMap {
  readonly image: string;
  readonly pagesPerCell: number;
  /** One letter of MAP_KINDS a cell, from page 0 on. */
  readonly cells: string;
}

const CELLS_MAX = 2048;

/** Maps of all guests, with one cell size. Without sizes of a codec `c` and `u` are not told apart: all are `u`. */
export function memoryMaps(set: MemorySet): MemoryMap[] {
  const { counts } = set;
  const end = Math.max(...set.guests.map(({ pageEnd }) => pageEnd));
  const pagesPerCell = 2 ** Math.max(0, Math.ceil(Math.log2(end / CELLS_MAX)));
  const sizes = set.sizes.get('lz4') ?? [...set.sizes.values()][0];
  const own = new Uint32Array(set.book.size);
  return set.guests.map((guest) => {
    own.fill(0);
    addCounts(guest, own);
    const kinds = kindsOf(set, own, counts, sizes);
    return { image: guest.name, pagesPerCell, cells: cellsOf(guest, kinds, pagesPerCell) };
  });
}

/** Index into LETTERS by content, as this guest sees it. */
function kindsOf(
  set: MemorySet,
  own: Uint32Array,
  all: Uint32Array,
  sizes: Uint16Array | undefined,
): Uint8Array {
  const kinds = new Uint8Array(all.length);
  for (let content = 0; content < all.length; content++) {
    let kind: MapKind = 'u';
    if (content === ZERO_CONTENT) kind = 'z';
    else if (all[content]! > own[content]!) kind = 'a';
    else if (own[content]! > 1) kind = 'w';
    else if (set.book.fillOf(content) === FILL_SAME) kind = 'f';
    else if (sizes !== undefined && sizes[content]! <= PAGE_BYTES / 2) kind = 'c';
    kinds[content] = LETTERS.indexOf(kind);
  }
  return kinds;
}

function cellsOf(guest: GuestMemory, kinds: Uint8Array, pagesPerCell: number): string {
  const cells = Math.ceil(guest.pageEnd / pagesPerCell);
  const tally = new Uint32Array(cells * LETTERS.length);
  const add = (page: number, kind: number, count: number): void => {
    tally[Math.floor(page / pagesPerCell) * LETTERS.length + kind]! += count;
  };
  for (const { first, count, row } of pageRuns(guest)) {
    for (let at = 0; at < count;) {
      const page = first + at;
      const inCell = row < 0 ? Math.min(count - at, pagesPerCell - (page % pagesPerCell)) : 1;
      const content = row < 0 ? ZERO_CONTENT : guest.content[row + at]!;
      if (content !== NO_CONTENT) add(page, kinds[content]!, inCell);
      at += inCell;
    }
  }
  let text = '';
  for (let cell = 0; cell < cells; cell++)
    text += commonest(tally.subarray(cell * LETTERS.length, (cell + 1) * LETTERS.length), pagesPerCell);
  return text;
}

/** The kind of most pages; the earlier of equal ones; unknown where fewer than half are known. */
function commonest(tally: Uint32Array, pagesPerCell: number): MapKind {
  let best = 0;
  let known = 0;
  for (let kind = 0; kind < tally.length; kind++) {
    known += tally[kind]!;
    if (tally[kind]! > tally[best]!) best = kind;
  }
  return known * 2 < pagesPerCell ? '?' : LETTERS[best]!;
}
