import { toPages } from '@overbook/core';
import type { MixResult } from '@overbook/lab';
import { expect, test } from 'vitest';

import { alertLines } from './alerts.ts';

function mix(name: string, heldNs: number, firedNs = 0): MixResult {
  return {
    name,
    strategies: ['hostswap'],
    hostMemoryPages: toPages(1024),
    guestsKilled: 0,
    alerts: {
      NodeHighSwapActivity: { heldNs, firedNs },
      KubeVirtVMGuestMemoryPressure: { heldNs: 0, firedNs: 0 },
    },
  };
}

test('a rule that held nowhere has no line', () => {
  expect(alertLines([mix('one', 0), mix('two', 0)])).toEqual([]);
  expect(alertLines([{ ...mix('failed', 0), alerts: undefined! }])).toEqual([]);
});

test('a line names the mix under which the rule held longest, and under how many it held', () => {
  expect(alertLines([mix('one', 3e9), mix('two', 44e9), mix('three', 0)])).toEqual([
    'alert NodeHighSwapActivity: most under `two`, held for 44.0 s, never fired (it held under 2 of 3 mixes)',
  ]);
  expect(alertLines([mix('one', 0), mix('two', 44e9)])).toEqual([
    'alert NodeHighSwapActivity: under `two`, held for 44.0 s, never fired (it held under 1 of 2 mixes)',
  ]);
  expect(alertLines([mix('alone', 44e9)])).toEqual([
    'alert NodeHighSwapActivity: under `alone`, held for 44.0 s, never fired',
  ]);
});

test('an alert that fired is worse than a condition that held longer', () => {
  expect(alertLines([mix('long', 90e9), mix('fired', 70e9, 2e9)])).toEqual([
    'alert NodeHighSwapActivity: most under `fired`, held for 70.0 s, fired for 2.00 s (it held under 2 of 2 mixes)',
  ]);
});
