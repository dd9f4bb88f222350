import fc from 'fast-check';
import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { KIND_MAPPED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';

const VM = toVmId(0);
const SIZE = 12;

function hostOf() {
  return composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(SIZE) }],
    store: 'keys',
    strategies: [],
  }).memory;
}

const page = fc.nat(SIZE - 1);
const view = fc.nat(2);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ touch: page, write: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ clear: page, view }) },
  {
    weight: 1,
    arbitrary: fc.record({ from: page, to: fc.nat(SIZE + 3), room: fc.integer({ min: 1, max: 5 }), view }),
  },
  { weight: 1, arbitrary: fc.record({ drop: page }) },
);

test('each view sees what was touched since it cleared the bit itself, whatever the others clear', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = hostOf();
      const views = [memory.accessedBits(), memory.accessedBits(), memory.accessedBits()];
      /** Plain model: a set of touched pages for each view. */
      const model = views.map(() => new Set<number>());
      for (const one of steps) {
        if ('touch' in one) {
          const isMapped = memory.kind(VM, toGfn(one.touch)) === KIND_MAPPED;
          memory.access(VM, toGfn(one.touch), one.write, toNs(0));
          // The access that maps a page is not counted.
          for (const seen of model) if (isMapped) seen.add(one.touch);
        } else if ('clear' in one) {
          views[one.view]!.clear(VM, toGfn(one.clear));
          model[one.view]!.delete(one.clear);
        } else if ('from' in one) {
          const into = new Uint32Array(one.room);
          const taken = views[one.view]!.takeAccessed(VM, one.from, one.to, into);
          const expected = [...model[one.view]!]
            .filter((touched) => touched >= one.from && touched < one.to)
            .sort((a, b) => a - b)
            .slice(0, one.room);
          expect([...into.subarray(0, taken)]).toEqual(expected);
          for (const touched of expected) model[one.view]!.delete(touched);
        } else if (memory.kind(VM, toGfn(one.drop)) === KIND_MAPPED) {
          memory.balloon(VM, toGfn(one.drop));
          memory.unballoon(VM, toGfn(one.drop));
          memory.access(VM, toGfn(one.drop), false, toNs(0));
          for (const seen of model) seen.delete(one.drop);
        }
        views.forEach((bits, i) => {
          for (let at = 0; at < SIZE; at++) expect(bits.accessed(VM, toGfn(at))).toBe(model[i]!.has(at));
        });
      }
    }),
    { numRuns: 200 },
  );
});

test('one view costs nothing, further ones a byte a page; the ninth is refused', () => {
  const memory = hostOf();
  memory.accessedBits();
  expect(memory.pmaps[VM]!.young).toBeUndefined();
  memory.accessedBits();
  expect(memory.pmaps[VM]!.young).toHaveLength(SIZE);
  for (let views = 2; views < 8; views++) memory.accessedBits();
  expect(() => memory.accessedBits()).toThrow('room for 8 views');
});

test('a walk gives pages of a kind without a call for each, and goes on where it stopped', () => {
  const memory = hostOf();
  for (const touched of [1, 3, 4, 9]) memory.access(VM, toGfn(touched), true, toNs(0));
  const into = new Uint32Array(3);
  expect(memory.walk(VM, KIND_MAPPED, 0, into)).toBe(3);
  expect([...into]).toEqual([1, 3, 4]);
  expect(memory.walk(VM, KIND_MAPPED, into[2]! + 1, into)).toBe(1);
  expect(into[0]).toBe(9);
  expect(memory.walk(VM, KIND_UNTOUCHED, 10, into)).toBe(2);
});
