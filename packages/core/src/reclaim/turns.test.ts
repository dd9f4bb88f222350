import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Turns } from './turns.ts';

test('turns go by size, to within one turn of each VM', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 500 }),
      (sizes, count) => {
        const turns = new Turns(sizes.length);
        const none = new Uint8Array(sizes.length);
        const got = sizes.map(() => 0);
        for (let i = 0; i < count; i++) got[turns.begin((vm) => sizes[vm]!, none)]!++;
        const all = sizes.reduce((sum, size) => sum + size, 0);
        if (all === 0) return;
        sizes.forEach((size, vm) =>
          expect(Math.abs(got[vm]! - (count * size) / all)).toBeLessThanOrEqual(sizes.length),
        );
      },
    ),
  );
});

test('one that is passed over is never chosen, and the next is the one after it', () => {
  const turns = new Turns(3);
  expect(turns.begin((vm) => [5, 9, 7][vm]!, Uint8Array.of(0, 1, 0))).toBe(2);
  expect(turns.next(Uint8Array.of(0, 1, 1))).toBe(0);
});
