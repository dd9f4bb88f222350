/**
 * Near-duplicates: pages that a patch against another page could replace. HashSimilarityDetector(2,1) of Gupta et
 * al., Difference Engine, OSDI 2008, §3.2 and §5: two 64-byte blocks of a page are hashed, the page is found under
 * either; of at most two candidates the better is taken, if its patch is below 2 KiB.
 */
import { FILL_ZERO, PAGE_BYTES } from '@overbook/core/units';
import type { MemoryImage } from '../readers/memory-image.ts';
import type { MemorySet } from '../scan/memory-set.ts';
import { pageOfRow } from '../scan/memory-set.ts';
import { nextTurn } from '../scan/next-turn.ts';
import { PagePatcher } from './page-patch.ts';
import type { ScanOptions } from '../scan/scan-request.ts';
import type { Patches } from './sequence.ts';

export interface SimilarFigures {
  /** Pages whose content occurs once and could be a patch. */
  readonly patchedPages: number;
  /** Contents that those patches refer to; they must stay as they are. */
  readonly referenceContents: number;
  /** Bytes of all patches. */
  readonly patchBytes: number;
  /** Bytes saved: pages less their patches. */
  readonly savedBytes: number;
  /** Mean patch, six digits; 0 without any. */
  readonly meanPatchBytes: number;
  /** Pages with at least one candidate, whether its patch was small enough or not. */
  readonly pagesWithCandidate: number;
}

/** Where the two blocks begin. Assumed: the paper draws them at random once; these were drawn so. */
const BLOCK_WORDS_AT = [1216 / 4, 2880 / 4] as const;
const BLOCK_WORDS = 16;
const PATCH_BYTES_MAX = PAGE_BYTES / 2;
/** How often the event loop gets its turn. */
const CONTENTS_PER_TURN = 512;

/**
 * Goes through distinct contents in order of first appearance. A content that is not patched may be a reference
 * for later ones (the first under a hash stays); contents that occur more than once are shared, so references
 * only. One thread.
 */
export async function findSimilar(
  set: MemorySet,
  images: readonly (MemoryImage | undefined)[],
  options: ScanOptions,
): Promise<{ readonly figures: SimilarFigures; readonly patches: Patches }> {
  const { book, counts } = set;
  const patches = { patchBytes: new Uint16Array(book.size), isReference: new Uint8Array(book.size) };
  const pages = new ContentReader(set, images);
  const patcher = new PagePatcher();
  const known = [new Map<number, number>(), new Map<number, number>()] as const;
  const [page, reference] = [new Uint32Array(PAGE_BYTES / 4), new Uint32Array(PAGE_BYTES / 4)];
  let pagesWithCandidate = 0;
  for (let content = 0; content < book.size; content++) {
    if (content % CONTENTS_PER_TURN === 0) {
      await nextTurn();
      options.signal?.throwIfAborted();
      options.onProgress?.({
        phase: 'compare',
        doneBytes: content * PAGE_BYTES,
        totalBytes: book.size * PAGE_BYTES,
      });
    }
    if (book.fillOf(content) === FILL_ZERO) continue;
    pages.read(content, page);
    const hashes = BLOCK_WORDS_AT.map((at) => blockHash(page, at));
    const candidates = new Set(known.flatMap((table, k) => table.get(hashes[k]!) ?? []));
    let best = PATCH_BYTES_MAX;
    let bestOf = -1;
    if (counts[content] === 1) {
      if (candidates.size > 0) pagesWithCandidate++;
      for (const candidate of candidates) {
        pages.read(candidate, reference);
        const length = patcher.patch(page, reference, best)?.length;
        if (length !== undefined) [best, bestOf] = [length, candidate];
      }
    }
    if (bestOf >= 0) {
      patches.patchBytes[content] = best;
      patches.isReference[bestOf] = 1;
    } else
      for (const [k, table] of known.entries()) if (!table.has(hashes[k]!)) table.set(hashes[k]!, content);
  }
  return { figures: figuresOf(patches, pagesWithCandidate), patches };
}

function figuresOf({ patchBytes, isReference }: Patches, pagesWithCandidate: number): SimilarFigures {
  let patchedPages = 0;
  let bytes = 0;
  let referenceContents = 0;
  for (let content = 0; content < patchBytes.length; content++) {
    if (patchBytes[content]! > 0) patchedPages++;
    bytes += patchBytes[content]!;
    referenceContents += isReference[content]!;
  }
  return {
    patchedPages,
    referenceContents,
    patchBytes: bytes,
    savedBytes: patchedPages * PAGE_BYTES - bytes,
    meanPatchBytes: patchedPages === 0 ? 0 : Number((bytes / patchedPages).toPrecision(6)),
    pagesWithCandidate,
  };
}

/** 53 bits of a block, as a number: what a table is asked for. */
function blockHash(page: Uint32Array, at: number): number {
  let low = 0x811c9dc5;
  let high = 0x9e3779b1;
  for (let word = at; word < at + BLOCK_WORDS; word++) {
    low = Math.imul(low ^ page[word]!, 0x85ebca6b);
    low ^= low >>> 13;
    high = Math.imul(high ^ low ^ page[word]!, 0xc2b2ae35);
    high ^= high >>> 16;
  }
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

/** Reads the first page of a content from its image. */
class ContentReader {
  readonly #set: MemorySet;
  readonly #images: readonly (MemoryImage | undefined)[];
  readonly #states = new Uint8Array(1);

  constructor(set: MemorySet, images: readonly (MemoryImage | undefined)[]) {
    this.#set = set;
    this.#images = images;
  }

  read(content: number, into: Uint32Array): void {
    const { book, guests } = this.#set;
    const image = book.firstImageOf(content);
    const page = pageOfRow(guests[image]!, book.firstRowOf(content));
    this.#images[image]!.read(
      page,
      1,
      new Uint8Array(into.buffer, into.byteOffset, PAGE_BYTES),
      this.#states,
    );
  }
}
