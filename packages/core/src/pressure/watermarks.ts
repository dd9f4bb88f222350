import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { MemoryStateModel } from './models.ts';

const KB_PER_PAGE = 4;
const LEAST_KB = 128;
const MOST_KB = 262_144;
/** Linux's vm.watermark_scale_factor, by default: 0.1 % of memory between two watermarks. */
const SCALE = 10;
const SCALE_PARTS = 10_000;

/** Linux's watermarks of a zone, in pages. */
export interface Watermarks {
  readonly min: Pages;
  /** Between min and low, and between low and high. */
  readonly distance: Pages;
}

/** vm.min_free_kbytes as the kernel sets it at boot: √(16 · memory in kB), 128 kB to 256 MiB. */
export function minFreeKbytes(managed: Pages): number {
  return Math.min(MOST_KB, Math.max(LEAST_KB, Math.floor(Math.sqrt(managed * KB_PER_PAGE * 16))));
}

/**
 * Watermarks of a host whose memory is one zone (Linux, mm/page_alloc.c, __setup_per_zone_wmarks): a quarter of min
 * apart, or 0.1 % of memory where that is more.
 */
export function watermarks(
  managed: Pages,
  settings: Pick<MemoryStateModel, 'minFreeKbytes' | 'watermarkScale'> = {},
): Watermarks {
  const min = Math.floor((settings.minFreeKbytes ?? minFreeKbytes(managed)) / KB_PER_PAGE);
  const scaled = Math.floor((managed * (settings.watermarkScale ?? SCALE)) / SCALE_PARTS);
  return { min: toPages(min), distance: toPages(Math.max(Math.floor(min / 4), scaled)) };
}
