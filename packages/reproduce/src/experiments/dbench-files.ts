/** A file workload in the manner of dbench, for the two experiments of the paper that ran it. Synthetic. */
import { NS_PER_MS, toPages } from '@overbook/core';
import { ACCESS_READ, SeededRandom } from '@overbook/core/host';
import type { Trace } from '@overbook/traces';

import { pagesOf } from './waldspurger-2002.ts';

/** All files together, and CPU time for each page of them that a client uses: fitted to the native bars of figure 2. */
export const FILES_MB = 300;
export const CPU_NS_PER_PAGE = 0.2 * NS_PER_MS;
/** A page from the disk: 8 ms for a read of 100 KB, shared among its pages (assumed). */
export const DISK_NS_PER_PAGE = 0.32 * NS_PER_MS;

const PAGES_PER_INTERVAL = 50;

/**
 * Reads of file pages, all alike likely: a cache of so many of them hits so often, whatever it replaces.
 * @param reads how many in all
 */
export function dbenchTrace(reads: number): Trace {
  const random = new SeededRandom(1).stream('dbench');
  const all = pagesOf(FILES_MB);
  const intervals = Math.ceil(reads / PAGES_PER_INTERVAL);
  const runStart = new Uint32Array(intervals + 1);
  const runFirst: number[] = [];
  for (let interval = 0; interval < intervals; interval++) {
    const wanted = new Set<number>();
    while (wanted.size < PAGES_PER_INTERVAL) wanted.add(random.below(all));
    // Runs of a trace ascend and do not touch one another's pages.
    for (const page of [...wanted].sort((a, b) => a - b)) runFirst.push(page);
    runStart[interval + 1] = runFirst.length;
  }
  return {
    name: 'dbench (synthetic)',
    source: 'drawn: uniform reads of file pages',
    space: 'guest-virtual',
    pages: toPages(all),
    everyInstructions: PAGES_PER_INTERVAL * CPU_NS_PER_PAGE,
    intervals,
    // One instruction costs a nanosecond.
    instructions: new Float64Array(intervals).fill(PAGES_PER_INTERVAL * CPU_NS_PER_PAGE),
    runStart,
    runFirst: Uint32Array.from(runFirst),
    runCount: new Uint32Array(runFirst.length).fill(1),
    runKind: new Uint8Array(runFirst.length).fill(ACCESS_READ),
  };
}
