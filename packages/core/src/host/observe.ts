import type { FrameAccount } from '../memory/frame-account.ts';
import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { VmPower } from '../admission/vm-power.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { KindTable } from '../pmap/kinds.ts';
import { FIRST_PLUGIN_KIND, KIND_BALLOONED } from '../pmap/kinds.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import type { Observation, PoolObservation, VmObservation, Waited } from '../contract/policy.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { ActiveSampler } from '../sampling/active-sampler.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toNs, toPages } from '../units/page.ts';
import type { StallAverages } from './stall-averages.ts';

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
  readonly strategies: readonly {
    readonly id: string;
    readonly strategy: Strategy;
    readonly plugin: { readonly claims?: readonly string[] };
    readonly frames: Pick<FrameAccount, 'own'>;
  }[];
  readonly targets: readonly Pages[];
  readonly stalls: StallAverages;
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
  const { memory, pool, kinds, hypervisor, strategies, power, pools } = sources;
  const own = strategies.reduce((sum, { frames }) => sum + frames.own, 0);
  const vms = memory.vms.flatMap(({ id }) => (power.isOn(id) ? [observeVm(sources, id, now.time)] : []));
  const swapped = kinds.ofRole('swapped');
  const inSwap = ({ kinds: held }: VmObservation): number =>
    swapped.reduce((sum, kind) => sum + held[kinds.names[kind]!]!, 0);
  const merges = strategies.some(({ plugin }) => plugin.claims?.includes('shared') === true);
  return {
    ...now,
    total: toPages(pool.total),
    free: toPages(pool.free),
    held: toPages(hypervisor.held + own),
    waited: toNs(sumOf(vms, ({ waited }) => totalOf(waited!))),
    some: sources.stalls.readHost(now.time, someStalledNs(memory, now.time)),
    ...(swapped.length === 0 ? {} : { swapUsed: toPages(sumOf(vms, inSwap)) }),
    ...(merges ? { ksm: ksmOf(pool) } : {}),
    vms,
    ...(pools.length === 0 ? {} : { pools }),
  };
}

/** Time during which some VM waited, those that are blocked now among them. */
function someStalledNs({ someStalled, events, poweredOff }: HostMemory, time: Nanoseconds): number {
  const now = events.map(({ blockedSinceNs: since }, vm) =>
    since < 0 || poweredOff.has(vm as VmId) ? 0 : someStalled.after(since, time),
  );
  return someStalled.totalNs + Math.max(0, ...now);
}

function sumOf<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((sum, one) => sum + of(one), 0);
}

function totalOf({ swap, compression, blocked, other }: Waited): number {
  return swap + compression + blocked + other;
}

function ksmOf({ sharedFrames, sharedReferences }: FramePool): NonNullable<Observation['ksm']> {
  return { pagesShared: toPages(sharedFrames), pagesSharing: toPages(sharedReferences - sharedFrames) };
}

function observeVm(sources: ObservationSources, vm: VmId, time: Nanoseconds): VmObservation {
  const { memory, kinds, sampler, hypervisor, targets, stalls } = sources;
  const { name, size, reservation, limit, shares } = memory.vms[vm]!;
  const { counts } = memory.pmaps[vm]!;
  const pool = sources.poolOf[vm];
  const active = sampler.active(vm);
  const brought = kinds.names
    .slice(FIRST_PLUGIN_KIND)
    .map((kind, i) => [kind, toPages(counts[FIRST_PLUGIN_KIND + i]!)]);
  const waited = waitedOf(sources, vm, time);
  const stall = stalls.read(vm, time, totalOf(waited));
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
    target: targets[vm]!,
    ballooned: toPages(counts[KIND_BALLOONED]!),
    ...balloonTarget(sources, vm),
    ...(kinds.ofRole('unplugged').length === 0 ? {} : { unplugged: unpluggedOf(kinds, counts) }),
    kinds: Object.fromEntries(brought) as Record<string, Pages>,
    ...(active === undefined ? {} : { active }),
    ...toldBy(sources.guests, vm, time),
    ...swapTraffic(sources, vm),
    ...refaultsOf(sources, vm),
    waited,
    some: stall,
    // One access of a VM waits at a time: who waits is all of it.
    full: stall,
  };
}

function unpluggedOf(kinds: KindTable, counts: Float64Array): Pages {
  return toPages(kinds.ofRole('unplugged').reduce((sum, kind) => sum + counts[kind]!, 0));
}

/** What the guest's driver told. */
function toldBy(guests: GuestDrivers | undefined, vm: VmId, time: Nanoseconds) {
  const told = guests?.statistics(vm);
  return {
    hasDriver: guests?.hasDriver(vm) ?? false,
    ...(told?.free === undefined ? {} : { guestFree: told.free }),
    ...(told?.available === undefined ? {} : { guestAvailable: told.available }),
    ...(told === undefined ? {} : { statisticsAgeNs: toNs(told.at === undefined ? 0 : time - told.at) }),
    ...(told?.swapped === undefined ? {} : { guestSwapped: told.swapped }),
    ...(told?.swapIns === undefined ? {} : { guestSwapIns: told.swapIns }),
    ...(told?.swapOuts === undefined ? {} : { guestSwapOuts: told.swapOuts }),
  };
}

function swapTraffic(
  { memory, kinds }: ObservationSources,
  vm: VmId,
): Pick<VmObservation, 'swapIns' | 'swapOuts'> {
  const swapped = kinds.ofRole('swapped');
  if (swapped.length === 0) return {};
  const { faults, entered } = memory.events[vm]!;
  return {
    swapIns: toPages(sumOf(swapped, (kind) => faults[kind]!)),
    swapOuts: toPages(sumOf(swapped, (kind) => entered[kind]!)),
  };
}

/** Pages that came back after they were taken, where a strategy that takes them remembers which it took. */
function refaultsOf({ strategies }: ObservationSources, vm: VmId): Pick<VmObservation, 'refaults'> {
  for (const { id, strategy } of strategies) {
    const refaults = guardCall(id, () => strategy.vmCounters?.(vm))?.['refaults'];
    if (refaults !== undefined) return { refaults: toPages(refaults) };
  }
  return {};
}

function waitedOf({ memory, kinds }: ObservationSources, vm: VmId, time: Nanoseconds): Waited {
  const { waitNs, frameWaitNs, blockedSinceNs } = memory.events[vm]!;
  let [swap, compression, other] = [0, 0, 0];
  for (let kind = FIRST_PLUGIN_KIND; kind < kinds.names.length; kind++) {
    const role = kinds.roles[kind];
    if (role === 'swapped') swap += waitNs[kind]!;
    else if (role === 'compressed') compression += waitNs[kind]!;
    else other += waitNs[kind]!;
  }
  // An access that is blocked now waits since then. A guest may run ahead of the host's clock.
  const now = blockedSinceNs < 0 ? 0 : Math.max(0, time - blockedSinceNs);
  return {
    swap: toNs(swap),
    compression: toNs(compression),
    blocked: toNs(frameWaitNs + now),
    other: toNs(other),
  };
}

/** What the strategy that claims ballooned pages wants of the VM, if it tells. */
function balloonTarget({ strategies }: ObservationSources, vm: VmId): Pick<VmObservation, 'balloonTarget'> {
  const owner = strategies.find(({ plugin }) => plugin.claims?.includes('ballooned') === true);
  if (owner?.strategy.vmCounters === undefined) return {};
  const target = guardCall(owner.id, () => owner.strategy.vmCounters!(vm))['balloonTarget'];
  return target === undefined ? {} : { balloonTarget: toPages(target) };
}
