/** Seeds of the whole-host fuzzer, on every change: each a host of its own, with mixes, faults and odd sizes. */
import { fuzzHost } from '@overbook/testing';
import { expect, test } from 'vitest';

import { fuzzedStrategies, seedLine } from './fuzzed-strategies.ts';

test.each([3, 17, 52, 143, 155, 176, 193, 216, 219])('the host of seed %i keeps every promise', (seed) => {
  expect(fuzzHost(seed, fuzzedStrategies).pagesChecked, seedLine(seed)).toBeGreaterThan(0);
});
