import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LruLists } from './lru-lists.ts';

test('four lists behave as four plain arrays', () => {
  const step = fc.record({ page: fc.nat(9), list: fc.integer({ min: -1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const lists = new LruLists(10, 4);
      const plain: number[][] = [[], [], [], []];
      for (const { page, list } of steps) {
        for (const one of plain) if (one.includes(page)) one.splice(one.indexOf(page), 1);
        if (list < 0) {
          lists.remove(page);
        } else {
          lists.put(page, list);
          plain[list]!.unshift(page);
        }
        plain.forEach((one, i) => {
          expect(lists.oldest(i)).toBe(one.at(-1) ?? -1);
          expect(lists.length[i]).toBe(one.length);
        });
        for (let i = 0; i < 10; i++) expect(lists.listOf(i)).toBe(plain.findIndex((one) => one.includes(i)));
      }
    }),
    { numRuns: 200 },
  );
});
