import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LruLists } from './lru-lists.ts';

test('four lists behave as four plain arrays', () => {
  const step = fc.record({ frame: fc.nat(9), list: fc.integer({ min: -1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const lists = new LruLists(10);
      const plain: number[][] = [[], [], [], []];
      for (const { frame, list } of steps) {
        for (const one of plain) if (one.includes(frame)) one.splice(one.indexOf(frame), 1);
        if (list < 0) {
          lists.remove(frame);
        } else {
          lists.put(frame, list);
          plain[list]!.unshift(frame);
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
