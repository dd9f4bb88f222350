import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intervalsOf } from '../../test/captured-writer.ts';
import { anyIntervals, traceOf } from '../../test/made-up.ts';
import { expandInterval, largestInterval, pagesInInterval } from './expand.ts';

test('expands every interval to the pages it was made of', () => {
  fc.assert(
    fc.property(anyIntervals, (intervals) => {
      const trace = traceOf(intervals, 60);
      expect(intervalsOf(trace)).toEqual(intervals);
      expect(largestInterval(trace)).toBe(Math.max(0, ...intervals.map(({ pages }) => pages.size)));
      expect(intervals.map((_, interval) => pagesInInterval(trace, interval))).toEqual(
        intervals.map(({ pages }) => pages.size),
      );
    }),
  );
});

test('leaves the rest of the buffers alone', () => {
  const trace = traceOf(
    [
      {
        instructions: 1,
        pages: new Map([
          [4, 3],
          [5, 3],
          [9, 1],
        ]),
      },
    ],
    10,
  );
  const gfns = new Uint32Array(5).fill(77);
  const accesses = new Uint8Array(5).fill(77);
  expect(expandInterval(trace, 0, gfns, accesses)).toBe(3);
  expect([[...gfns], [...accesses]]).toEqual([
    [4, 5, 9, 77, 77],
    [3, 3, 1, 77, 77],
  ]);
});
