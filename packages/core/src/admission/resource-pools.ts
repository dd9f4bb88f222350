import { OverbookError } from '../units/errors.ts';
import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { LimitedPool } from '../memory/pool-limits.ts';
import { inMiB } from '../units/in-mib.ts';
import type { Shares } from '../contract/shares.ts';
import { poolShares } from '../contract/shares.ts';

/** A resource pool as its administrator configures it (VMware, vSphere Resource Management). Sizes in pages. */
export interface PoolSpec {
  /** Unique among the pools of its host. */
  readonly name: string;
  /** Parent pool; default: directly below the host. */
  readonly parent?: string;
  /** Relative right to its parent's memory; default `normal`. */
  readonly shares?: Shares;
  /** Memory guaranteed to its VMs together, taken from its parent at once, used or not; default none. */
  readonly reservation?: Pages;
  /** Most memory its VMs may have together, without their overhead; default none. */
  readonly limit?: Pages;
  /**
   * Whether its VMs may reserve more than the pool has, borrowing from its parent and on from there while pools are
   * expandable; default true.
   */
  readonly expandable?: boolean;
}

/** A pool with what it left out filled in. */
export interface PoolFacts {
  readonly name: string;
  /** Index of the pool that it is part of; -1 below the host. */
  readonly parent: number;
  readonly shares: number;
  readonly reservation: Pages;
  /** Infinity without a limit. */
  readonly limit: number;
  readonly expandable: boolean;
}

function refused(pool: string, key: keyof PoolSpec, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_POOL_INVALID', `pool ${pool}`, what, mend, undefined, { pool, setting: key });
}

/**
 * Checks a host's pools and fills in what they left out.
 * @throws OVB_POOL_INVALID for a name that is taken, an unknown parent, a circle, shares of 0, a limit under the
 * reservation
 */
export function toPoolFacts(specs: readonly PoolSpec[]): readonly PoolFacts[] {
  const names = specs.map(({ name }) => name);
  const facts = specs.map((spec, i) => {
    if (names.indexOf(spec.name) !== i)
      throw refused(spec.name, 'name', 'two pools have this name', 'Give each pool a name of its own.');
    return factsOf(spec, names);
  });
  for (const { name, parent } of facts) {
    let above = parent;
    for (let steps = 0; above >= 0; steps++) {
      if (steps > facts.length)
        throw refused(
          name,
          'parent',
          'is part of itself',
          "Correct the pools' parents: they must end at the host.",
        );
      above = facts[above]!.parent;
    }
  }
  return facts;
}

function factsOf(spec: PoolSpec, names: readonly string[]): PoolFacts {
  const { name, reservation = toPages(0), limit = Infinity, expandable = true } = spec;
  const shares = poolShares(spec.shares);
  const parent = spec.parent === undefined ? -1 : names.indexOf(spec.parent);
  if (spec.parent !== undefined && parent < 0)
    throw refused(
      name,
      'parent',
      `its parent '${spec.parent}' does not exist`,
      `Pools: ${names.join(', ')}.`,
    );
  if (!(shares > 0)) throw refused(name, 'shares', `shares are ${shares}`, 'Give a number above 0.');
  if (!(reservation >= 0))
    throw refused(
      name,
      'reservation',
      `its reservation is ${reservation}`,
      'Give a number of pages, or leave it out.',
    );
  if (limit < reservation)
    throw refused(
      name,
      'limit',
      `its limit (${inMiB(limit)}) is below its reservation (${inMiB(reservation)})`,
      'Raise the limit or lower the reservation.',
    );
  return { name, parent, shares, reservation, limit, expandable };
}

/**
 * Pools whose VMs are together larger than the pool's limit, inner ones before those around them.
 * @param placed each VM's index of its pool; -1 directly below the host
 */
export function limitedPools(
  pools: readonly PoolFacts[],
  vms: readonly VmFacts[],
  placed: readonly { readonly pool: number }[],
): readonly LimitedPool[] {
  const around = (pool: number): readonly number[] =>
    pool < 0 ? [] : [pool, ...around(pools[pool]!.parent)];
  return pools
    .map(({ name, limit }, i) => ({
      name,
      limit,
      depth: around(i).length,
      vms: vms.filter(({ id }) => around(placed[id]!.pool).includes(i)),
    }))
    .filter(({ limit, vms: members }) => members.reduce((sum, { size }) => sum + size, 0) > limit)
    .sort((a, b) => b.depth - a.depth)
    .map(({ name, limit, vms: members }) => ({ name, limit, vms: members.map(({ id }) => id) }));
}

/** Index of the pool that a VM names; -1 where it names none. @throws OVB_POOL_UNKNOWN */
export function poolOf(pool: string | undefined, vm: string, pools: readonly PoolFacts[]): number {
  if (pool === undefined) return -1;
  const index = pools.findIndex(({ name }) => name === pool);
  if (index >= 0) return index;
  const known = pools.map(({ name }) => name).join(', ');
  throw new OverbookError(
    'OVB_POOL_UNKNOWN',
    `vm ${vm}`,
    `there is no resource pool '${pool}'`,
    known === '' ? 'Define the pool, or leave it out.' : `Pools: ${known}.`,
    undefined,
    { vm, setting: 'pool' },
  );
}
