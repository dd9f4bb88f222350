/**
 * Counts of page sharing as Linux KSM shows them for pages that do not change (Documentation/admin-guide/mm/ksm.rst;
 * mm/ksm.c: stable nodes and their chains).
 */

/** Figures of /sys/kernel/mm/ksm, in pages. */
export interface KsmCounts {
  /** Frames that are shared. */
  readonly pagesShared: number;
  /** Further pages on them: frames saved. */
  readonly pagesSharing: number;
  /** Pages whose content occurs once. */
  readonly pagesUnshared: number;
}

/** Frames that `pages` equal pages take when at most `limit` of them share one. */
export function framesFor(pages: number, limit: number = Number.POSITIVE_INFINITY): number {
  return pages === 0 ? 0 : Math.max(1, Math.ceil(pages / limit));
}

/**
 * Adds up contents that occur `pages` times each. A frame takes at most `limit` pages (`max_page_sharing`); what
 * is left over begins another frame, and a single left-over page is unshared.
 */
export class KsmTally implements KsmCounts {
  pagesShared = 0;
  pagesSharing = 0;
  pagesUnshared = 0;
  readonly #limit: number;

  /** @param limit 2 or more; no limit when left out */
  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  add(pages: number): void {
    const full = this.#limit === Number.POSITIVE_INFINITY ? 0 : Math.floor(pages / this.#limit);
    const rest = full === 0 ? pages : pages - full * this.#limit;
    this.pagesShared += full + (rest >= 2 ? 1 : 0);
    this.pagesSharing += (full === 0 ? 0 : full * (this.#limit - 1)) + Math.max(0, rest - 1);
    this.pagesUnshared += rest === 1 ? 1 : 0;
  }

  /** The figures as plain data. */
  counts(): KsmCounts {
    const { pagesShared, pagesSharing, pagesUnshared } = this;
    return { pagesShared, pagesSharing, pagesUnshared };
  }
}
