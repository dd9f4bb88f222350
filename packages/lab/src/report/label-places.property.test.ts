import fc from 'fast-check';
import { expect, test } from 'vitest';

import { labelPlaces } from './label-places.ts';

test('labels keep their order and their distance, and stay in the column where they fit', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 450 }), { maxLength: 24 }), (wanted) => {
      const placed = labelPlaces(wanted, 14, 0, 400);
      const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
      for (const [rank, i] of order.entries()) {
        expect(placed[i]).toBeGreaterThanOrEqual(0);
        expect(placed[i]).toBeLessThanOrEqual(400 + 1e-9);
        if (rank > 0) expect(placed[i]! - placed[order[rank - 1]!]!).toBeGreaterThanOrEqual(14 - 1e-9);
      }
    }),
  );
});

test('labels that do not meet stay beside what they label, and those that do share the way', () => {
  expect(labelPlaces([300, 10, 100], 14, 0, 400)).toEqual([300, 10, 100]);
  expect(labelPlaces([100, 100], 14, 0, 400)).toEqual([93, 107]);
  expect(labelPlaces([2, 2], 14, 0, 400)).toEqual([0, 14]);
});
