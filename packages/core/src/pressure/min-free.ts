import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';

const GIB_PAGES = 262_144;
/** Parts of memory kept free: 6 % of the first 4 GiB, 4 % of the next 8, 2 % of the next 16, 1 % of the rest. */
const MIN_FREE_SCALE = [
  { upToGiB: 4, percent: 6 },
  { upToGiB: 12, percent: 4 },
  { upToGiB: 28, percent: 2 },
  { upToGiB: Infinity, percent: 1 },
] as const;

/**
 * Memory that the host wants to keep free, by the sliding scale (Denneman, Mem.MinFreePct sliding scale
 * function, 2011): 901.12 MiB at 28 GiB, 10.24 MiB more for each further GiB. Blogs print 899 MB for 28 GB.
 * @param percent of memory in place of the scale (ESX Mem.MemMinFreePct, 0..50); 0 = the scale
 */
export function minFree(managed: Pages, percent = 0): Pages {
  if (percent > 0) return toPages(Math.floor((managed * percent) / 100));
  let free = 0;
  let from = 0;
  for (const step of MIN_FREE_SCALE) {
    const to = Math.min(managed, step.upToGiB * GIB_PAGES);
    if (to > from) free += ((to - from) * step.percent) / 100;
    from = Math.max(from, to);
  }
  return toPages(Math.floor(free));
}
