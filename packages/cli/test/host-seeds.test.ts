/** Seeds of the whole-host fuzzer, on every change: each a host of its own, with mixes, faults and odd sizes. */
import { fuzzHost } from '@overbook/testing';
import { expect, test } from 'vitest';

import { fuzzedStrategies, seedLine } from './fuzzed-strategies.ts';

// The last four are hosts whose memory was behind shared frames, which nothing could take.
test.each([3, 17, 52, 143, 155, 176, 193, 216, 219, 0xaaf20, 0xc3861, 0xc3dcc, 0xc3e16])(
  'the host of seed %i keeps every promise',
  (seed) => {
    expect(fuzzHost(seed, fuzzedStrategies).pagesChecked, seedLine(seed)).toBeGreaterThan(0);
  },
);
