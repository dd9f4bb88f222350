import { expect, test } from 'vitest';

import { PAGES_PER_MIB, mib, toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';

import { freePageReporting } from './index.ts';
import { pagesPerRound } from './report-round.ts';

test.each<[string, readonly number[], number, number]>([
  // ⌈blocks / 512⌉ batches of 32 blocks.
  ['one block is a batch', [0, 0, 1], 2, 32 * 4],
  ['512 blocks are one batch', [0, 0, 512], 2, 32 * 4],
  ['513 are two', [0, 0, 513], 2, 64 * 4],
  ['each list has its own', [512, 1, 0, 600], 0, 32 + 32 * 2 + 64 * 8],
  ['smaller blocks are not reported', [512, 1, 0, 600], 2, 64 * 8],
  ['nothing is free', [0, 0, 0, 0], 0, 0],
])('%s', (_what, freeBlocks, order, pages) => {
  expect(pagesPerRound(mib(64), { freeBlocks }, order)).toBe(pages);
});

test('without lists, free pages are taken to be in blocks of 4 MiB; without any word, all memory', () => {
  expect(pagesPerRound(mib(8192), { free: mib(4096) }, 9)).toBe(64 * 1024);
  expect(pagesPerRound(mib(4096), {}, 9)).toBe(64 * 1024);
  expect(pagesPerRound(mib(4096), undefined, 9)).toBe(64 * 1024);
});

test.each([
  [1, 16],
  [2, 32],
  [4, 32],
])('%i GiB of free memory are reported within %i s, as by Linux', (gib, seconds) => {
  const size = mib(gib * 1024);
  let next = 0;
  const host = composeHost({
    memory: toPages(size + PAGES_PER_MIB),
    store: 'keys',
    vms: [{ name: 'a', size }],
    strategies: [freePageReporting],
    edges: {
      guests: {
        hasDriver: () => true,
        statistics: () => ({ free: size }),
        inflate: () => 0,
        deflate: () => 0,
        reportFree: (_vm, count, into) => {
          const told = Math.min(count, size - next);
          for (let i = 0; i < told; i++) into[i] = next++;
          return told;
        },
      },
    },
  });
  let passed = 0;
  while (next < size && passed < 1000) {
    host.advance(2000);
    passed += 2;
  }
  expect(passed).toBe(seconds);
  host.dispose();
});
