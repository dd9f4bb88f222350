/**
 * What large pages cost sharing. A host that backs a guest with 2 MiB pages must break one before any of its 4 KiB
 * pages can be shared; a host that never breaks any shares equal 2 MiB regions only.
 */
import { LARGE_PAGE_PAGES } from '@overbook/core/units';
import { NO_CONTENT, ZERO_CONTENT } from '../scan/content-book.ts';
import type { GuestMemory, MemorySet } from '../scan/memory-set.ts';
import { pageRuns } from '../scan/memory-set.ts';

export interface LargePageFigures {
  /** Aligned 2 MiB regions all of whose pages are known. */
  readonly regions: number;
  /** Regions with at least one page that sharing across all guests would merge. */
  readonly regionsToBreak: number;
  /** The same when zero pages are left alone. */
  readonly regionsToBreakNonZero: number;
  /** Pages saved without breaking any: copies of whole regions, × 512. */
  readonly savedPagesKeepingLarge: number;
  /** What sharing at 4 KiB saves beyond that. */
  readonly lostPages: number;
  /** Fewest regions to break for a quarter, half, three quarters and 90 % of what 4 KiB sharing saves. */
  readonly regionsForPart: readonly { readonly part: number; readonly regions: number }[];
}

const PARTS = [0.25, 0.5, 0.75, 0.9] as const;

/** O(pages in known regions). @param savedPages what sharing across all guests saves at 4 KiB */
export function largePageFigures(set: MemorySet, savedPages: number): LargePageFigures {
  const { counts } = set;
  const tally = new RegionTally(counts);
  for (const guest of set.guests) addRegions(guest, tally);
  return tally.figures(savedPages);
}

class RegionTally {
  readonly #counts: Uint32Array;
  readonly #seen = new Map<string, number>();
  #regions = 0;
  #broken = 0;
  #brokenNonZero = 0;
  /** Frames that breaking each region saves: a content of n pages saves (n - 1) / n for each of them. */
  readonly #gains: number[] = [];

  constructor(counts: Uint32Array) {
    this.#counts = counts;
  }

  add(contents: Uint32Array): void {
    this.#regions++;
    let gain = 0;
    let nonZero = false;
    for (const content of contents) {
      const pages = this.#counts[content]!;
      if (pages < 2) continue;
      gain += (pages - 1) / pages;
      if (content !== ZERO_CONTENT) nonZero = true;
    }
    if (gain > 0) {
      this.#broken++;
      this.#gains.push(gain);
    }
    if (nonZero) this.#brokenNonZero++;
    const id = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength).toString('latin1');
    this.#seen.set(id, (this.#seen.get(id) ?? 0) + 1);
  }

  /** Regions of nothing but zero pages, however many. */
  addZero(regions: number): void {
    if (regions === 0) return;
    this.add(new Uint32Array(LARGE_PAGE_PAGES).fill(ZERO_CONTENT));
    const [first] = this.#gains.slice(-1);
    const gains = this.#counts[ZERO_CONTENT]! < 2 ? 0 : regions - 1;
    for (let at = 0; at < gains; at++) this.#gains.push(first!);
    this.#regions += regions - 1;
    this.#broken += gains;
  }

  figures(savedPages: number): LargePageFigures {
    const kept = (this.#regions - this.#seen.size) * LARGE_PAGE_PAGES;
    const gains = Float64Array.from(this.#gains).sort().reverse();
    return {
      regions: this.#regions,
      regionsToBreak: this.#broken,
      regionsToBreakNonZero: this.#brokenNonZero,
      savedPagesKeepingLarge: kept,
      lostPages: savedPages - kept,
      regionsForPart: PARTS.map((part) => ({ part, regions: regionsFor(gains, part) })),
    };
  }
}

function regionsFor(gains: Float64Array, part: number): number {
  const wanted = gains.reduce((sum, gain) => sum + gain, 0) * part;
  let sum = 0;
  let regions = 0;
  while (sum < wanted && regions < gains.length) sum += gains[regions++]!;
  return regions;
}

/** Hands a guest's whole regions over; long runs of zeros at once. */
function addRegions(guest: GuestMemory, tally: RegionTally): void {
  const region = new Uint32Array(LARGE_PAGE_PAGES);
  let open = -1; // number of the region being filled
  let filled = 0;
  const put = (page: number, content: number): void => {
    const number = Math.floor(page / LARGE_PAGE_PAGES);
    if (number !== open) [open, filled] = [number, 0];
    if (content === NO_CONTENT) return;
    region[filled++] = content;
    if (filled === LARGE_PAGE_PAGES) tally.add(region);
  };
  for (const { first, count, row } of pageRuns(guest)) {
    for (let at = 0; at < count; at++) {
      const page = first + at;
      const whole = Math.floor((count - at) / LARGE_PAGE_PAGES);
      if (row < 0 && page % LARGE_PAGE_PAGES === 0 && whole > 0) {
        tally.addZero(whole);
        at += whole * LARGE_PAGE_PAGES - 1;
      } else put(page, row < 0 ? ZERO_CONTENT : guest.content[row + at]!);
    }
  }
}
