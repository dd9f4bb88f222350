import type { Pmap } from '../pmap/pmap.ts';
import type { VmId } from '../units/page.ts';

/** A resource pool that limits what its VMs, and those of the pools in it, hold together. */
export interface LimitedPool {
  readonly name: string;
  readonly limit: number;
  readonly vms: readonly VmId[];
}

/** What pools let their VMs hold. Limits that no VMs could reach are not among them. */
export class PoolLimits {
  /** Inner pools before those around them. */
  readonly pools: readonly LimitedPool[];
  readonly #consumed: (vm: VmId) => number;
  /** The pools around each VM, innermost first. */
  readonly #around: readonly (readonly LimitedPool[])[];

  /** @param consumed machine memory charged to a VM */
  constructor(pools: readonly LimitedPool[], vmCount: number, consumed: (vm: VmId) => number) {
    this.pools = pools;
    this.#consumed = consumed;
    this.#around = Array.from({ length: vmCount }, (_, vm) =>
      pools.filter(({ vms }) => vms.includes(vm as VmId)),
    );
  }

  /** Machine memory charged to the VMs of a pool together. O(VMs of the pool) */
  held({ vms }: LimitedPool): number {
    let held = 0;
    for (const vm of vms) held += this.#consumed(vm);
    return held;
  }

  /** The innermost pool around a VM that has no room for so many pages more. */
  full(vm: VmId, more = 1): LimitedPool | undefined {
    for (const pool of this.#around[vm]!) if (this.held(pool) + more > pool.limit) return pool;
    return undefined;
  }
}

/** The limits of VMs and pools, and what stands against them. */
export interface LimitedTables {
  readonly pmaps: readonly Pmap[];
  readonly poolLimits: PoolLimits;
  consumed(vm: VmId): number;
}

/** True where neither the limit of the VM nor that of a pool around it stands against so many pages more. */
export function mayHold(tables: LimitedTables, vm: VmId, more: number): boolean {
  const { limit, size } = tables.pmaps[vm]!;
  if (limit < size && tables.consumed(vm) + more > limit) return false;
  return tables.poolLimits.full(vm, more) === undefined;
}
