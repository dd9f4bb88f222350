/** Belady's optimum, counted as libCacheSim counts it: every trace at every size. */
import { expect, test } from 'vitest';

import { belady } from '../src/index.ts';
import { BELADY_MISSES, knownTrace } from './known-misses.ts';
import { missesOf } from './misses.ts';

test('sixteen counts are known', () => {
  expect(BELADY_MISSES).toHaveLength(16);
});

/** The longest takes half a minute on a busy machine. */
const LIMIT_MS = 180_000;

test.each(BELADY_MISSES)(
  '$trace with $frames frames: $misses misses',
  ({ trace, frames, misses }) => {
    expect(missesOf({ trace: knownTrace(trace), frames, strategy: belady })).toBe(misses);
  },
  LIMIT_MS,
);
