import { toPages } from '@overbook/core';
import { minFreeKbytes } from '@overbook/core/internals';

const KIB_PER_PAGE = 4;

/** Linux's free-page watermarks of a guest, in pages. */
export interface Watermarks {
  readonly min: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Watermarks as Linux sets them by default (mm/page_alloc.c: min_free_kbytes = √(16 × low memory in KiB), 128
 * KiB to 256 MiB; low and high a quarter and a half above). Decides with √ only, so it is the same
 * everywhere.
 */
export function watermarksOf(managedPages: number): Watermarks {
  const min = Math.floor(minFreeKbytes(toPages(managedPages)) / KIB_PER_PAGE);
  return { min, low: min + (min >> 2), high: min + (min >> 1) };
}

/**
 * Pages the guest could hand out without paging, as Linux estimates them (mm/show_mem.c, si_mem_available):
 * free pages above the high watermark, and page cache but for the part the guest needs to keep working.
 */
export function availablePages(free: number, cache: number, marks: Watermarks): number {
  return Math.max(0, free - marks.high + cache - Math.min(Math.floor(cache / 2), marks.low));
}
