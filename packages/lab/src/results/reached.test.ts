import { toPages } from '@overbook/core';
import { expect, test } from 'vitest';

import { METRICS } from './metrics.ts';
import { withReached } from './reached.ts';
import type { MixResult, RunResult } from './results.ts';

function mix(name: string, slowdown: number, more: Partial<MixResult> = {}): MixResult {
  const figure = { mean: slowdown, low: null, high: null };
  const summary = { ...Object.fromEntries(METRICS.map((metric) => [metric, figure])), reclaimedPages: {} };
  return {
    name,
    strategies: [],
    hostMemoryPages: toPages(1),
    summary: summary as unknown as NonNullable<MixResult['summary']>,
    ...more,
  };
}
function ways(mixes: readonly MixResult[], bounds: readonly MixResult[]): unknown {
  return withReached(mixes, bounds).map(({ reached }) => reached);
}

test('the worst mix went nothing of the way, and one as good as the bound went it all', () => {
  const mixes = [mix('a', 2), mix('b', 1.75), mix('c', 1.5), mix('d', 1.25)];
  expect(ways(mixes, [mix('bound', 1.5), mix('free', 1)])).toEqual([
    { bound: 0, free: 0 },
    { bound: 0.5, free: 0.25 },
    { bound: 1, free: 0.5 },
    // A mix that keeps more in memory may get past a bound on the choice of victims.
    { bound: 1.5, free: 0.75 },
  ]);
});

test('what lost work is on no way, and is not the worst mix either', () => {
  const mixes = [mix('a', 3, { lostWork: true }), mix('b', 2), mix('c', 1.5)];
  expect(ways(mixes, [mix('bound', 1), mix('lost', 1.1, { lostWork: true })])).toEqual([
    undefined,
    { bound: 0 },
    { bound: 0.5 },
  ]);
});

test.each([
  ['one mix alone', [mix('a', 2)], [mix('bound', 1)]],
  ['a bound that is no better', [mix('a', 1), mix('b', 1)], [mix('bound', 1)]],
  ['no bound', [mix('a', 2), mix('b', 1)], []],
])('there is no way with %s', (_what, mixes, bounds) => {
  expect(withReached(mixes, bounds)).toEqual(mixes);
});

test('over draws of the guests each part has an interval around it, and the ends of the way none', () => {
  const run = (...waits: readonly number[]): Partial<MixResult> => ({
    runs: [{ guests: waits.map((stallNs) => ({ busyNs: 100, stallNs })) } as unknown as RunResult],
  });
  const mixes = [mix('worst', 2, run(100, 100, 100)), mix('half', 1.5, run(20, 50, 80))];
  const [worst, half] = withReached(mixes, [mix('bound', 1, run(0, 0, 0))]);
  expect(worst!.reachedBetween).toEqual({ bound: { low: 0, high: 0 } });
  const { low, high } = half!.reachedBetween!['bound']!;
  expect([low, high]).toEqual([0.2, 0.8]);
});
