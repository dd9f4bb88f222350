import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SizeClasses, ZsmallocStore } from './zsmalloc.ts';

describe('size classes', () => {
  test('are those of Documentation/mm/zsmalloc.rst', () => {
    const four = new SizeClasses(4, 'leastWaste');
    expect(four.distinct.length).toBe(69);
    const tops = four.distinct.filter(({ objects }) => objects > 1).slice(0, 2);
    expect(tops).toEqual([
      { size: 3264, pages: 4, objects: 5 },
      { size: 3072, pages: 3, objects: 4 },
    ]);
    const eight = new SizeClasses(8);
    expect(eight.distinct.slice(1, 6)).toEqual([
      { size: 3632, pages: 8, objects: 9 },
      { size: 3584, pages: 7, objects: 8 },
      { size: 3504, pages: 6, objects: 7 },
      { size: 3408, pages: 5, objects: 6 },
      { size: 3264, pages: 4, objects: 5 },
    ]);
    // 1568 bytes with the handle: its own class would be 1568, which is merged into that of 1632.
    expect(four.classOf(1560)).toEqual({ size: 1632, pages: 2, objects: 5 });
  });

  test('of kernels up to 6.2 are chosen by whole per cent: rows of /sys/kernel/debug/zsmalloc/zram0/classes', () => {
    const posted = [
      [48, 256, 3],
      [176, 186, 8],
      [192, 2880, 135],
      [208, 819, 42],
      [224, 219, 12],
      [272, 15, 1],
    ] as const;
    const old = new SizeClasses(4);
    for (const [size, objects, pages] of posted) {
      const found = old.classOf(size - 8);
      expect([found.size, (pages / found.pages) * found.objects]).toEqual([size, objects]);
      expect(pages % found.pages).toBe(0);
    }
    expect(old.hugeBytes).toBe(3264 - 7);
    expect(old.classOf(200)).toEqual({ size: 208, pages: 2, objects: 39 });
    expect(new SizeClasses(4, 'leastWaste').classOf(200)).toEqual({ size: 208, pages: 3, objects: 59 });
  });

  test('hold what they are given, and no class does so with less', () => {
    const classes = new SizeClasses(8);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4088 }), (bytes) => {
        const { size, pages, objects } = classes.classOf(bytes);
        expect(size).toBeGreaterThanOrEqual(bytes + 8);
        expect(objects * size).toBeLessThanOrEqual(pages * 4096);
        const tighter = classes.distinct.filter((other) => other.size >= bytes + 8 && other.size < size);
        expect(tighter).toEqual([]);
      }),
    );
  });
});

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

  test('of zswap refuses what does not get smaller, and keeps large ones compressed', () => {
    const zswap = new ZsmallocStore('zswap', new SizeClasses(4));
    zswap.add(4096, 5);
    zswap.add(3300, 2);
    expect(zswap.figures()).toMatchObject({ pages: 7, hugePages: 5, compressedBytes: 6600, storePages: 2 });
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
