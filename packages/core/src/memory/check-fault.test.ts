import { expect, test } from 'vitest';

import { KIND_MAPPED, KindTable } from '../pmap/kinds.ts';
import { Pmap } from '../pmap/pmap.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';
import { checkFault } from './check-fault.ts';

const kinds = new KindTable();
const kind = kinds.add('kept', 'mine');
const pmap = new Pmap(toVmId(0), toPages(4), 0);
pmap.set(toGfn(1), KIND_MAPPED, 7);

function check(completion: number): void {
  checkFault(kinds, pmap, toGfn(1), kind, false, toNs(100), completion as Nanoseconds);
}

test.each([Infinity, NaN, 99, '200' as unknown as number])(
  'a fault that completes at %s breaks a promise',
  (at) => {
    expect(() => check(at)).toThrow(
      /mine broke a promise: a fault completes after it began, and at a stated time/,
    );
  },
);

test('one that completes when it began, or later, is fine', () => {
  expect(() => check(100)).not.toThrow();
  expect(() => check(1e12)).not.toThrow();
});
