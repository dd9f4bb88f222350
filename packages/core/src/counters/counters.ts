import type { KindRole } from '../contract/kind-role.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';

/**
 * What sampling says about a VM's memory in use (Waldspurger, OSDI 2002, §5.3). Percentages are of what was
 * sampled; a value that is not known yet is absent.
 */
export interface Activity {
  /** The estimate, in guest pages. */
  readonly active: Pages;
  /** The same for pages that are written. */
  readonly activeWrite?: Pages;
  /** Last whole period, slow average, fast average, fast average with the running period. */
  readonly nowPercent?: number;
  readonly slowPercent?: number;
  readonly fastPercent?: number;
  readonly nextPercent?: number;
}

/** Pages since power-on, by kind of backing; only kinds that strategies brought. */
export type ByKind = Readonly<Record<string, number>>;

/**
 * One VM's counters at one moment, in pages unless said otherwise. Set 1 counts guest pages (where the arrows
 * of the mapping begin), set 2 machine frames (where they end); mixing them up is the classic mistake in
 * reading such a host. `docs/model/counters.md` has each with esxtop's and vCenter's name.
 */
export interface VmCounters {
  readonly vm: VmId;
  readonly name: string;
  /** True once an administrator changed its shares, reservation or limit: its swap file is as it was made before. */
  readonly changed?: true;
  /** False once the VM has ended: its guest pages are all untouched and it is promised nothing. */
  readonly poweredOn: boolean;

  // As configured.
  readonly reservation: Pages;
  /** Absent where the VM has none. */
  readonly limit?: Pages;
  readonly shares: number;

  // Set 1: guest pages.
  readonly size: Pages;
  /** Pages with a machine frame: private + shared. */
  readonly granted: Pages;
  readonly private: Pages;
  readonly shared: Pages;
  /** Granted pages that are all zero. */
  readonly zero: Pages;
  readonly ballooned: Pages;
  readonly untouched: Pages;
  /** Pages in large (2 MiB) mappings; they are granted and private. */
  readonly large: Pages;
  /** Pages in the kinds that strategies brought, by name. */
  readonly kinds: Readonly<Record<string, Pages>>;
  /** What those kinds are to observers, by name; one without a role is absent. */
  readonly roles: Readonly<Record<string, KindRole>>;
  /** Absent before the first whole sampling period. */
  readonly activity?: Activity;
  /** Whether a balloon driver answers now. */
  readonly hasDriver: boolean;

  // Set 2: machine frames.
  /** Frames charged to the VM: private ones, and 1/references of each shared one. A fraction is possible. */
  readonly consumed: number;
  /** What sharing saves: 1 − 1/references of each shared page. */
  readonly saved: number;
  /** Frames that virtualising the VM takes, not among `consumed` (esxtop OVHD). */
  readonly overhead: Pages;
  /** Machine memory that the policies last said it shall have; its limit before they said anything. */
  readonly entitlement: Pages;

  // Since power-on.
  readonly firstTouches: number;
  readonly cowBreaks: number;
  /** Touches of ballooned pages. */
  readonly balloonPops: number;
  /** Accesses that were told to wait. */
  readonly blocked: number;
  /** Pages that went into a kind, pages of it that were touched, and how long those touches took. */
  readonly entered: ByKind;
  readonly touched: ByKind;
  readonly waitNs: ByKind;

  /**
   * What strategies publish about the VM: by the catalogue's name where it has one, else as `<strategy>.<name>`.
   * A name that is absent is not known, which is not 0.
   */
  readonly published: Readonly<Record<string, number>>;
}

/** Sum over the kinds of a role; undefined where no strategy of the mix brought such a kind. */
export function sumOfRole(
  counts: Readonly<Record<string, number>>,
  roles: Readonly<Record<string, KindRole>>,
  role: KindRole,
): number | undefined {
  let sum: number | undefined;
  for (const [kind, its] of Object.entries(roles)) if (its === role) sum = (sum ?? 0) + (counts[kind] ?? 0);
  return sum;
}

/** Sum of a VM's counter over the kinds of a role; undefined where no strategy of the mix brought such a kind. */
export function ofRole(
  vm: Pick<VmCounters, 'roles' | 'kinds' | 'entered' | 'touched' | 'waitNs'>,
  role: KindRole,
  by: 'kinds' | 'entered' | 'touched' | 'waitNs',
): number | undefined {
  return sumOfRole(vm[by], vm.roles, role);
}

/** How much more memory running VMs were promised than the host manages, 0.5 = half as much again; negative below. */
export interface Overcommit {
  readonly now: number;
  /** Means over the last 1, 5 and 15 minutes, or since power-on where that is shorter. */
  readonly minute1: number;
  readonly minutes5: number;
  readonly minutes15: number;
}

/** A host's counters at one moment, in pages unless said otherwise. */
export interface HostCounters {
  readonly time: Nanoseconds;
  readonly state: HostMemoryState;
  readonly total: Pages;
  readonly free: Pages;
  /** Set 1, summed over VMs. */
  readonly granted: Pages;
  readonly shared: Pages;
  /** Frames that are shared and have at least one reference (PSHARE common). */
  readonly common: Pages;
  /** Guest pages on shared frames, less those frames, as the frame pool counts them (PSHARE saving). */
  readonly saving: Pages;
  /** Frames that strategies hold for their own storage: inside the VMs' charge, but not in their `consumed`. */
  readonly own: Pages;
  /** Frames that virtualising the VMs takes, summed over VMs. */
  readonly overhead: Pages;
  /** Frames that the VMkernel holds for itself (PMEM vmk). */
  readonly vmkernel: Pages;
  /** Memory that the VMkernel manages: all but its own. */
  readonly managed: Pages;
  /** Managed memory that running VMs and pools reserved, VMs' overhead, and the host's reserve. */
  readonly reserved: Pages;
  readonly unreserved: Pages;
  /** Free memory that the memory-state model aims at; absent where there are no thresholds. */
  readonly minFree?: Pages;
  /** Free memory below which ballooning and swapping may begin; absent as above. */
  readonly lowFree?: Pages;
  readonly overcommit: Overcommit;
  readonly vms: readonly VmCounters[];
}
