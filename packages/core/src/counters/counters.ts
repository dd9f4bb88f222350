import { type FramePool } from '../frames/frame-pool.ts';
import { type HypervisorFrames } from '../frames/hypervisor-frames.ts';
import { type HostMemory } from '../memory/host-memory.ts';
import {
  FIRST_PLUGIN_KIND,
  KIND_BALLOONED,
  KIND_MAPPED,
  KIND_SHARED,
  KIND_UNTOUCHED,
  type KindTable,
} from '../pmap/kinds.ts';
import { FILL_ZERO } from '../units/content.ts';
import { type PageStore } from '../store/page-store.ts';
import { type Mfn, type Pages, type VmId, mfn, pages } from '../units/page.ts';

/**
 * The two sets of counters. Set 1 counts guest pages (where the arrows begin), set 2 machine frames (where
 * they end); mixing them up is the classic mistake in reading such a host. All in pages.
 */
export interface VmCounters {
  readonly vm: VmId;
  readonly name: string;
  // Set 1: guest pages.
  readonly size: Pages;
  /** Pages that stand on a machine frame: private + shared. */
  readonly granted: Pages;
  readonly private: Pages;
  readonly shared: Pages;
  /** Granted pages that are all zero. */
  readonly zero: Pages;
  readonly ballooned: Pages;
  readonly untouched: Pages;
  /** Pages in the kinds that strategies brought, by name. */
  readonly kinds: Readonly<Record<string, Pages>>;
  // Set 2: machine frames.
  /** Frames charged to the VM: private ones, and 1/references of each shared one. A fraction is possible. */
  readonly consumed: number;
  /** granted − consumed. */
  readonly saved: number;
  /** Frames that virtualising the VM takes, not among `consumed` (esxtop OVHD). */
  readonly overhead: Pages;
}

export interface HostCounters {
  readonly total: Pages;
  readonly free: Pages;
  /** Set 1, summed over VMs. */
  readonly granted: Pages;
  readonly shared: Pages;
  /** Frames with references ≥ 1 that are shared (PSHARE common). */
  readonly common: Pages;
  /** shared − common (PSHARE saving). */
  readonly saving: Pages;
  /** Frames that strategies hold for their own storage. */
  readonly own: Pages;
  /** Frames that virtualising the VMs takes, summed over VMs. */
  readonly overhead: Pages;
  /** Frames that the VMkernel holds for itself (PMEM vmk). */
  readonly vmkernel: Pages;
  readonly vms: readonly VmCounters[];
}

/** Reads all counters by walking the tables: exact, O(guest pages). */
export const readCounters = (
  memory: HostMemory,
  pool: FramePool,
  store: PageStore,
  kinds: KindTable,
  own: number,
  hypervisor: HypervisorFrames,
): HostCounters => {
  const vms = memory.vms.map((vm) => {
    const { counts, entries } = memory.memories[vm.id]!;
    const walked = walkFrames(entries, memory, pool, store);
    const granted = counts[KIND_MAPPED]! + counts[KIND_SHARED]!;
    const brought = kinds.names
      .slice(FIRST_PLUGIN_KIND)
      .map((name, i) => [name, pages(counts[FIRST_PLUGIN_KIND + i]!)]);
    return {
      vm: vm.id,
      name: vm.name,
      size: vm.size,
      granted: pages(granted),
      private: pages(counts[KIND_MAPPED]!),
      shared: pages(counts[KIND_SHARED]!),
      zero: pages(walked.zero),
      ballooned: pages(counts[KIND_BALLOONED]!),
      untouched: pages(counts[KIND_UNTOUCHED]!),
      kinds: Object.fromEntries(brought) as Record<string, Pages>,
      consumed: walked.consumed,
      saved: granted - walked.consumed,
      overhead: hypervisor.overhead(vm.id),
    };
  });
  const sum = (of: (vm: VmCounters) => number): Pages => pages(vms.reduce((total, vm) => total + of(vm), 0));
  return {
    total: pages(pool.total),
    free: pages(pool.free),
    granted: sum((vm) => vm.granted),
    shared: sum((vm) => vm.shared),
    common: pages(pool.sharedFrames),
    saving: pages(pool.sharedReferences - pool.sharedFrames),
    own: pages(own),
    overhead: sum((vm) => vm.overhead),
    vmkernel: hypervisor.vmkernel,
    vms,
  };
};

const walkFrames = (
  entries: Uint32Array,
  memory: HostMemory,
  pool: FramePool,
  store: PageStore,
): { readonly zero: number; readonly consumed: number } => {
  let zero = 0;
  let consumed = 0;
  for (const entry of entries) {
    const kind = entry >>> 28;
    if (kind !== KIND_MAPPED && kind !== KIND_SHARED) continue;
    const frame: Mfn = mfn(entry & 0x0fffffff);
    if (store.fill(frame) === FILL_ZERO) zero++;
    consumed += kind === KIND_MAPPED ? 1 : 1 / memory.references(frame);
  }
  return { zero, consumed };
};

/** One identity of the counters that does not hold. */
export interface BrokenIdentity {
  readonly identity: string;
  readonly numbers: string;
}

/** Fractions of shared frames are summed in floating point: this much is rounding, not a lost frame. */
const ROUNDING = 1e-6;

/**
 * The identities between the counters (VMware, vSphere Resource Management; Monitoring and Performance,
 * esxtop memory panel): what every pair of counter sets must satisfy, whatever the strategies do.
 */
export const brokenIdentities = (counters: HostCounters): readonly BrokenIdentity[] => {
  const broken: BrokenIdentity[] = [];
  const equal = (identity: string, left: number, right: number): void => {
    if (Math.abs(left - right) > ROUNDING * Math.max(1, right))
      broken.push({ identity, numbers: `${left} and ${right}` });
  };
  for (const vm of counters.vms) {
    const brought = Object.values(vm.kinds).reduce((sum, count) => sum + count, 0);
    equal(
      `${vm.name}: size = granted + ballooned + untouched + strategies' kinds`,
      vm.size,
      vm.granted + vm.ballooned + vm.untouched + brought,
    );
    equal(`${vm.name}: granted = private + shared`, vm.granted, vm.private + vm.shared);
    equal(`${vm.name}: consumed = granted - saved`, vm.consumed, vm.granted - vm.saved);
  }
  const consumed = counters.vms.reduce((sum, vm) => sum + vm.consumed, 0);
  const saved = counters.vms.reduce((sum, vm) => sum + vm.saved, 0);
  equal('host: saving = shared - common', counters.saving, counters.shared - counters.common);
  equal('host: saving = sum of saved over VMs', counters.saving, saved);
  const { total, free, own, overhead, vmkernel } = counters;
  const ofVms = counters.vms.reduce((sum, vm) => sum + vm.overhead, 0);
  equal('host: overhead = sum of overhead over VMs', overhead, ofVms);
  equal(
    'host: frames = consumed + overhead + vmkernel + own + free',
    total,
    consumed + overhead + vmkernel + own + free,
  );
  return broken;
};
