import type { FramePool } from '../frames/frame-pool.ts';
import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { VmEvents } from '../memory/vm-events.ts';
import type { KindTable } from '../pmap/kinds.ts';
import {
  FIRST_PLUGIN_KIND,
  KIND_BALLOONED,
  KIND_MAPPED,
  KIND_SHARED,
  KIND_SHIFT,
  KIND_UNTOUCHED,
  PAYLOAD_MASK,
} from '../pmap/kinds.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { ThresholdPages } from '../ports/pressure.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import { countersOf } from '../contract/told-values.ts';
import type { RunningStrategy } from '../reclaim/running-strategy.ts';
import type { PageStore } from '../ports/page-store.ts';
import { FILL_ZERO } from '../units/content.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toMfn, toPages } from '../units/page.ts';
import { PUBLISHED } from './catalogue.ts';
import type { Activity, ByKind, HostCounters, Overcommit, VmCounters } from './counters.ts';

/** Where a host's counters are read. */
export interface CounterSources {
  readonly memory: HostMemory;
  readonly pool: FramePool;
  readonly store: PageStore;
  readonly kinds: KindTable;
  readonly hypervisor: HypervisorFrames;
  readonly strategies: readonly (RunningStrategy & { readonly frames: { readonly own: Pages } })[];
  readonly targets: readonly Pages[];
  readonly activityOf: (vm: VmId) => Activity | undefined;
  readonly hasDriver: (vm: VmId) => boolean;
  readonly time: Nanoseconds;
  readonly state: HostMemoryState;
  readonly thresholds: ThresholdPages;
  /** Free pages that reclaim works towards; 0 without thresholds. */
  readonly wanted: Pages;
  readonly overcommit: Overcommit;
  /** Whether an administrator changed the VM. */
  readonly changed: (vm: VmId) => boolean;
  /** Unreserved machine memory by admission control's accounts; absent where it is off. */
  readonly unreserved: Pages | undefined;
}

/** Reads all counters of a host, exactly. O(guest pages), for the two that need a look at each frame. */
export function readCounters(sources: CounterSources): HostCounters {
  const { memory, pool, hypervisor, strategies, thresholds, wanted } = sources;
  const vms = memory.vms.map((vm) => vmCounters(sources, vm));
  const running = vms.filter((vm) => vm.poweredOn);
  const managed = pool.total - hypervisor.vmkernel;
  const ofVms = sum(running, (vm) => vm.reservation + vm.overhead);
  const unreserved = sources.unreserved ?? managed - ofVms;
  return {
    time: sources.time,
    state: sources.state,
    total: toPages(pool.total),
    free: toPages(pool.free),
    granted: toPages(sum(vms, (vm) => vm.granted)),
    shared: toPages(sum(vms, (vm) => vm.shared)),
    common: toPages(pool.sharedFrames),
    saving: toPages(pool.sharedReferences - pool.sharedFrames),
    own: toPages(sum(strategies, ({ frames }) => frames.own)),
    overhead: toPages(sum(vms, (vm) => vm.overhead)),
    vmkernel: hypervisor.vmkernel,
    managed: toPages(managed),
    reserved: toPages(managed - unreserved),
    unreserved: toPages(unreserved),
    ...(wanted > 0 ? { minFree: wanted } : {}),
    ...(thresholds.soft === undefined ? {} : { lowFree: thresholds.soft }),
    overcommit: sources.overcommit,
    vms,
  };
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

function vmCounters(sources: CounterSources, facts: VmFacts): VmCounters {
  const { memory, kinds, hypervisor } = sources;
  const { counts, entries } = memory.pmaps[facts.id]!;
  const events: VmEvents = memory.events[facts.id]!;
  const { zero, consumed, saved } = walkFrames(entries, sources);
  const poweredOn = !memory.poweredOff.has(facts.id);
  // Of a VM that is off nothing is wanted and nothing is known: what was last told of it would count in sums.
  const activity = poweredOn ? sources.activityOf(facts.id) : undefined;
  return {
    vm: facts.id,
    name: facts.name,
    poweredOn,
    ...(sources.changed(facts.id) ? { changed: true as const } : {}),
    reservation: facts.reservation,
    ...(facts.limit < facts.size ? { limit: facts.limit } : {}),
    shares: facts.shares,
    size: facts.size,
    granted: toPages(counts[KIND_MAPPED]! + counts[KIND_SHARED]!),
    private: toPages(counts[KIND_MAPPED]!),
    shared: toPages(counts[KIND_SHARED]!),
    zero: toPages(zero),
    ballooned: toPages(counts[KIND_BALLOONED]!),
    untouched: toPages(counts[KIND_UNTOUCHED]!),
    large: toPages((memory.large?.counts(facts.id).now ?? 0) * LARGE_PAGE_PAGES),
    kinds: byKind(kinds, counts) as Readonly<Record<string, Pages>>,
    roles: rolesByName(kinds),
    ...(activity === undefined ? {} : { activity }),
    hasDriver: poweredOn && sources.hasDriver(facts.id),
    consumed,
    saved,
    overhead: hypervisor.overhead(facts.id),
    entitlement: sources.targets[facts.id]!,
    firstTouches: events.firstTouches,
    cowBreaks: events.cowBreaks,
    balloonPops: events.balloonPops,
    blocked: events.blocked,
    entered: byKind(kinds, events.entered),
    touched: byKind(kinds, events.faults),
    waitNs: byKind(kinds, events.waitNs),
    published: poweredOn ? publishedBy(sources.strategies, facts.id) : {},
  };
}

function rolesByName({ names, roles }: KindTable): VmCounters['roles'] {
  return Object.fromEntries(names.flatMap((name, i) => (roles[i] === undefined ? [] : [[name, roles[i]]])));
}

function byKind({ names }: KindTable, counts: Float64Array): ByKind {
  return Object.fromEntries(
    names.slice(FIRST_PLUGIN_KIND).map((name, i) => [name, counts[FIRST_PLUGIN_KIND + i]!]),
  );
}

/** The two counters that depend on a frame's content and on how many pages share it. */
function walkFrames(
  entries: Uint32Array,
  { pool, store }: CounterSources,
): { readonly zero: number; readonly consumed: number; readonly saved: number } {
  let zero = 0;
  let whole = 0;
  let parts = 0;
  let saved = 0;
  // By index: an iterator over so many entries costs as much again.
  for (let page = 0; page < entries.length; page++) {
    const entry = entries[page]!;
    const kind = entry >>> KIND_SHIFT;
    if (kind !== KIND_MAPPED && kind !== KIND_SHARED) continue;
    const frame = toMfn(entry & PAYLOAD_MASK);
    if (store.fill(frame) === FILL_ZERO) zero++;
    if (kind === KIND_MAPPED) {
      whole++;
      continue;
    }
    const references = pool.references(frame);
    parts += 1 / references;
    saved += (references - 1) / references;
  }
  return { zero, consumed: whole + parts, saved };
}

/** Equal names of the catalogue add up: what two strategies each hold of a VM is held of it. */
function publishedBy(strategies: readonly RunningStrategy[], vm: VmId): Readonly<Record<string, number>> {
  const published: Record<string, number> = {};
  for (const { id, strategy } of strategies) {
    if (strategy.vmCounters === undefined) continue;
    const told = guardCall(id, () => countersOf(id, strategy.vmCounters!(vm)));
    for (const [name, value] of told) {
      const key = PUBLISHED.has(name) ? name : `${id}.${name}`;
      published[key] = (published[key] ?? 0) + value;
    }
  }
  return published;
}
