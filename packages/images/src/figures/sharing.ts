/** What page sharing saves: within each guest, across all, and by salt group; zero pages apart. */
import { FILL_SAME, OverbookError } from '@overbook/core/units';
import { ZERO_CONTENT } from '../scan/content-book.ts';
import { contentsSha256 } from './contents-hash.ts';
import type { KsmCounts } from './ksm-counts.ts';
import { framesFor, KsmTally } from './ksm-counts.ts';
import type { GuestMemory, MemorySet } from '../scan/memory-set.ts';
import { addCounts, unknownPages } from '../scan/memory-set.ts';

/** Frames saved. */
export interface Saved {
  readonly savedPages: number;
  /** The same with zero pages left out altogether. */
  readonly savedNonZeroPages: number;
}

/**
 * A fill pattern: one 8-byte word, as hexadecimal digits in the order of memory; null where only its key is
 * known.
 */
export interface FillPattern {
  readonly word: string | null;
  readonly pages: number;
}

export interface ImageFigures extends KsmCounts {
  readonly path: string;
  readonly name: string;
  readonly format: string;
  /** Of the file, unpacked where it was packed. */
  readonly fileBytes: number;
  /** Of what it holds: see `contentsSha256`. */
  readonly contentsSha256: string;
  /** Data, zero and unknown. */
  readonly pages: number;
  readonly zeroPages: number;
  readonly unknownPages: number;
  /** By reason; reasons that do not occur are left out. */
  readonly unknown: Readonly<Record<string, number>>;
  /** One word repeated, not zero. */
  readonly sameFilledPages: number;
  /** The commonest words first, at most eight; zero is not among them. */
  readonly fillPatterns: readonly FillPattern[];
  /** The zero page among them; unknown pages have none. */
  readonly distinctContents: number;
  readonly notes: readonly string[];
}

export interface SharingFigures {
  readonly withinVm: Saved;
  readonly acrossVms: Saved & KsmCounts & { readonly distinctContents: number };
  /** Of the groups that were named, in their order. */
  readonly groups: readonly (Saved & { readonly name: string; readonly images: readonly string[] })[];
  /** All groups together, each guest in no group by itself; what salting by group leaves of `acrossVms`. */
  readonly bySalt: Saved;
  /**
   * Row by row, pages of one guest (not zero) whose content another holds too; on the diagonal pages whose content
   * the guest itself holds again.
   */
  readonly matrix: readonly (readonly number[])[];
}

/** A salt group: guests that may share with each other. */
export interface SaltGroup {
  readonly name: string;
  /** Names or paths of guests. */
  readonly images: readonly string[];
}

const PATTERNS_MAX = 8;

/** Figures of each guest by itself. O(rows + contents × guests). */
export function imageFigures(set: MemorySet, limit?: number): ImageFigures[] {
  const { book } = set;
  const counts = new Uint32Array(book.size);
  return set.guests.map((guest) => {
    counts.fill(0);
    addCounts(guest, counts);
    const tally = new KsmTally(limit);
    let distinctContents = 0;
    let sameFilledPages = 0;
    const filled: (readonly [content: number, pages: number])[] = [];
    for (let content = 0; content < counts.length; content++) {
      const pages = counts[content]!;
      if (pages === 0) continue;
      distinctContents++;
      tally.add(pages);
      if (book.fillOf(content) !== FILL_SAME) continue;
      sameFilledPages += pages;
      filled.push([content, pages]);
    }
    const unknown = unknownPages(guest);
    filled.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const { path, name, format, fileBytes, pages, notes } = guest;
    return {
      path,
      name,
      format,
      fileBytes,
      contentsSha256: contentsSha256(guest, set.contentKey),
      pages,
      zeroPages: counts[ZERO_CONTENT]!,
      unknownPages: Object.values(unknown).reduce((sum, count) => sum + count, 0),
      unknown,
      sameFilledPages,
      fillPatterns: filled
        .slice(0, PATTERNS_MAX)
        .map(([content, count]) => ({ word: book.words.get(content) ?? null, pages: count })),
      distinctContents,
      ...tally.counts(),
      notes,
    };
  });
}

/**
 * What sharing saves over the set. @param images figures of each guest by itself, with the same limit. Throws
 * OVB_GROUP for a group of unknown images or an image in two groups.
 */
