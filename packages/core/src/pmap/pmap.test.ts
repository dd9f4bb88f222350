import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ACCESS_READ, ACCESS_WRITE, TOUCH_WRITE } from '../units/access.ts';
import { toVmId } from '../units/page.ts';
import { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from './kinds.ts';
import { TouchLog } from './touch-log.ts';
import { BITS_SAMPLED, BIT_ACCESSED, BIT_DIRTY, BIT_IDLE, BIT_UNWRITTEN, Pmap } from './pmap.ts';

const PAGES = 8;

test('a pmap behaves as a plain map of page to kind and payload', () => {
  const change = fc.record({ page: fc.nat(PAGES - 1), kind: fc.nat(15), payload: fc.nat(2 ** 28 - 1) });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const pmap = new Pmap(toVmId(0), PAGES, 0);
      const model = new Map<number, { kind: number; payload: number }>();
      for (const { page, kind, payload } of changes) {
        pmap.set(page, kind, payload);
        model.set(page, { kind, payload });
      }
      const counts = Array.from({ length: 16 }, () => 0);
      for (let page = 0; page < PAGES; page++) {
        const known = model.get(page) ?? { kind: KIND_UNTOUCHED, payload: 0 };
        expect({ kind: pmap.kind(page), payload: pmap.payload(page) }).toEqual(known);
        counts[known.kind]!++;
      }
      expect([...pmap.counts]).toEqual(counts);
    }),
  );
});

test.each([false, true])(
  'touchMany stops where hardware would, and sets the bits (touch log: %s)',
  (logged) => {
    const access = fc.record({ page: fc.nat(PAGES - 1), write: fc.boolean() });
    const kinds = fc.array(fc.constantFrom(KIND_UNTOUCHED, KIND_MAPPED, KIND_SHARED, KIND_BALLOONED, 5), {
      minLength: PAGES,
      maxLength: PAGES,
    });
    fc.assert(
      fc.property(kinds, fc.array(access, { maxLength: 60 }), (backing, accesses) => {
        const pmap = new Pmap(toVmId(0), PAGES, 0);
        if (logged) pmap.touches = new TouchLog(PAGES);
        backing.forEach((kind, page) => pmap.set(page, kind, page));
        pmap.bits.fill(BITS_SAMPLED);
        const gfns = Uint32Array.from(accesses, ({ page }) => page);
        const how = Uint8Array.from(accesses, ({ write }) => (write ? ACCESS_WRITE : ACCESS_READ));
        const stop = pmap.touchMany(gfns, how, 0, accesses.length);
        const bits = Array.from({ length: PAGES }, () => BITS_SAMPLED);
        let expected = 0;
        for (const { page, write } of accesses) {
          const kind = backing[page]!;
          if (kind !== KIND_MAPPED && (kind !== KIND_SHARED || write)) break;
          bits[page] = (bits[page]! & ~BIT_IDLE) | BIT_ACCESSED;
          if (write) bits[page] = (bits[page]! & ~BIT_UNWRITTEN) | BIT_DIRTY;
          expected++;
        }
        expect(stop).toBe(expected);
        expect([...pmap.bits]).toEqual(bits);
        if (!logged) return;
        const framed = backing.flatMap((kind, page) =>
          kind === KIND_MAPPED || kind === KIND_SHARED ? [page] : [],
        );
        const touched = accesses.slice(0, stop).map(({ page }) => page);
        const order = [...framed, ...touched].reduce<number[]>(
          (list, page) => [...list.filter((one) => one !== page), page],
          [],
        );
        for (const page of order) expect(pmap.touches!.takeOldest()).toBe(page);
      }),
    );
  },
);

test('touchAll does what touchMany does where that reaches the end, else nothing', () => {
  const touch = fc.record({ page: fc.nat(PAGES - 1), write: fc.boolean() });
  const kinds = fc.array(
    fc.constantFrom(KIND_MAPPED, KIND_MAPPED, KIND_MAPPED, KIND_SHARED, KIND_BALLOONED),
    {
      minLength: PAGES,
      maxLength: PAGES,
    },
  );
  // Page n of the guest is on frame PAGES - n: page 0 has none.
  const frames = Uint32Array.from({ length: PAGES }, (_, page) => (page === 0 ? 0xffffffff : PAGES - page));
  let served = 0;
  fc.assert(
    fc.property(kinds, fc.array(touch, { maxLength: 6 }), fc.boolean(), (backing, all, moved) => {
      const pmaps = [0, 1].map(() => {
        const pmap = new Pmap(toVmId(0), PAGES, 0);
        backing.forEach((kind, page) => pmap.set(page, kind, page));
        pmap.bits.fill(BITS_SAMPLED);
        return pmap;
      });
      const [whole, each] = [pmaps[0]!, pmaps[1]!];
      const touches = Int32Array.from(all, ({ page, write }) => page | (write ? TOUCH_WRITE : 0) | (1 << 31));
      const gfns = Uint32Array.from(all, ({ page }) => (moved ? frames[page]! : page));
      const how = Uint8Array.from(all, ({ write }) => (write ? ACCESS_WRITE : ACCESS_READ));
      const fits =
        gfns.every((gfn) => gfn < PAGES) && each.touchMany(gfns, how, 0, all.length) === all.length;
      const isServed = whole.touchAll(touches, 0, all.length, moved ? frames : undefined);
      expect(isServed).toBe(fits);
      if (isServed && all.length > 0) served++;
      expect([...whole.bits]).toEqual(
        isServed ? [...each.bits] : Array.from({ length: PAGES }, () => BITS_SAMPLED),
      );
    }),
  );
  expect(served).toBeGreaterThan(10);
  const logged = new Pmap(toVmId(0), PAGES, 0);
  logged.touches = new TouchLog(PAGES);
  expect(logged.touchAll(new Int32Array(0), 0, 0)).toBe(false);
});
