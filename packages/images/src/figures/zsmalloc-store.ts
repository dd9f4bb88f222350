/** What Linux's zram and zswap take for compressed pages: zsmalloc's size classes, not the compressed lengths. */
import type { SizeClass, SizeClasses, ZswapKernel } from '@overbook/core/units';
import { PAGE_BYTES } from '@overbook/core/units';

/** What a store takes for a number of pages. */
export interface StoreFigures {
  /** Pages that were given to it. */
  readonly pages: number;
  /**
   * Kept without memory. One word repeated, zero among them; in zswap from Linux 6.12 on zero pages alone, which never
   * reach it (a bitmap of the swap device has them).
   */
  readonly sameFilledPages: number;
  /** Stored as they are, a frame each; by zswap before Linux 6.18 refused: they go on to disk. */
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
  /** Pages of any one word take no memory; otherwise zero pages alone. */
  readonly keepsWords: boolean;
  /** From this size on a page is stored as it is, or refused. */
  readonly #hugeFrom: number;
  readonly #storesHuge: boolean;
  readonly #objects = new Map<SizeClass, number>();
  #pages = 0;
  #sameFilled = 0;
  #huge = 0;
  #compressedBytes = 0;

  /** @param zswap what zswap does in the kernel; zram does the same in all */
  constructor(
    kind: 'zram' | 'zswap',
    classes: SizeClasses,
    zswap: ZswapKernel = { keepsWords: false, storesIncompressible: false },
  ) {
    const isZram = kind === 'zram';
    this.kind = kind;
    this.keepsWords = isZram || zswap.keepsWords;
    this.#hugeFrom = isZram ? classes.hugeBytes : PAGE_BYTES;
    this.#storesHuge = isZram || zswap.storesIncompressible;
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
    const huge = bytes >= this.#hugeFrom;
    if (huge) this.#huge += pages;
    if (huge && !this.#storesHuge) return;
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