export function sharingFigures(
  set: MemorySet,
  images: readonly ImageFigures[],
  groups: readonly SaltGroup[],
  limit?: number,
): SharingFigures {
  const { guests } = set;
  const members = groups.map((group) => membersOf(group, guests));
  checkDisjoint(groups, members, guests);
  const alone = images.map(({ pagesSharing, zeroPages }) => savedBy(pagesSharing, zeroPages, limit));
  const all = savedOf(set.counts, limit);
  const grouped = members.map((of) => savedOf(countsOf(set, of), limit));
  const inNone = guests.flatMap((guest, at) =>
    members.some((of) => of.includes(guest)) ? [] : [alone[at]!],
  );
  return {
    withinVm: sumOf(alone),
    acrossVms: { ...plain(all), ...all.counts, distinctContents: all.distinctContents },
    groups: groups.map(({ name }, at) => ({
      name,
      images: members[at]!.map((guest) => guest.name),
      ...plain(grouped[at]!),
    })),
    bySalt: sumOf([...grouped, ...inNone]),
    matrix: matrixOf(set),
  };
}

function plain({ savedPages, savedNonZeroPages }: Saved): Saved {
  return { savedPages, savedNonZeroPages };
}

function sumOf(parts: readonly Saved[]): Saved {
  return {
    savedPages: parts.reduce((sum, { savedPages }) => sum + savedPages, 0),
    savedNonZeroPages: parts.reduce((sum, { savedNonZeroPages }) => sum + savedNonZeroPages, 0),
  };
}

interface Domain extends Saved {
  readonly counts: KsmCounts;
  readonly distinctContents: number;
}

function savedBy(pagesSharing: number, zeroPages: number, limit: number | undefined): Saved {
  return {
    savedPages: pagesSharing,
    savedNonZeroPages: pagesSharing - (zeroPages - framesFor(zeroPages, limit)),
  };
}

function countsOf({ book }: MemorySet, guests: readonly GuestMemory[]): Uint32Array {
  const counts = new Uint32Array(book.size);
  for (const guest of guests) addCounts(guest, counts);
  return counts;
}

/** Pages that share with each other, by content. */
function savedOf(counts: Uint32Array, limit?: number): Domain {
  const tally = new KsmTally(limit);
  let distinctContents = 0;
  for (let content = 0; content < counts.length; content++) {
    if (counts[content] === 0) continue;
    distinctContents++;
    tally.add(counts[content]!);
  }
  return {
    ...savedBy(tally.pagesSharing, counts[ZERO_CONTENT]!, limit),
    counts: tally.counts(),
    distinctContents,
  };
}

function membersOf({ name, images }: SaltGroup, guests: readonly GuestMemory[]): GuestMemory[] {
  return images.map((image) => {
    const found =
      guests.find((guest) => guest.name === image) ?? guests.find((guest) => guest.path === image);
    if (found !== undefined) return found;
    throw new OverbookError(
      'OVB_GROUP',
      `group ${name}`,
      `there is no image '${image}'`,
      `Name one of: ${guests.map((guest) => guest.name).join(', ')}.`,
    );
  });
}

function checkDisjoint(
  groups: readonly SaltGroup[],
  members: readonly (readonly GuestMemory[])[],
  guests: readonly GuestMemory[],
): void {
  for (const guest of guests) {
    const of = groups.filter((_, at) => members[at]!.includes(guest)).map(({ name }) => name);
    const twice = members.some((list) => list.indexOf(guest) !== list.lastIndexOf(guest));
    if (of.length < 2 && !twice) continue;
    const what =
      of.length < 2 ? `'${guest.name}' is named twice` : `'${guest.name}' is in ${of.join(' and ')}`;
    throw new OverbookError(
      'OVB_GROUP',
      `group ${of[0]}`,
      what,
      'Name each guest once, in one group: a guest has one salt.',
    );
  }
}

/** O(contents × guests²), in the order of contents. Memory: 4 bytes a content, 1 more for each guest. */
function matrixOf({ guests, book }: MemorySet): number[][] {
  const own = new Uint32Array(book.size);
  const countOwn = (guest: GuestMemory): void => {
    own.fill(0);
    addCounts(guest, own);
    own[ZERO_CONTENT] = 0;
  };
  // 0, 1 or 2 for more.
  const held = guests.map((guest) => {
    countOwn(guest);
    const bits = new Uint8Array(own.length);
    for (let content = 0; content < own.length; content++) bits[content] = Math.min(own[content]!, 2);
    return bits;
  });
  return guests.map((guest, from) => {
    countOwn(guest);
    return guests.map((_, to) => {
      const bits = held[to]!;
      const least = from === to ? 2 : 1;
      let pages = 0;
      for (let content = 0; content < own.length; content++)
        if (bits[content]! >= least) pages += own[content]!;
      return pages;
    });
  });
}
