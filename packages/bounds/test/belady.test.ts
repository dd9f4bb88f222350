/** Exact counts of another simulator; belady.long.test.ts has all sixteen. */
import { expect, test } from 'vitest';

import { belady } from '../src/index.ts';
import { BELADY_MISSES, knownTrace } from './known-misses.ts';
import { missesOf } from './misses.ts';

const FAST = BELADY_MISSES.filter(({ trace, frames }) => trace === 'sqlite' && frames >= 4096);

test('the two fastest of them are counted', () => {
  expect(FAST).toHaveLength(2);
});

test.each(FAST)(
  '$trace with $frames frames: $misses misses, as libCacheSim counts',
  ({ trace, frames, misses }) => {
    expect(missesOf({ trace: knownTrace(trace), frames, strategy: belady })).toBe(misses);
  },
);
