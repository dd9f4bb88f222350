import { SizeClasses, zswapOf } from '@overbook/core/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ZsmallocStore } from './zsmalloc-store.ts';

describe('a store', () => {
  test('takes whole chains of frames, raw pages in zram, none for one word', () => {
    const zram = new ZsmallocStore('zram', new SizeClasses(4));
    zram.addSameFilled(100);
    zram.add(1560, 6); // class 1632: five objects in two frames
    zram.add(3257, 3); // does not fit the largest class with its handle
    expect(zram.figures()).toEqual({
      pages: 109,
      sameFilledPages: 100,
      hugePages: 3,
      compressedBytes: 6 * 1560 + 3 * 4096,
      storePages: 4 + 3,
    });
  });

  test('of zswap keeps large ones compressed, and refuses what does not get smaller or stores it as it is', () => {
    for (const [kernel, kept] of [
      ['6.17', 0],
      ['6.18', 5],
    ] as const) {
      const zswap = new ZsmallocStore('zswap', new SizeClasses(4), zswapOf(kernel));
      zswap.add(4096, 5);
      zswap.add(3300, 2);
      expect(zswap.figures()).toMatchObject({
        pages: 7,
        hugePages: 5,
        compressedBytes: 6600 + kept * 4096,
        storePages: 2 + kept,
      });
    }
  });

  test('never takes less than the compressed bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20, max: 4120 })), (sizes) => {
        for (const kind of ['zram', 'zswap'] as const) {
          const store = new ZsmallocStore(kind, new SizeClasses(8));
          for (const bytes of sizes) store.add(bytes, 1);
          const { compressedBytes, storePages } = store.figures();
          expect(storePages * 4096).toBeGreaterThanOrEqual(compressedBytes);
        }
      }),
    );
  });
});
