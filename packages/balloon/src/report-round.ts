import type { GuestStatistics, Pages } from '@overbook/core';

/** Blocks that a guest hands to its host at once (Linux PAGE_REPORTING_CAPACITY). */
const BATCH_BLOCKS = 32;
/** A round goes through this part of each free list, in whole batches. */
const ROUNDS = 16;
/** Largest blocks on Linux's free lists: 4 MiB (MAX_PAGE_ORDER on x86). */
const LARGEST_ORDER = 10;

/**
 * Most pages that a guest reports in one round: a sixteenth of each of its free lists, so that all free memory of an
 * idle guest is reported within 16 rounds (Linux mm/page_reporting.c, page_reporting_cycle; 2 s apart: "about 30
 * seconds"). Reported blocks stay on their lists and count. Where the guest does not tell its lists, all that it has
 * free is taken to be in the largest blocks, and where it tells nothing, all its memory.
 * @param order smallest blocks that are reported
 */
export function pagesPerRound(size: Pages, told: GuestStatistics | undefined, order: number): number {
  const lists = told?.freeBlocks;
  if (lists === undefined) return ofList((told?.free ?? size) / 2 ** LARGEST_ORDER, LARGEST_ORDER);
  return lists.reduce((sum, blocks, of) => sum + (of < order ? 0 : ofList(blocks, of)), 0);
}

function ofList(blocks: number, order: number): number {
  return Math.ceil(blocks / (BATCH_BLOCKS * ROUNDS)) * BATCH_BLOCKS * 2 ** order;
}
