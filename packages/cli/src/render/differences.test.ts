import { toPages } from '@overbook/core';
import type { Interval, MixResult } from '@overbook/lab';
import { expect, test } from 'vitest';

import { differences } from './differences.ts';

const none = { mean: 0, low: 0, high: 0 };

function mix(name: string, slowdown: Interval): MixResult {
  const swapInPages = { mean: -1234, low: -1300, high: -1168 };
  const time = { mean: 2.5e6, low: 2e6, high: 3e6 };
  const against = {
    swapInPages,
    swapOutPages: swapInPages,
    slowdown: none,
    reclaimCpuNs: time,
    worstStallNs: time,
    workSlowdown: slowdown,
    worstGuestStall: { mean: -0.0123, low: -0.02, high: -0.0046 },
    stallP99Ns: time,
    hostCpuNs: time,
    pagesWritten: swapInPages,
    workDone: none,
  };
  return { name, strategies: ['hostswap'], hostMemoryPages: toPages(1000), againstBaseline: against };
}

const screen = { columns: 80, color: false };

test('each mix is held against the baseline, with half the interval of the difference', () => {
  const mixes = [mix('swap-only', none), mix('tps', { mean: -0.083, low: -0.09, high: -0.076 })];
  expect(differences(mixes, 'swap-only', screen)).toBe(
    'less swap-only    worst guest      slow-down        p99 wait    swap-ins\n' +
      'tps             -1.23 ±0.77 %  -0.083 ±0.007  +2.50 ±0.50 ms  -1,234 ±66\n',
  );
});

test('one seed has no interval, and a baseline that failed nothing to be held against', () => {
  expect(differences([mix('tps', { mean: 1, low: null, high: null })], 'swap-only', screen)).toBeUndefined();
  const { againstBaseline: _, ...failed } = mix('tps', none);
  expect(differences([failed], 'swap-only', screen)).toBeUndefined();
});
