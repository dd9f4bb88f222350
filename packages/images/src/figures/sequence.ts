/**
 * The techniques one after the other, no byte counted twice: zero pages, then sharing, then patching, then
 * compression, then the rest. Each takes only what the ones before have left. Waldspurger (OSDI 2002, §4) and
 * Gupta et al. (Difference Engine, OSDI 2008, §4) order them so.
 */
import { PAGE_BYTES } from '@overbook/core/units';
import type { CodecName } from '../scan/page-codec.ts';
import { ZERO_CONTENT } from '../scan/content-book.ts';
import { framesFor } from './ksm-counts.ts';
import type { MemorySet } from '../scan/memory-set.ts';
import { addCounts } from '../scan/memory-set.ts';

/** Bytes: zero + share + patch + compress saved, and the rest that stays, make up all known pages. */
export interface SequenceBytes {
  readonly knownBytes: number;
  /** Zero pages on one frame. */
  readonly zeroBytes: number;
  /** Further copies of other contents. */
  readonly shareBytes: number;
  /** Of contents that occur once, kept as a patch against another page; 0 when not asked for. */
  readonly patchBytes: number;
  /**
   * Of contents that occur once, are not patched and are no patch's reference: slots of 1 or 2 KiB for those that
   * fit.
   */
  readonly compressBytes: number;
  /** What memory would still hold: shared frames, references, patches, slots, pages that fit nothing. */
  readonly restBytes: number;
}

export interface SequenceFigures extends SequenceBytes {
  /** Codec behind `compressBytes`. */
  readonly codec: string;
  /** Each guest with its part; a frame that several share is split evenly among its pages. */
  readonly byGuest: readonly (SequenceBytes & { readonly image: string })[];
}

/** What patching makes of contents; by content. */
export interface Patches {
  /** Bytes of the patch; 0 where the content is not patched. */
  readonly patchBytes: Uint16Array;
  /** 1 where a patch refers to the content. */
  readonly isReference: Uint8Array;
}

/** Sharing across all guests, at most `limit` pages on a frame. O(contents × guests + rows). */
export function sequenceFigures(
  set: MemorySet,
  codec: CodecName,
  patches: Patches | undefined,
  limit?: number,
): SequenceFigures {
  const { counts } = set;
  const gains = gainsOf(set, codec, patches, counts);
  const own = new Uint32Array(set.book.size);
  const byGuest = set.guests.map((guest) => {
    own.fill(0);
    addCounts(guest, own);
    return { image: guest.name, ...partOf(own, counts, gains, limit) };
  });
  return { codec, ...partOf(counts, counts, gains, limit), byGuest };
}

/** Bytes that the one page of a content gives up; by content. */
interface Gains {
  readonly patch: Uint16Array;
  readonly compress: Uint16Array;
}

function gainsOf(set: MemorySet, codec: CodecName, patches: Patches | undefined, counts: Uint32Array): Gains {
  const sizes = set.sizes.get(codec)!;
  const gains = { patch: new Uint16Array(counts.length), compress: new Uint16Array(counts.length) };
  for (let content = 0; content < counts.length; content++) {
    if (content === ZERO_CONTENT || counts[content] !== 1) continue;
    const patch = patches?.patchBytes[content] ?? 0;
    if (patch > 0) gains.patch[content] = PAGE_BYTES - patch;
    else if (patches?.isReference[content] !== 1) gains.compress[content] = slotGain(sizes[content]!);
  }
  return gains;
}

function slotGain(bytes: number): number {
  if (bytes <= PAGE_BYTES / 4) return PAGE_BYTES - PAGE_BYTES / 4;
  return bytes <= PAGE_BYTES / 2 ? PAGE_BYTES / 2 : 0;
}

/** The part of the pages in `own`. Whole numbers: each figure rounded, the rest is what remains. */
function partOf(own: Uint32Array, all: Uint32Array, gains: Gains, limit: number | undefined): SequenceBytes {
  let known = 0;
  let share = 0;
  let patch = 0;
  let compress = 0;
  const savedOf = (content: number): number =>
    own[content]! * (1 - framesFor(all[content]!, limit) / all[content]!);
  for (let content = 0; content < own.length; content++) {
    if (own[content] === 0) continue;
    known += own[content]!;
    if (content === ZERO_CONTENT) continue;
    if (all[content]! > 1) share += savedOf(content);
    patch += gains.patch[content]!;
    compress += gains.compress[content]!;
  }
  const zeroBytes = own[ZERO_CONTENT] === 0 ? 0 : Math.round(savedOf(ZERO_CONTENT) * PAGE_BYTES);
  const shareBytes = Math.round(share * PAGE_BYTES);
  const knownBytes = known * PAGE_BYTES;
  const restBytes = knownBytes - zeroBytes - shareBytes - patch - compress;
  return { knownBytes, zeroBytes, shareBytes, patchBytes: patch, compressBytes: compress, restBytes };
}
