/**
 * Size classes of zsmalloc, in which Linux's zram and zswap keep compressed pages (Linux mm/zsmalloc.c,
 * Documentation/mm/zsmalloc.rst).
 */
import { linuxSince } from './linux-version.ts';
import { PAGE_BYTES } from './page.ts';

const CLASS_STEP = 16;
const SIZE_MIN = 32;
/** Every object carries its handle. */
const HANDLE_BYTES = 8;
/** Maximum frames in one chain before 6.3, and the default of CONFIG_ZSMALLOC_CHAIN_SIZE from then on. */
const [OLD_CHAIN, NEW_CHAIN] = [4, 8] as const;

/** A class of objects: `pages` frames hold `objects` of up to `size` bytes. */
export interface SizeClass {
  readonly size: number;
  readonly pages: number;
  readonly objects: number;
}

/** How many frames a zspage gets: those that waste the fewest bytes, or the best-used ones in whole per cent. */
export type ChainRule = 'leastWaste' | 'mostUsedPercent';

/**
 * The chains of a kernel. 6.3 chooses them by wasted bytes and lets them be longer ("zsmalloc: rework zspage chain size
 * selection").
 */
export function chainsOf(kernel: string): { readonly longest: number; readonly rule: ChainRule } {
  return linuxSince(kernel, 6, 3)
    ? { longest: NEW_CHAIN, rule: 'leastWaste' }
    : { longest: OLD_CHAIN, rule: 'mostUsedPercent' };
}

/**
 * Classes for 4 KiB pages: 255 sizes 16 bytes apart, of which those with as many objects in as many frames are one.
 *
 * @param chain frames in one zspage at most
 * @param rule of kernels up to 6.2 when not given and `chain` is 4
 */
export class SizeClasses {
  /** Distinct classes, largest first. */
  readonly distinct: readonly SizeClass[];
  /** Compressed pages of this size or larger take a whole page (`zs_huge_class_size`). */
  readonly hugeBytes: number;
  readonly #bySize: readonly SizeClass[];

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

  /** The class that an object of so many bytes goes to: its handle has to fit, too, except in a frame of its own. */
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
