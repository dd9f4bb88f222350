import type { FrameAccount } from '../memory/frame-account.ts';
import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { VmPower } from '../admission/vm-power.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { KindTable } from '../pmap/kinds.ts';
import { FIRST_PLUGIN_KIND, KIND_BALLOONED } from '../pmap/kinds.ts';
import type { Observation, PoolObservation, VmObservation } from '../contract/policy.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { ActiveSampler } from '../sampling/active-sampler.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { pages } from '../units/page.ts';

/** Where an observation is taken from. */
export interface ObservationSources {
  readonly memory: HostMemory;
  readonly pool: FramePool;
  readonly kinds: KindTable;
  readonly hypervisor: HypervisorFrames;
  readonly power: VmPower;
  /** Resource pools, and the pool of each VM by name. */
  readonly pools: readonly PoolObservation[];
  readonly poolOf: readonly (string | undefined)[];
  readonly strategies: readonly { readonly frames: Pick<FrameAccount, 'own'> }[];
  readonly guests: GuestDrivers | undefined;
  readonly sampler: ActiveSampler;
}

/** What policies see of a host now. */
export function observeHost(
  sources: ObservationSources,
  now: {
    readonly time: Nanoseconds;
    readonly state: HostMemoryState;
    readonly wanted: Pages;
    readonly cause: Observation['cause'];
  },
): Observation {
  const { memory, pool, hypervisor, strategies, power, pools } = sources;
  const own = strategies.reduce((sum, { frames }) => sum + frames.own, 0);
  return {
    ...now,
    total: pages(pool.total),
    free: pages(pool.free),
    held: pages(hypervisor.held + own),
    vms: memory.vms.flatMap(({ id }) => (power.isOn(id) ? [observeVm(sources, id)] : [])),
    ...(pools.length === 0 ? {} : { pools }),
  };
}

function observeVm(sources: ObservationSources, vm: VmId): VmObservation {
  const { memory, kinds, guests, sampler, hypervisor } = sources;
  const { name, size, reservation, limit, shares } = memory.vms[vm]!;
  const { counts } = memory.memories[vm]!;
  const pool = sources.poolOf[vm];
  const told = guests?.statistics(vm);
  const active = sampler.active(vm);
  const swapped = kinds.names.indexOf('swapped');
  const brought = kinds.names
    .slice(FIRST_PLUGIN_KIND)
    .map((kind, i) => [kind, pages(counts[FIRST_PLUGIN_KIND + i]!)]);
  return {
    vm,
    name,
    size,
    reservation,
    limit,
    shares,
    overhead: hypervisor.overhead(vm),
    ...(pool === undefined ? {} : { pool }),
    consumed: memory.consumed(vm),
    ballooned: pages(counts[KIND_BALLOONED]!),
    kinds: Object.fromEntries(brought) as Record<string, Pages>,
    hasDriver: guests?.hasDriver(vm) ?? false,
    ...(active === undefined ? {} : { active }),
    ...(told?.free === undefined ? {} : { guestFree: told.free }),
    ...(told?.available === undefined ? {} : { guestAvailable: told.available }),
    ...(swapped < 0 ? {} : { swapIns: pages(memory.events[vm]!.faults[swapped]!) }),
  };
}
