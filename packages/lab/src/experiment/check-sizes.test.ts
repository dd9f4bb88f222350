import { expect, test } from 'vitest';

import { mib, toPages } from '@overbook/core';
import type { GuestSpec } from '@overbook/sim';

import { checkSizes, estimatedBytes } from './check-sizes.ts';

const GIB = 1_073_741_824;

function guest(size: number, pagesPerInterval = 1): GuestSpec {
  return {
    kind: 'script',
    name: 'a',
    size: toPages(size),
    intervals: 1,
    pagesPerInterval,
  } as unknown as GuestSpec;
}

test('a host that is promised 32 times what it has is fine, beyond it is refused with the number', () => {
  checkSizes('x.yaml', [guest(mib(64))], mib(2), 'keys', GIB);
  expect(() => checkSizes('x.yaml', [guest(mib(1632))], mib(2), 'keys', GIB)).toThrow(
    /x.yaml: a host of 2 MiB promises 1632 MiB, 816 times what it has. Give it at least 51 MiB/,
  );
});

test('what one run needs is estimated by guest page, by frame and by interval', () => {
  const base = estimatedBytes([guest(1000)], toPages(500), 'keys');
  expect(estimatedBytes([guest(2000)], toPages(500), 'keys') - base).toBe(18_000);
  expect(estimatedBytes([guest(1000)], toPages(500), 'bytes') - base).toBe(500 * 4096);
  expect(estimatedBytes([guest(1000, 1001)], toPages(500), 'keys') - base).toBe(24_000);
});

test.each([
  ['a guest of 1 TiB', [guest(2 ** 28)], 2 ** 26, 'keys'],
  ['an interval of four thousand million pages', [guest(1000, 4e9)], 1000, 'keys'],
  ['a host that keeps 64 GiB of bytes', [guest(2 ** 24)], 2 ** 24, 'bytes'],
] as const)('%s is refused on a machine of 4 GiB', (_what, guests, memory, store) => {
  expect(() => checkSizes('x.yaml', guests, toPages(memory), store, 4 * GIB)).toThrow(
    /one run needs about \d+\.\d GiB of memory; this machine has 4.0 GiB\. .*`--any-size`/,
  );
});
