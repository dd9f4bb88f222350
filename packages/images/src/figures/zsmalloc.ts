/**
 * What Linux's zram and zswap take for compressed pages: zsmalloc's size classes, not the compressed lengths (Linux
 * mm/zsmalloc.c, drivers/block/zram/zram_drv.c; Documentation/mm/zsmalloc.rst).
 */
import { PAGE_BYTES } from '@overbook/core/units';

const CLASS_STEP = 16;
const SIZE_MIN = 32;
/** Every object carries its handle. */
const HANDLE_BYTES = 8;

/** A class of objects: `pages` frames hold `objects` of up to `size` bytes. */
export interface SizeClass {
  readonly size: number;
  readonly pages: number;
  readonly objects: number;
}

/** How many frames a zspage gets: those that waste the fewest bytes, or the best-used ones in whole per cent. */
export type ChainRule = 'leastWaste' | 'mostUsedPercent';

/**
 * Classes for 4 KiB pages. Kernels up to 6.2 chain at most 4 frames and compare what is used in whole per cent; from
 * 6.3 on at most CONFIG_ZSMALLOC_CHAIN_SIZE, 8 by default, and compare wasted bytes.
 *
 * @param chain frames in one zspage at most
 * @param rule of kernels up to 6.2 when not given and `chain` is 4
 */
export class SizeClasses {
  /** Distinct classes, largest first. */
  readonly distinct: readonly SizeClass[];
  readonly #bySize: readonly SizeClass[];
  /** Compressed pages of this size or larger take a whole page (`zs_huge_class_size`). */
  readonly hugeBytes: number;

  constructor(chain: number, rule: ChainRule = chain === 4 ? 'mostUsedPercent' : 'leastWaste') {
    const distinct: SizeClass[] = [];
    const bySize: SizeClass[] = [];
    let hugeBytes = 0;
    // From the largest down: a class that holds as many objects in as many frames as the one above is merged with it.
    for (let size = PAGE_BYTES; size >= SIZE_MIN; size -= CLASS_STEP) {
      const pages = rule === 'leastWaste' ? chainOf(size, chain) : chainByPercent(size, chain);
      const objects = Math.floor((pages * PAGE_BYTES) / size);
      const above = distinct[distinct.length - 1];
      if (pages !== 1 && objects !== 1 && hugeBytes === 0) hugeBytes = size - (HANDLE_BYTES - 1);
      if (above === undefined || above.pages !== pages || above.objects !== objects)
        distinct.push({ size, pages, objects });
      bySize[(size - SIZE_MIN) / CLASS_STEP] = distinct[distinct.length - 1]!;
    }
    this.distinct = distinct;
    this.#bySize = bySize;
    this.hugeBytes = hugeBytes;
  }

  /** The class that an object of so many bytes goes to. */
  classOf(bytes: number): SizeClass {
    const index = Math.max(0, Math.ceil((bytes + HANDLE_BYTES - SIZE_MIN) / CLASS_STEP));
    return this.#bySize[Math.min(index, this.#bySize.length - 1)]!;
  }
}

/** Frames in a zspage with the least waste at its end; the fewest of equal ones. */
function chainOf(size: number, chain: number): number {
  if (PAGE_BYTES % size === 0 && (size & (size - 1)) === 0) return 1;
  let least = Number.POSITIVE_INFINITY;
  let pages = 1;
  for (let count = 1; count <= chain; count++) {
    const waste = (count * PAGE_BYTES) % size;
    if (waste < least) [least, pages] = [waste, count];
  }
  return pages;
}

/** The first of those whose used part, cut to whole per cent, is largest. */
function chainByPercent(size: number, chain: number): number {
  let most = 0;
  let pages = 1;
  for (let count = 1; count <= chain; count++) {
    const bytes = count * PAGE_BYTES;
    const used = Math.floor(((bytes - (bytes % size)) * 100) / bytes);
    if (used > most) [most, pages] = [used, count];
  }
  return pages;
}

/** What a store takes for a number of pages. */
export interface StoreFigures {
  /** Pages that were given to it. */
  readonly pages: number;
  /**
   * Kept without memory. One word repeated, zero among them; in zswap from Linux 6.12 on zero pages alone, which never
   * reach it (a bitmap of the swap device has them).
   */
  readonly sameFilledPages: number;
  /** zram: stored raw, a frame each. zswap: refused, they go on to disk. */
  readonly hugePages: number;
  /** Bytes of compressed pages before size classes (`compr_data_size`); raw pages count whole. */
  readonly compressedBytes: number;
  /** Frames taken (`mem_used_total` / 4096). */
  readonly storePages: number;
}

/** Pages on their way into a zram device or a zswap pool on zsmalloc. */
export class ZsmallocStore {
  readonly #classes: SizeClasses;
  readonly kind: 'zram' | 'zswap';
  readonly #objects = new Map<SizeClass, number>();
  #pages = 0;
  #sameFilled = 0;
  #huge = 0;
  #compressedBytes = 0;

  constructor(kind: 'zram' | 'zswap', classes: SizeClasses) {
    this.kind = kind;
    this.#classes = classes;
  }

  /** Pages of one word each. */
  addSameFilled(pages: number): void {
    this.#pages += pages;
    this.#sameFilled += pages;
  }

  /** `pages` pages that compress to `bytes` each. */
  add(bytes: number, pages: number): void {
    this.#pages += pages;
    const huge = this.kind === 'zram' ? bytes >= this.#classes.hugeBytes : bytes >= PAGE_BYTES;
    if (huge) this.#huge += pages;
    if (huge && this.kind === 'zswap') return;
    const kept = huge ? PAGE_BYTES : bytes;
    this.#compressedBytes += kept * pages;
    const sizeClass = this.#classes.classOf(kept);
    this.#objects.set(sizeClass, (this.#objects.get(sizeClass) ?? 0) + pages);
  }

  figures(): StoreFigures {
    let storePages = 0;
    for (const [{ pages, objects }, count] of this.#objects) storePages += Math.ceil(count / objects) * pages;
    return {
      pages: this.#pages,
      sameFilledPages: this.#sameFilled,
      hugePages: this.#huge,
      compressedBytes: this.#compressedBytes,
      storePages,
    };
  }
}
