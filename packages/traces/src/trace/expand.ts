// hot
/** From runs to pages: what a simulator's loop eats, one interval at a time into buffers that it owns. */
import type { Trace } from './trace.ts';

/**
 * Writes the pages of one interval, ascending, with what was done to each, and returns how many there are. Allocates
 * nothing; both buffers need room for `largestInterval(trace)` entries.
 */
export function expandInterval(
  trace: Trace,
  interval: number,
  gfns: Uint32Array,
  accesses: Uint8Array,
): number {
  const { runFirst, runCount, runKind } = trace;
  const end = trace.runStart[interval + 1]!;
  let count = 0;
  for (let run = trace.runStart[interval]!; run < end; run++) {
    const kind = runKind[run]!;
    const first = runFirst[run]!;
    const last = first + runCount[run]!;
    for (let page = first; page < last; page++) {
      gfns[count] = page;
      accesses[count] = kind;
      count++;
    }
  }
  return count;
}

/** Pages in the fullest interval. O(runs). */
export function largestInterval(trace: Trace): number {
  let largest = 0;
  for (let interval = 0; interval < trace.intervals; interval++) {
    largest = Math.max(largest, pagesInInterval(trace, interval));
  }
  return largest;
}

/** Pages touched in one interval. */
export function pagesInInterval(trace: Trace, interval: number): number {
  let pages = 0;
  for (let run = trace.runStart[interval]!; run < trace.runStart[interval + 1]!; run++)
    pages += trace.runCount[run]!;
  return pages;
}
