import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SizeClasses, chainsOf } from './size-classes.ts';

describe('size classes', () => {
  test('are those of Documentation/mm/zsmalloc.rst', () => {
    const four = new SizeClasses(4, 'leastWaste');
    expect(four.distinct.length).toBe(69);
    expect(four.hugeBytes).toBe(3264 - 7);
    const tops = four.distinct.filter(({ objects }) => objects > 1).slice(0, 2);
    expect(tops).toEqual([
      { size: 3264, pages: 4, objects: 5 },
      { size: 3072, pages: 3, objects: 4 },
    ]);
    const eight = new SizeClasses(8);
    expect(eight.distinct.length).toBe(119);
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

  // The table at the end of zsmalloc.rst. Its numbers of classes follow the rule before 6.3: by the new one, chains of
  // 8 make 119. The watermarks are the same under both.
  test.each([
    [4, 69, 3264],
    [5, 86, 3408],
    [6, 93, 3504],
    [7, 112, 3584],
    [8, 123, 3632],
    [9, 140, 3680],
    [10, 143, 3712],
    [11, 159, 3744],
    [12, 164, 3776],
    [13, 180, 3792],
    [14, 183, 3808],
    [15, 188, 3840],
    [16, 191, 3840],
  ])('with chains of %i: %i clusters, what is above %i is huge', (chain, clusters, watermark) => {
    const documented = new SizeClasses(chain, 'mostUsedPercent');
    expect(documented.distinct.length).toBe(clusters);
    for (const classes of [documented, new SizeClasses(chain, 'leastWaste')]) {
      expect(classes.hugeBytes).toBe(watermark - 7); // with its handle of 8 bytes it is larger
      expect(classes.classOf(watermark - 8).objects).toBeGreaterThan(1);
      expect(classes.classOf(watermark - 7)).toEqual({ size: 4096, pages: 1, objects: 1 });
    }
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

  test('of a kernel: chains of 4 by whole per cent up to 6.2, of 8 by waste from 6.3 on', () => {
    expect(chainsOf('6.2.16')).toEqual({ longest: 4, rule: 'mostUsedPercent' });
    expect(chainsOf('6.3')).toEqual({ longest: 8, rule: 'leastWaste' });
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
