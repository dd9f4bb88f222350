import { toPages } from '@overbook/core';
import { expect, test } from 'vitest';

import { METRICS } from './metrics.ts';
import { withPlaces } from './over-guests.ts';
import type { MixResult, RunResult } from './results.ts';

/** One run of guests that each ran for 100 ns, and waited so long. */
function mix(name: string, waits: readonly number[], more: Partial<MixResult> = {}): MixResult {
  const slowdown = 1 + waits.reduce((sum, wait) => sum + wait, 0) / (100 * waits.length);
  const figure = { mean: slowdown, low: null, high: null };
  const summary = { ...Object.fromEntries(METRICS.map((metric) => [metric, figure])), reclaimedPages: {} };
  const guests = waits.map((stallNs, i) => ({ name: `g${i}`, busyNs: 100, stallNs }));
  return {
    name,
    strategies: [],
    hostMemoryPages: toPages(1),
    summary: summary as unknown as NonNullable<MixResult['summary']>,
    runs: [{ seed: 1, guests } as unknown as RunResult],
    ...more,
  };
}

test('places are by slow-down of all work; equals share the better one', () => {
  const mixes = [mix('a', [9, 9]), mix('b', [1, 3]), mix('c', [3, 1]), mix('d', [5, 5])];
  expect(withPlaces(mixes).map(({ rank }) => rank)).toEqual([4, 1, 1, 3]);
});

test('what lost work has no place, and is drawn against none', () => {
  const mixes = [mix('a', [0, 0], { lostWork: true }), mix('b', [1, 1]), mix('c', [2, 2])];
  expect(withPlaces(mixes).map(({ rank, overGuests }) => [rank, overGuests?.leastIn])).toEqual([
    [undefined, undefined],
    [1, 1],
    [2, 0],
  ]);
});

test('a mix that is best for most guests is the least in most draws, and says between what it lies', () => {
  const [a, b] = withPlaces([mix('a', [1, 1, 1, 20]), mix('b', [2, 2, 2, 0])]).map(
    ({ overGuests }) => overGuests!,
  );
  expect(b!.leastIn).toBeGreaterThan(0.5);
  expect(a!.leastIn + b!.leastIn).toBeCloseTo(1, 5);
  expect(a!.low).toBeLessThan(1.0575);
  expect(a!.high).toBeGreaterThan(1.0575);
});

test('one guest cannot be drawn, nor one mix compared', () => {
  expect(withPlaces([mix('a', [1]), mix('b', [2])]).map(({ overGuests }) => overGuests)).toEqual([
    undefined,
    undefined,
  ]);
  expect(withPlaces([mix('a', [1, 2])])[0]!.overGuests).toBeUndefined();
});
