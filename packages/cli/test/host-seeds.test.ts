/** Seeds of the whole-host fuzzer, on every change: each a host of its own, with mixes, faults and odd sizes. */
import { fuzzHost } from '@overbook/testing';
import { expect, test } from 'vitest';

import { fuzzedStrategies, seedLine } from './fuzzed-strategies.ts';

// The last seven: four hosts whose memory was behind shared frames, which nothing could take; two whose memory was in
// a cache of compressed pages, beside a VM that had reserved the rest; a guest that gave a page of its cache away
// while it read it.
test.each([3, 17, 52, 143, 155, 176, 193, 216, 219, 0xaaf20, 0xc3861, 0xc3dcc, 0xc3e16, 365, 508, 0x1a7c])(
  'the host of seed %i keeps every promise',
  (seed) => {
    expect(fuzzHost(seed, fuzzedStrategies).pagesChecked, seedLine(seed)).toBeGreaterThan(0);
  },
);
