import fc from 'fast-check';
import { expect, test } from 'vitest';

import { mib, toPages } from '../units/page.ts';
import type { Demand } from './admission-control.ts';
import { AdmissionControl, explainRefusal } from './admission-control.ts';
import type { PoolFacts, PoolSpec } from './resource-pools.ts';
import { toPoolFacts } from './resource-pools.ts';

/** A VM of OSDI 2002, §6.2: reservation half of its size, 32 MB of overhead. MB. */
function half(size: number): Demand {
  return {
    reservation: mib(size / 2),
    overhead: mib(32),
    swap: mib(size / 2),
    pool: -1,
  };
}
function plain(reservation: number, pool = -1): Demand {
  return {
    reservation: toPages(reservation),
    overhead: toPages(0),
    swap: toPages(0),
    pool,
  };
}

/** The machine with 1 GB for VMs and its five Windows VMs (OSDI 2002, §6.2 and §6.3). */
function five(swapSpace = Infinity): AdmissionControl {
  const control = new AdmissionControl(mib(1024), swapSpace, []);
  for (const size of [256, 256, 320, 320, 320]) {
    expect(control.ask(half(size))).toBeUndefined();
    control.admit(half(size));
  }
  return control;
}

test('five VMs reserve 896 of 1024 MB and 736 MB of swap space (OSDI 2002, §6.2)', () => {
  const control = five();
  expect([control.unreserved / 256, control.swapBooked / 256]).toEqual([1024 - 896, 736]);
});

test('a sixth VM of 256 MB is refused, one of 192 MB fits exactly', () => {
  const control = five();
  const refusal = control.ask(half(256))!;
  expect(refusal).toMatchObject({ of: 'memory', where: 'host', needs: mib(160), unreserved: mib(128) });
  expect(explainRefusal(refusal)).toBe(
    'it needs 160 MiB (reservation 128 MiB + overhead 32 MiB), host has 128 MiB unreserved',
  );
  expect(control.ask(half(192))).toBeUndefined();
  control.admit(half(192));
  expect(control.unreserved).toBe(0);
});

test('a VM whose pages could not be swapped is refused although memory would do', () => {
  const control = five(mib(800));
  const refusal = control.ask(half(192))!;
  expect(explainRefusal(refusal)).toBe(
    'it may need 96 MiB of swap space (size - reservation), host has 64 MiB free',
  );
});

test('what a VM gives back another may have', () => {
  const control = five();
  control.release(half(320));
  expect(control.ask(half(256))).toBeUndefined();
});

function pooled(capacity: number, specs: readonly PoolSpec[]) {
  const control = new AdmissionControl(toPages(capacity), Infinity, toPoolFacts(specs));
  return { control, refusals: control.claimPools() };
}

test('a pool takes its reservation at once, used or not', () => {
  const { control } = pooled(100, [{ name: 'a', reservation: toPages(60) }]);
  expect(control.unreserved).toBe(40);
  expect(control.ask(plain(41))).toMatchObject({ where: 'host', unreserved: 40 });
  // Inside the pool its own reservation pays.
  control.admit(plain(60, 0));
  expect(control.unreserved).toBe(40);
});

test('an expandable pool borrows of its parents what it has not, the host last', () => {
  const { control } = pooled(100, [
    { name: 'out', reservation: toPages(50) },
    { name: 'in', parent: 'out', reservation: toPages(20) },
  ]);
  control.admit(plain(35, 1));
  expect(control.unreserved).toBe(50);
  control.admit(plain(25, 1));
  expect(control.unreserved).toBe(40);
  expect(control.ask(plain(41, 1))).toMatchObject({ where: 'host', asked: 41, unreserved: 40 });
  control.release(plain(35, 1));
  control.release(plain(25, 1));
  expect(control.unreserved).toBe(50);
});

test('a pool that is not expandable lets its VMs reserve what it has, and no more', () => {
  const { control } = pooled(1000, [{ name: 'a', reservation: toPages(50), expandable: false }]);
  control.admit(plain(30, 0));
  expect(control.ask(plain(21, 0))).toMatchObject({ where: 'pool a', asked: 21, unreserved: 20 });
  expect(control.ask(plain(20, 0))).toBeUndefined();
});

