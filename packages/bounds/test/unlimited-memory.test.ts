import { mib } from '@overbook/core';
import { hostswap } from '@overbook/hostswap';
import type { GuestSpec } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';
import { expect, test } from 'vitest';

import { unlimitedMemory } from '../src/index.ts';
import { knownTrace } from './known-misses.ts';

const trace = knownTrace('sqlite');
const touched = new Set<number>();
trace.runFirst.forEach((first, run) => {
  for (let page = first; page < first + trace.runCount[run]!; page++) touched.add(page);
});

/** Two guests that have to swap, one of them for its own limit and both for that of their pool. */
function run(strategy: typeof hostswap | typeof unlimitedMemory) {
  const guests: GuestSpec[] = [
    { kind: 'flat', name: 'a', trace, limit: mib(20), pool: 'small' },
    { kind: 'flat', name: 'b', trace, pool: 'small' },
  ];
  return runSimulation({
    name: 'test',
    host: { memory: mib(80), pools: [{ name: 'small', limit: mib(60) }] },
    guests,
    mix: { strategies: [strategy] },
    run: { seed: 1, order: 'recorded', check: true },
  });
}

test('no guest waits and no page is taken, whatever the host has and whoever has a limit', () => {
  const short = run(hostswap).summary;
  expect(short.swapInPages).toBeGreaterThan(1000);
  const { summary, stateNs, guests } = run(unlimitedMemory);
  expect(summary).toMatchObject({ swapInPages: 0, swapOutPages: 0, workSlowdown: 1, worstStallNs: 0 });
  expect(
    Object.entries(stateNs)
      .filter(([, ns]) => ns > 0)
      .map(([state]) => state),
  ).toEqual(['high']);
  // Each page was touched for the first time once, and stayed.
  for (const guest of guests) expect(guest.firstTouches).toBe(touched.size);
});
