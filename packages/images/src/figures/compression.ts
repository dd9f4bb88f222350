/**
 * How the pages of a set compress, by codec: of all pages, of unshared pages only, and what Linux's stores would
 * take.
 */
import { FILL_OTHER, FILL_ZERO, PAGE_BYTES } from '@overbook/core/units';
import { CODEC_NAMES } from '../scan/page-codec.ts';
import type { MemorySet } from '../scan/memory-set.ts';
import type { StoreRules } from './store-rules.ts';
import { storeRules } from './store-rules.ts';
import type { StoreFigures } from './zsmalloc-store.ts';
import { ZsmallocStore } from './zsmalloc-store.ts';

/** Pages without zero pages, by whether they fit. A page that fits 1 KiB fits 2 KiB too. */
export interface FitFigures {
  readonly pages: number;
  readonly fits2KiB: number;
  readonly fits1KiB: number;
  /** Mean compressed size of those pages; incompressible ones count 4096. Six digits. */
  readonly meanBytes: number;
}

export interface CompressionFigures extends FitFigures {
  /** Coder and version. */
  readonly coder: string;
  /** Pages whose content occurs once in the whole set. */
  readonly unshared: FitFigures;
  /** Every page given to one device, as swapping everything out would; nothing is shared there. */
  readonly zram: StoreFigures;
  readonly zswap: StoreFigures;
  /** The same for one page of each distinct content: what is left after sharing. */
  readonly afterSharing: { readonly zram: StoreFigures; readonly zswap: StoreFigures };
}

/** Figures by codec, in the order of CODEC_NAMES. O(contents). */
export function compressionFigures(
  set: MemorySet,
  rules: StoreRules = storeRules(),
): Record<string, CompressionFigures> {
  const { counts } = set;
  return Object.fromEntries(
    CODEC_NAMES.flatMap((codec) => {
      const sizes = set.sizes.get(codec);
      return sizes === undefined
        ? []
        : [[codec, figuresOf(set, counts, sizes, { coder: set.coders.get(codec)!, rules })]];
    }),
  );
}

function figuresOf(
  set: MemorySet,
  counts: Uint32Array,
  sizes: Uint16Array,
  { coder, rules }: { readonly coder: string; readonly rules: StoreRules },
): CompressionFigures {
  const all = new Fits();
  const unshared = new Fits();
  const { classes } = rules;
  const [zram, zswap] = [
    new ZsmallocStore('zram', classes),
    new ZsmallocStore('zswap', classes, rules.zswap),
  ];
  const [zramOnce, zswapOnce] = [
    new ZsmallocStore('zram', classes),
    new ZsmallocStore('zswap', classes, rules.zswap),
  ];
  /** Each store with the copies of a content that it is given. */
  const given = [
    [zram, Number.POSITIVE_INFINITY],
    [zswap, Number.POSITIVE_INFINITY],
    [zramOnce, 1],
    [zswapOnce, 1],
  ] as const;
  for (let content = 0; content < counts.length; content++) {
    const pages = counts[content]!;
    if (pages === 0) continue;
    const fill = set.book.fillOf(content);
    const bytes = sizes[content]!;
    if (fill !== FILL_ZERO) {
      all.add(bytes, pages);
      if (pages === 1) unshared.add(bytes, 1);
    }
    for (const [store, copies] of given) {
      const isKept = fill === FILL_ZERO || (fill !== FILL_OTHER && store.keepsWords);
      if (isKept) store.addSameFilled(Math.min(pages, copies));
      else store.add(bytes, Math.min(pages, copies));
    }
  }
  return {
    coder,
    ...all.figures(),
    unshared: unshared.figures(),
    zram: zram.figures(),
    zswap: zswap.figures(),
    afterSharing: { zram: zramOnce.figures(), zswap: zswapOnce.figures() },
  };
}

class Fits {
  #pages = 0;
  #fits2KiB = 0;
  #fits1KiB = 0;
  #bytes = 0;

  add(bytes: number, pages: number): void {
    this.#pages += pages;
    if (bytes <= PAGE_BYTES / 2) this.#fits2KiB += pages;
    if (bytes <= PAGE_BYTES / 4) this.#fits1KiB += pages;
    this.#bytes += Math.min(bytes, PAGE_BYTES) * pages;
  }

  figures(): FitFigures {
    const mean = this.#pages === 0 ? 0 : this.#bytes / this.#pages;
    return {
      pages: this.#pages,
      fits2KiB: this.#fits2KiB,
      fits1KiB: this.#fits1KiB,
      meanBytes: Number(mean.toPrecision(6)),
    };
  }
}