test('nothing is borrowed beyond a limit', () => {
  const { control } = pooled(1000, [{ name: 'a', reservation: toPages(10), limit: toPages(50) }]);
  expect(control.ask(plain(51, 0))).toMatchObject({ where: 'pool a', unreserved: 50 });
});

test('a pool that reserves more than its fixed parent has is told', () => {
  const { refusals } = pooled(1000, [
    { name: 'in', parent: 'out', reservation: toPages(60) },
    { name: 'out', reservation: toPages(50), expandable: false },
  ]);
  expect(refusals).toMatchObject([{ pool: 'in', refusal: { where: 'pool out', unreserved: 50 } }]);
});

/** What each pool claims of its parent, counted anew from the demands in it. */
function claimed(facts: readonly PoolFacts[], demands: readonly Demand[], pool: number): number {
  const vms = demands.filter((one) => one.pool === pool).reduce((sum, one) => sum + one.reservation, 0);
  const inner = facts.reduce(
    (sum, { parent, reservation }, i) =>
      sum + (parent === pool ? Math.max(reservation, claimed(facts, demands, i)) : 0),
    0,
  );
  return vms + inner;
}

test('books through any tree of pools agree with a recount, whatever came and went', () => {
  const anyPool = fc.record({
    above: fc.integer({ min: 0, max: 5 }),
    reservation: fc.integer({ min: 0, max: 40 }),
    room: fc.constantFrom(Infinity, 0, 30),
    expandable: fc.boolean(),
  });
  const anyVm = fc.record({
    pool: fc.integer({ min: 0, max: 6 }),
    reservation: fc.integer({ min: 0, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(anyPool, { maxLength: 6 }), fc.array(anyVm, { maxLength: 30 }), (tree, vms) => {
      const facts = toPoolFacts(
        tree.map(({ above, reservation, room, expandable }, i) => ({
          name: `p${i}`,
          ...(i === 0 || above >= i ? {} : { parent: `p${above}` }),
          reservation: toPages(reservation),
          ...(room === Infinity ? {} : { limit: toPages(reservation + room) }),
          expandable,
        })),
      );
      const control = new AdmissionControl(toPages(300), Infinity, facts);
      if (control.claimPools().length > 0) return;
      const running: Demand[] = [];
      for (const { pool, reservation } of vms) {
        const demand = plain(reservation, Math.min(pool, facts.length) - 1);
        const fits = (): boolean => {
          const after = [...running, demand];
          const within = facts.every(({ expandable, limit, reservation: own }, i) => {
            const now = claimed(facts, running, i);
            const then = claimed(facts, after, i);
            return then === now || then <= (expandable ? limit : own);
          });
          return within && claimed(facts, after, -1) <= 300;
        };
        const refusal = control.ask(demand);
        expect(refusal === undefined).toBe(fits());
        if (refusal === undefined) {
          control.admit(demand);
          running.push(demand);
        } else if (running.length > 3) {
          control.release(running.shift()!);
        }
        expect(control.unreserved).toBe(300 - claimed(facts, running, -1));
      }
    }),
    { numRuns: 300 },
  );
});

test.each<[string, readonly PoolSpec[], RegExp]>([
  ['a name twice', [{ name: 'a' }, { name: 'a' }], /pool a: two pools/],
  ['an unknown parent', [{ name: 'a', parent: 'b' }], /its parent 'b' does not exist/],
  [
    'a circle',
    [
      { name: 'a', parent: 'b' },
      { name: 'b', parent: 'a' },
    ],
    /is part of itself/,
  ],
  ['itself as parent', [{ name: 'a', parent: 'a' }], /is part of itself/],
  ['shares of 0', [{ name: 'a', shares: 0 }], /shares are 0/],
  [
    'a limit under the reservation',
    [{ name: 'a', reservation: toPages(2), limit: toPages(1) }],
    /its limit \(0.004 MiB\) is below/,
  ],
])('pools with %s are refused', (_, specs, message) => {
  expect(() => toPoolFacts(specs)).toThrow(message);
});
