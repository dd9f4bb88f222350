import type { Meter } from '../ports/meter.ts';
import { SilentMetering } from '../ports/meter.ts';
import { Mmu } from './mmu.ts';
import type { TableWritten, WalkCacheSizes } from './nested-walk.ts';
import { DEFAULT_WALK_CACHES, NestedWalker } from './nested-walk.ts';
import { ShadowWalker } from './shadow-walk.ts';
import type { TlbSize } from './tlb.ts';
import { DEFAULT_LARGE_TLB, DEFAULT_SMALL_TLB, Tlb } from './tlb.ts';
import type { Translation } from './translation.ts';

/** How a processor translates; everything has a default. */
export interface TranslationOptions {
  /** Prices of walk references, TLB misses and exits; default: nothing costs time. */
  readonly meter?: Meter;
  readonly smallTlb?: TlbSize;
  readonly largeTlb?: TlbSize;
  /** TLB entries carry their address space (PCID, VPID); default true. False: switches flush. */
  readonly tagged?: boolean;
  /**
   * Told when a table page's contents changed in machine memory: a guest whose contents matter to page sharing
   * writes its frame then (PageStore.writePrivate).
   */
  readonly tableWritten?: TableWritten;
}

/** Nested paging has its own caches. */
export interface NestedOptions extends TranslationOptions {
  /** Page-walk caches: off by default, so that walks cost what the formula says; true takes the default sizes. */
  readonly walkCaches?: boolean | WalkCacheSizes;
}

/**
 * Translation by nested page tables (AMD NPT, Intel EPT), for `edges.translation` of composeHost, which binds it
 * to the host's mapping tables.
 */
export function nestedTranslation(options: NestedOptions = {}): Translation {
  const caches = options.walkCaches === true ? DEFAULT_WALK_CACHES : options.walkCaches;
  return makeMmu(options, new NestedWalker(options.tableWritten, caches === false ? undefined : caches));
}

/** Translation by shadow page tables (a hypervisor without hardware help), for `edges.translation`. */
export function shadowTranslation(options: TranslationOptions = {}): Translation {
  return makeMmu(options, new ShadowWalker(options.tableWritten));
}

function makeMmu(options: TranslationOptions, walker: NestedWalker | ShadowWalker): Mmu {
  return new Mmu({
    walker,
    tlb: new Tlb(options.smallTlb ?? DEFAULT_SMALL_TLB, options.largeTlb ?? DEFAULT_LARGE_TLB),
    meter: options.meter ?? new SilentMetering().meter(),
    tagged: options.tagged ?? true,
    written: options.tableWritten,
  });
}
