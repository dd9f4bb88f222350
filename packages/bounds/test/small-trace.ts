import { toPages } from '@overbook/core';
import type { Trace } from '@overbook/traces';

/** One access: 2 reads, 3 writes. */
export type Access = readonly [page: number, access: 2 | 3];

/** A trace of `size` pages out of a few intervals, pages of each ascending. */
export function smallTrace(
  size: number,
  intervals: readonly (readonly Access[])[],
  instructions = 1000,
): Trace {
  const accesses = intervals.flat();
  let start = 0;
  return {
    name: 'small',
    source: 'test',
    space: 'guest-physical',
    pages: toPages(size),
    everyInstructions: instructions,
    intervals: intervals.length,
    instructions: new Float64Array(intervals.length).fill(instructions),
    runStart: Uint32Array.from([0, ...intervals.map((interval) => (start += interval.length))]),
    runFirst: Uint32Array.from(accesses, ([page]) => page),
    runCount: new Uint32Array(accesses.length).fill(1),
    runKind: Uint8Array.from(accesses, ([, access]) => access),
  };
}
