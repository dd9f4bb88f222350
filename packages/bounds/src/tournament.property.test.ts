import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Tournament } from './tournament.ts';

const number = fc.oneof(fc.nat(20), fc.constantFrom(-1, Infinity, -Infinity));

test('the largest of a list, whatever changes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.nat(1000), number)),
      (count, changes) => {
        const tree = new Tournament(count, -1);
        const list = Array.from({ length: count }, () => -1);
        for (const [pick, value] of changes) {
          const index = pick % count;
          tree.set(index, value);
          list[index] = value;
          expect(tree.largest).toBe(Math.max(...list));
          expect(list[tree.where()]).toBe(tree.largest);
          expect(Array.from(list, (_, i) => tree.get(i))).toEqual(list);
        }
      },
    ),
  );
});
