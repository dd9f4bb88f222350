/** How fast large mappings are looked at, broken and formed, and what forming may undo. */
export interface LargePageRules {
  /** Each region is looked at once in so long while cold ones are broken; one untouched in between is cold. */
  readonly coldPeriodMs: number;
  /** Cold regions are broken while memory is plentiful too (VEE 2015), and none is formed then. */
  readonly coldAlways: boolean;
  /** Most regions broken a second, over all VMs; Infinity breaks all that is to be broken in one pass. */
  readonly breaksPerSecond: number;
  /** Most regions formed a second, over all VMs; 0 = broken regions stay small. */
  readonly formsPerSecond: number;
  /** Shared pages of a region that may get copies of their own to make it large again (LPage.MaxSharedPages). */
  readonly maxSharedPages: number;
  /** Pages of a region in slots that may be read back for it (LPage.MaxSwappedPagesInitVal). */
  readonly maxSwappedPages: number;
}

/**
 * ESXi 7.0's advanced settings where it has one (LPage.MaxSharedPages 512, LPage.MaxSwappedPagesInitVal 10). Assumed,
 * since nothing more is published: cold ones break below the high threshold alone, a look a minute (as
 * Mem.SamplePeriod), breaking as fast as a pass can, forming four regions (8 MiB) a second.
 */
export const LARGE_PAGE_RULES: LargePageRules = {
  coldPeriodMs: 60_000,
  coldAlways: false,
  breaksPerSecond: Infinity,
  formsPerSecond: 4,
  maxSharedPages: 512,
  maxSwappedPages: 10,
};
