/** One program alone on equal memory: belady against a plain model of the optimum, and against other victims. */
import { hostswap } from '@overbook/hostswap';
import type { Trace } from '@overbook/traces';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { belady } from '../src/index.ts';
import { missesOf } from './misses.ts';
import { fewestMisses, fewestOfAll } from './optimum.ts';
import { smallTrace } from './small-trace.ts';

const SIZE = 24;

/** Reads and writes by turns. */
function traceOf(intervals: readonly (readonly number[])[]): Trace {
  return smallTrace(
    SIZE,
    intervals.map((pages) => pages.map((page, i) => [page, (page + i) % 2 === 0 ? 2 : 3])),
  );
}

/** Programs with a working set that moves, and pages from anywhere between. */
const interval = fc
  .tuple(
    fc.nat(SIZE - 6),
    fc.array(fc.nat(5), { maxLength: 6 }),
    fc.array(fc.nat(SIZE - 1), { maxLength: 3 }),
  )
  .map(([from, near, far]) =>
    [...new Set([...near.map((one) => from + one), ...far])].toSorted((a, b) => a - b),
  );
const program = fc.array(interval, { minLength: 1, maxLength: 40 });
const frames = fc.integer({ min: 2, max: SIZE });

test('it misses exactly as often as a plain model of the optimum, in every round', () => {
  fc.assert(
    fc.property(program, frames, fc.integer({ min: 1, max: 3 }), (intervals, count, repeat) => {
      const accesses = Array.from({ length: repeat }, () => intervals.flat()).flat();
      const misses = missesOf({
        trace: traceOf(intervals),
        frames: count,
        strategy: belady,
        repeat,
        check: true,
      });
      expect(misses).toBe(fewestMisses(accesses, count));
    }),
  );
});

test('the plain model is the best of all choices', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 11 }), fc.integer({ min: 1, max: 3 }), (accesses, count) => {
      expect(fewestMisses(accesses, count)).toBe(fewestOfAll(accesses, count));
    }),
  );
});

test('no victims of hostswap miss less, in whatever order the pages of an interval are', () => {
  const order = fc.constantFrom('recorded' as const, 'shuffled' as const);
  const better = { lru: 0, fifo: 0, clock: 0, random: 0 };
  fc.assert(
    fc.property(program, frames, order, fc.nat(1000), (intervals, count, pages, seed) => {
      const alone = { trace: traceOf(intervals), frames: count, order: pages, seed };
      const fewest = missesOf({ ...alone, strategy: belady });
      for (const victims of ['lru', 'fifo', 'clock', 'random'] as const) {
        const misses = missesOf({ ...alone, strategy: { plugin: hostswap, options: { victims } } });
        expect(misses, victims).toBeGreaterThanOrEqual(fewest);
        if (misses > fewest) better[victims]++;
      }
    }),
    { numRuns: 60 },
  );
  // Each of them could do better often enough for the comparison to mean something.
  for (const often of Object.values(better)) expect(often).toBeGreaterThan(15);
});
