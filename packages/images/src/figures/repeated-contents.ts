/** The most frequent contents: how often, where, and as what. */
import { FILL_SAME, FILL_ZERO } from '@overbook/core/units';
import { ROLE_MASK, ROLE_NAMES } from '@overbook/formats/roles';
import { NO_CONTENT, ZERO_CONTENT } from '../scan/content-book.ts';
import type { GuestMemory, MemorySet } from '../scan/memory-set.ts';
import { pageRuns } from '../scan/memory-set.ts';

export interface RepeatedContent {
  /** Content key, 16 hexadecimal digits, high word first. */
  readonly key: string;
  readonly kind: 'zero' | 'filled' | 'data';
  /** The word of a filled page, in the order of memory; null where it is not known. */
  readonly word: string | null;
  readonly pages: number;
  readonly where: readonly {
    readonly image: string;
    readonly pages: number;
    readonly firstPage: number;
    readonly lastPage: number;
    /** Runs of neighbouring pages. */
    readonly runs: number;
  }[];
  /** Pages by what the guests' kernels said they were; empty where none told. */
  readonly roles: Readonly<Record<string, number>>;
}

/** The `top` most frequent contents that occur at least twice; ties go to the earlier. O(rows). */
export function repeatedContents(set: MemorySet, top: number): RepeatedContent[] {
  const { book, guests, counts } = set;
  const most = commonest(counts, top);
  // By content: 0 for most, else 1 + rank.
  const rankOf = new Uint16Array(book.size);
  for (const [rank, content] of most.entries()) rankOf[content] = rank + 1;
  const places = most.map(() => guests.map(() => new Places()));
  const roles = most.map(() => new Float64Array(ROLE_NAMES.length));
  for (const [at, guest] of guests.entries()) {
    notePlaces(guest, rankOf, (rank, page, count) => {
      places[rank]![at]!.add(page, count);
      if (guest.role !== undefined) addRoles(roles[rank]!, guest.role, page, count);
    });
  }
  return most.map((content, rank) => ({
    key: keyText(set, content),
    kind: kindOf(book.fillOf(content)),
    word: book.words.get(content) ?? null,
    pages: counts[content]!,
    where: guests.flatMap((guest, at) => {
      const { pages, firstPage, lastPage, runs } = places[rank]![at]!;
      return pages === 0 ? [] : [{ image: guest.name, pages, firstPage, lastPage, runs }];
    }),
    roles: Object.fromEntries(
      ROLE_NAMES.flatMap((name, role) => (roles[rank]![role]! > 0 ? [[name, roles[rank]![role]!]] : [])),
    ),
  }));
}

/** Where one content occurs in one guest; pages come in ascending order. */
class Places {
  pages = 0;
  firstPage = 0;
  lastPage = -2;
  runs = 0;

  add(page: number, count: number): void {
    if (this.pages === 0) this.firstPage = page;
    if (page !== this.lastPage + 1) this.runs++;
    this.pages += count;
    this.lastPage = page + count - 1;
  }
}

function commonest(counts: Uint32Array, top: number): number[] {
  const best: number[] = [];
  let least = 1;
  for (let content = 0; content < counts.length; content++) {
    const pages = counts[content]!;
    if (pages <= least) continue;
    best.push(content);
    best.sort((a, b) => counts[b]! - counts[a]! || a - b);
    if (best.length > top) best.pop();
    if (best.length === top) least = counts[best[top - 1]!]!;
  }
  return best;
}

function notePlaces(
  guest: GuestMemory,
  rankOf: Uint16Array,
  note: (rank: number, page: number, count: number) => void,
): void {
  const zeroRank = rankOf[ZERO_CONTENT]!;
  for (const { first, count, row } of pageRuns(guest)) {
    if (row < 0) {
      if (zeroRank > 0) note(zeroRank - 1, first, count);
      continue;
    }
    for (let at = 0; at < count; at++) {
      const content = guest.content[row + at]!;
      if (content !== NO_CONTENT && rankOf[content]! > 0) note(rankOf[content]! - 1, first + at, 1);
    }
  }
}

function addRoles(into: Float64Array, role: Uint8Array, page: number, count: number): void {
  for (let at = page; at < page + count; at++) into[role[at]! & ROLE_MASK]!++;
}

function kindOf(fill: number): RepeatedContent['kind'] {
  return fill === FILL_ZERO ? 'zero' : fill === FILL_SAME ? 'filled' : 'data';
}

function keyText({ guests, book, zeroKey }: MemorySet, content: number): string {
  const guest = guests[book.firstImageOf(content)];
  const row = book.firstRowOf(content);
  const [low, high] =
    content === ZERO_CONTENT || guest === undefined
      ? [zeroKey[0]!, zeroKey[1]!]
      : [guest.columns.keys[row * 2]!, guest.columns.keys[row * 2 + 1]!];
  return [high, low].map((word) => word.toString(16).padStart(8, '0')).join('');
}
