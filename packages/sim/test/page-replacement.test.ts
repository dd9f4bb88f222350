/**
 * A flat guest alone on a host without thresholds counts what a cache simulator counts. The figures are
 * libCacheSim's (datasets/policies/README.md); the swapping here is the textbook's, the shipped one is held
 * to the same in packages/cli.
 */
import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { runSimulation } from '../src/index.ts';
import { KNOWN_MISSES, knownTrace } from './known-misses.ts';
import { plainSwap } from './plain-swap.ts';

/** Few misses run fast; with OVERBOOK_FULL all 36 of these three traces run. */
const shown = KNOWN_MISSES.filter(
  ({ trace, frames, policy }) =>
    policy !== 'belady' &&
    ['cc1', 'sort', 'python-dict'].includes(trace) &&
    (process.env['OVERBOOK_FULL'] !== undefined || (frames === 8192 && trace === 'cc1')),
);

describe('first touches and swap-ins are the misses of libCacheSim', () => {
  test.each(shown)('$trace with $frames frames, $policy', ({ trace, frames, policy, misses }) => {
    const { guests, summary, touches } = runSimulation({
      name: 'test',
      host: { memory: toPages(frames), memoryStates: 'direct' },
      guests: [{ kind: 'flat', name: 'a', trace: knownTrace(trace) }],
      mix: { strategies: [{ plugin: plainSwap, options: { victims: policy } }] },
      run: { seed: 1, order: 'recorded', edges: { swapDevice: new InstantDevice() } },
    });
    expect(guests[0]!.firstTouches + summary.swapInPages).toBe(misses);
    expect(touches).toBe(KNOWN_MISSES.find((row) => row.trace === trace)!.accesses);
  });
});
