import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toGfn } from '@overbook/core';

import { CompressedPages, NO_PLACE } from './compressed-pages.ts';

test('entries behave as a plain list of pages in the order of their compression', () => {
  const step = fc.record({ do: fc.constantFrom('slot', 'slot', 'word', 'give'), pick: fc.nat(10_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const real = new CompressedPages();
      let model: {
        readonly entry: number;
        readonly page: number;
        readonly place: number;
        readonly bytes: number;
      }[] = [];
      steps.forEach(({ do: what, pick }, i) => {
        if (what === 'give') {
          if (model.length === 0) return;
          const gone = model[pick % model.length]!;
          model = model.filter((one) => one !== gone);
          real.give(gone.entry);
        } else {
          const entry = real.take(toGfn(i));
          expect(model.map((one) => one.entry)).not.toContain(entry);
          const bytes = what === 'slot' ? pick % 2049 : 0;
          if (what === 'slot') real.settle(entry, i, bytes);
          model.push({ entry, page: i, place: what === 'slot' ? i : NO_PLACE, bytes });
        }
        const inOrder: number[] = [];
        for (let entry = real.oldest(); entry >= 0; entry = real.after(entry)) inOrder.push(entry);
        expect(inOrder).toEqual(model.filter((one) => one.place !== NO_PLACE).map((one) => one.entry));
        expect(real.count).toBe(model.length);
        expect(real.bytesKept).toBe(model.reduce((sum, one) => sum + one.bytes, 0));
      });
      for (const { entry, page, place, bytes } of model) {
        expect([real.page(entry), real.place(entry), real.bytes(entry)]).toEqual([page, place, bytes]);
      }
    }),
    { numRuns: 100 },
  );
});
