/**
 * How exposed the savings of sharing are: a write to a shared page takes a frame, and guests may write all of them at
 * once (a reboot, an update of one library everywhere, a job that starts at the hour).
 */
import { ROLE_MASK, ROLE_NAMES } from '@overbook/formats/roles';
import { NO_CONTENT, ZERO_CONTENT } from '../scan/content-book.ts';
import { framesFor } from './ksm-counts.ts';
import type { GuestMemory, MemorySet } from '../scan/memory-set.ts';
import { addCounts, layoutZeroPages } from '../scan/memory-set.ts';

export interface ExposureFigures {
  /** Frames needed if every shared page of every guest were written at once: all that sharing saved. */
  readonly burstPages: number;
  /** Of these, for pages that are zero now. */
  readonly burstZeroPages: number;
  /** If only one guest writes all of its shared pages, the others none. */
  readonly byGuest: readonly {
    readonly image: string;
    readonly sharedPages: number;
    readonly burstPages: number;
  }[];
  /** Shared pages by what the guests' kernels said they were; empty where none told. */
  readonly sharedByRole: Readonly<Record<string, number>>;
}

/** For sharing across all guests, at most `limit` pages on a frame. O(rows + contents × guests). */
export function exposureFigures(set: MemorySet, limit?: number): ExposureFigures {
  const { counts } = set;
  let burstPages = 0;
  for (const pages of counts) burstPages += pages - framesFor(pages, limit);
  const own = new Uint32Array(set.book.size);
  const roles = new Float64Array(ROLE_NAMES.length);
  const byGuest = set.guests.map((guest) => {
    own.fill(0);
    addCounts(guest, own);
    addSharedRoles(guest, counts, roles);
    return { image: guest.name, ...burstOf(own, counts, limit) };
  });
  return {
    burstPages,
    burstZeroPages: counts[ZERO_CONTENT]! - framesFor(counts[ZERO_CONTENT]!, limit),
    byGuest,
    sharedByRole: Object.fromEntries(
      ROLE_NAMES.flatMap((name, role) => (roles[role]! > 0 ? [[name, roles[role]!]] : [])),
    ),
  };
}

/** Frames that are there already are kept by the last pages on them. */
function burstOf(
  own: Uint32Array,
  all: Uint32Array,
  limit: number | undefined,
): { sharedPages: number; burstPages: number } {
  let sharedPages = 0;
  let burstPages = 0;
  for (let content = 0; content < own.length; content++) {
    const pages = own[content]!;
    if (pages === 0 || all[content]! < 2) continue;
    sharedPages += pages;
    burstPages += Math.min(pages, all[content]! - framesFor(all[content]!, limit));
  }
  return { sharedPages, burstPages };
}

function addSharedRoles(guest: GuestMemory, counts: Uint32Array, roles: Float64Array): void {
  const { role, ranges, zeroRanges, content } = guest;
  if (role === undefined) return;
  for (const { first, count, row } of ranges) {
    for (let at = 0; at < count; at++) {
      const number = content[row + at]!;
      if (number !== NO_CONTENT && counts[number]! > 1) roles[role[first + at]! & ROLE_MASK]!++;
    }
  }
  if (layoutZeroPages(guest) === 0 || counts[ZERO_CONTENT]! < 2) return;
  for (const { first, count } of zeroRanges)
    for (let page = first; page < first + count; page++) roles[role[page]! & ROLE_MASK]!++;
}
