import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pages, vmId } from '../units/page.ts';
import { type VmObservation } from './contract.ts';
import { entitlements } from './esx-entitlement.ts';

const vm = (
  parts: Partial<Record<'size' | 'reservation' | 'limit' | 'shares' | 'consumed' | 'active', number>>,
  i = 0,
): VmObservation => {
  const size = parts.size ?? 256;
  return {
    vm: vmId(i),
    name: `vm${i}`,
    size: pages(size),
    reservation: pages(parts.reservation ?? 0),
    limit: pages(parts.limit ?? size),
    shares: parts.shares ?? 1000,
    consumed: pages(parts.consumed ?? size),
    ...(parts.active === undefined ? {} : { active: pages(parts.active) }),
    kinds: {},
    hasDriver: false,
  };
};

test('a host that is not overcommitted gives every VM its limit', () => {
  expect(entitlements([vm({ limit: 100 }), vm({ size: 200 })], 1000, 0.75)).toEqual([100, 200]);
});

test('without a tax memory follows shares alone', () => {
  const fair = entitlements([vm({ shares: 3000, active: 0 }), vm({ shares: 1000, active: 256 })], 200, 0);
  expect(fair).toEqual([150, 50]);
});

test('two VMs of equal shares differ by the tax times the difference of their active memory (OSDI 2002, §5.2)', () => {
  const [idle = 0, busy = 0] = entitlements([vm({ active: 0 }), vm({ active: 200 })], 360, 0.75);
  expect(idle + busy).toBeGreaterThanOrEqual(358);
  expect(Math.abs(busy - idle - 0.75 * 200)).toBeLessThanOrEqual(2);
});

test('a VM whose active memory nobody knows is not taxed', () => {
  const [unknown, idle] = entitlements([vm({}), vm({ active: 0 })], 300, 0.75);
  expect(unknown).toBeGreaterThan(idle ?? Infinity);
});

test('reservations are kept even where memory does not suffice for them', () => {
  expect(entitlements([vm({ reservation: 200 }), vm({ reservation: 200 })], 300, 0.75)).toEqual([200, 200]);
});

test('allocations stay within reservation and limit, and use what there is', () => {
  const one = fc.record({
    size: fc.integer({ min: 10, max: 1000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    shares: fc.integer({ min: 1, max: 5000 }),
    active: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (parts, available, tax) => {
        const vms = parts.map(({ size, part, shares, active }, i) =>
          vm(
            { size, shares, reservation: Math.floor(size * part * 0.5), active: Math.floor(size * active) },
            i,
          ),
        );
        const fair = entitlements(vms, available, tax);
        fair.forEach((target, i) => {
          expect(target).toBeGreaterThanOrEqual(vms[i]!.reservation);
          expect(target).toBeLessThanOrEqual(vms[i]!.size);
        });
        const total = fair.reduce((sum, n) => sum + n, 0);
        const reserved = vms.reduce((sum, one) => sum + one.reservation, 0);
        const most = vms.reduce((sum, one) => sum + one.size, 0);
        const expected = Math.min(most, Math.max(reserved, available));
        expect(Math.abs(total - expected)).toBeLessThanOrEqual(vms.length + 1);
      },
    ),
    { seed: 0x0b00c },
  );
});
