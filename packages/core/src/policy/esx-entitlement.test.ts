import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';

import { VirtualClock } from '../ports/clock.ts';
import { mib, toNs, toPages, toVmId } from '../units/page.ts';
import type { Observation, PoolObservation, VmObservation } from '../contract/policy.ts';
import type { EntitlementRules } from './entitlements.ts';
import { entitlements } from './entitlements.ts';
import { esxEntitlement } from './esx-entitlement.ts';

type Figures = Partial<
  Record<'size' | 'reservation' | 'limit' | 'shares' | 'consumed' | 'active' | 'overhead', number>
>;

function vm(parts: Figures & { readonly pool?: string }, i = 0): VmObservation {
  const size = parts.size ?? 256;
  return {
    vm: toVmId(i),
    name: `vm${i}`,
    size: toPages(size),
    reservation: toPages(parts.reservation ?? 0),
    limit: toPages(parts.limit ?? size),
    shares: parts.shares ?? 1000,
    consumed: toPages(parts.consumed ?? size),
    ...(parts.active === undefined ? {} : { active: toPages(parts.active) }),
    ...(parts.overhead === undefined ? {} : { overhead: toPages(parts.overhead) }),
    ...(parts.pool === undefined ? {} : { pool: parts.pool }),
    kinds: {},
    hasDriver: false,
  };
}

function pool(
  name: string,
  parts: { shares?: number; reservation?: number; limit?: number; parent?: string } = {},
): PoolObservation {
  return {
    name,
    shares: parts.shares ?? 1000,
    reservation: toPages(parts.reservation ?? 0),
    ...(parts.limit === undefined ? {} : { limit: toPages(parts.limit) }),
    ...(parts.parent === undefined ? {} : { parent: parts.parent }),
  };
}

function taxed(rate: number): EntitlementRules {
  return { tax: { rate, type: 'flat' }, chunk: 0 };
}

test('a host that is not overcommitted gives every VM its limit or size', () => {
  const vms = [vm({ limit: 100 }), vm({ size: 200 })];
  expect(entitlements({ vms }, 1000, taxed(0.75))).toEqual([100, 200]);
});

test('without a tax memory follows shares alone', () => {
  const vms = [vm({ shares: 3000, active: 0 }), vm({ shares: 1000, active: 256 })];
  expect(entitlements({ vms }, 200, taxed(0))).toEqual([150, 50]);
});

test('a VM whose active memory nobody knows is not taxed', () => {
  const [unknown, idle] = entitlements({ vms: [vm({}), vm({ active: 0 })] }, 300, taxed(0.75));
  expect(unknown).toBeGreaterThan(idle!);
});

test('reservations are kept even where memory does not suffice for them', () => {
  const vms = [vm({ reservation: 200 }), vm({ reservation: 200 })];
  expect(entitlements({ vms }, 300, taxed(0.75))).toEqual([200, 200]);
});

test('pools share their parent by their shares, VMs their pool by theirs', () => {
  const pools = [pool('gold', { shares: 3000 }), pool('lead', { shares: 1000 })];
  const vms = [
    vm({ pool: 'gold', shares: 1 }),
    vm({ pool: 'lead', shares: 3 }),
    vm({ pool: 'lead', shares: 1 }),
  ];
  expect(entitlements({ vms, pools }, 320, taxed(0))).toEqual([240, 60, 20]);
});

test('a pool keeps to its limit, what it leaves goes to its siblings', () => {
  const pools = [pool('small', { limit: 40 })];
  const vms = [vm({ pool: 'small' }), vm({ pool: 'small' }), vm({})];
  expect(entitlements({ vms, pools }, 200, taxed(0))).toEqual([20, 20, 160]);
});

test("a pool's reservation is its VMs', less what virtualising them takes", () => {
  const pools = [pool('safe', { shares: 1, reservation: 120 })];
  const vms = [vm({ pool: 'safe', overhead: 20 }), vm({ shares: 1e6 })];
  expect(entitlements({ vms, pools }, 300, taxed(0))).toEqual([100, 200]);
});

test('what a pool reserved and cannot use is lent to the others', () => {
  const pools = [pool('empty', { reservation: 500 }), pool('half', { reservation: 200 })];
  const vms = [vm({ pool: 'half', size: 60 }), vm({ size: 400 })];
  expect(entitlements({ vms, pools }, 300, taxed(0))).toEqual([60, 240]);
});

test('a pool in a pool divides what its parent got', () => {
  const pools = [pool('out', { shares: 1000 }), pool('in', { parent: 'out', shares: 300 })];
  const vms = [vm({ pool: 'in' }), vm({ pool: 'out', shares: 100 }), vm({ shares: 1000 })];
  expect(entitlements({ vms, pools }, 240, taxed(0))).toEqual([90, 30, 120]);
});

test('idle VMs cost their pool, as active memory of a pool is that of its VMs', () => {
  const pools = [pool('idle'), pool('busy')];
  const vms = [
    vm({ pool: 'idle', active: 0 }),
    vm({ pool: 'busy', active: 100 }),
    vm({ pool: 'busy', active: 100 }),
  ];
  expect(entitlements({ vms, pools }, 350, taxed(0.75))).toEqual([100, 125, 125]);
});

function observation(more: Partial<Observation>): Observation {
  return {
    time: toNs(0),
    state: 'soft',
    total: mib(400),
    free: toPages(0),
    wanted: mib(20),
    cause: 'period',
    vms: [vm({ size: mib(256), active: mib(10) }), vm({ size: mib(256), active: mib(210) }, 1)],
    ...more,
  };
}

async function targetsOf(options: object, observed: Observation): Promise<readonly number[]> {
  const policy = esxEntitlement.create({}, esxEntitlement.options.parse(options));
  const orders = await firstValueFrom(policy(of(observed), new VirtualClock()));
  return orders.flatMap((order) => (order.kind === 'target' ? [order.pages / 256] : []));
}

test('the policy divides what is neither wanted free nor held by the host', async () => {
  expect(await targetsOf({}, observation({ held: mib(20) }))).toEqual([105, 255]);
  expect(await targetsOf({ idleTax: 0 }, observation({ held: mib(20) }))).toEqual([180, 180]);
});

test('step by step it ends at whole chunks of 1 MiB beside it', async () => {
  const steps = await targetsOf({ revocation: 'steps' }, observation({ held: mib(20) }));
  expect(steps.every(Number.isInteger)).toBe(true);
  expect(Math.abs(steps[0]! - 105)).toBeLessThanOrEqual(1);
});

test('the progressive tax takes less from a VM that uses some of its memory', async () => {
  const tight = observation({ held: mib(80) });
  const [flat] = await targetsOf({}, tight);
  const [progressive] = await targetsOf({ idleTaxType: 'progressive' }, tight);
  expect(progressive).toBeGreaterThan(flat!);
});
