import type { Observable } from 'rxjs';
import type { ZodType, output } from 'zod';

import type { Clock } from '../ports/clock.ts';
import type { Needs, Resolved } from '../ports/token.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Json } from './strategy.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';

/** Time that accesses of a VM waited since power-on, in nanoseconds, by what they waited for. */
export interface Waited {
  /** Pages read back from swap (kinds of the role `swapped`). */
  readonly swap: Nanoseconds;
  /** Pages decompressed (kinds of the role `compressed`). */
  readonly compression: Nanoseconds;
  /** A frame: blocked by the host, or until one was written out. */
  readonly blocked: Nanoseconds;
  /** Pages of other kinds. */
  readonly other: Nanoseconds;
}

/** Share of time that was lost to waiting for memory, as a line of Linux's /proc/pressure/memory tells it. */
export interface Stall {
  /** In percent, as running averages over 10, 60 and 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300?: number;
  /** Where Linux has microseconds. */
  readonly totalNs: Nanoseconds;
}

/** One VM as an observer sees it. What is not known is absent, never 0. */
export interface VmObservation {
  readonly vm: VmId;
  readonly name: string;
  readonly size: Pages;
  readonly reservation: Pages;
  readonly limit: Pages;
  readonly shares: number;
  /** Resource pool it is in; absent directly below the host. */
  readonly pool?: string;
  /** Machine memory that virtualising it takes, not among `consumed`. */
  readonly overhead?: Pages;
  /** Machine memory the VM holds. */
  readonly consumed: Pages;
  /** Statistical estimate of guest memory in use. */
  readonly active?: Pages;
  readonly ballooned?: Pages;
  /** Pages in blocks that the guest gave up; absent where no strategy unplugs. */
  readonly unplugged?: Pages;
  /** Pages in the kinds that strategies brought, by name. */
  readonly kinds: Readonly<Record<string, Pages>>;
  /** What the guest's driver told. */
  readonly guestFree?: Pages;
  readonly guestAvailable?: Pages;
  readonly hasDriver: boolean;
  /** When the driver told it, counted back from `time`; 0 where it tells when asked. */
  readonly statisticsAgeNs?: Nanoseconds;
  /** The guest's own swap: pages out there now, pages read and written since it began to count. */
  readonly guestSwapped?: Pages;
  readonly guestSwapIns?: Pages;
  readonly guestSwapOuts?: Pages;
  /** What the balloon should hold; `ballooned` is what it holds. */
  readonly balloonTarget?: Pages;
  /** Machine memory that was ordered last, within reservation and limit. */
  readonly target?: Pages;
  /** Reads from and writes to the host's swap since power-on. */
  readonly swapIns?: Pages;
  readonly swapOuts?: Pages;
  /**
   * Pages that came back after they were taken (Linux workingset_refault_anon), since power-on: where a strategy tells
   * `refaults` of a VM, as hostswap with active and inactive lists.
   */
  readonly refaults?: Pages;
  readonly waited?: Waited;
  /** Some of its processors waited; all of them did. Equal, and both known, where it has one. */
  readonly some?: Stall;
  readonly full?: Stall;
}

/** A resource pool as an observer sees it. */
export interface PoolObservation {
  readonly name: string;
  /** Parent pool; absent directly below the host. */
  readonly parent?: string;
  readonly shares: number;
  readonly reservation: Pages;
  /** Most memory its VMs may have together; absent where there is no limit. */
  readonly limit?: Pages;
}

/** The host at one moment, plain data: a log of these can be replayed through another policy. */
export interface Observation {
  readonly time: Nanoseconds;
  readonly state: HostMemoryState;
  readonly total: Pages;
  readonly free: Pages;
  /** Free pages the host wants to keep at least; reclaim works towards it. */
  readonly wanted: Pages;
  /** Time that accesses of all VMs waited since they were powered on. */
  readonly waited?: Nanoseconds;
  /** Some VM waited: each moment counts once, however many waited. */
  readonly some?: Stall;
  /** Pages in swap, and how many it has room for. */
  readonly swapUsed?: Pages;
  readonly swapTotal?: Pages;
  /** What merging equal pages keeps and saves, as KSM counts it: frames shared, further pages on them. */
  readonly ksm?: { readonly pagesShared: Pages; readonly pagesSharing: Pages };
  /** Frames that no VM can have: the VMkernel's, the VMs' overhead, strategies' own storage. */
  readonly held?: Pages;
  /**
   * Why it was made: the policy period came round, the state changed (free memory crossed a threshold), a VM was
   * powered on or off, or the administrator changed shares, a reservation or a limit (Waldspurger, OSDI 2002, §6.3).
   */
  readonly cause: 'period' | 'state' | 'power' | 'change';
  /** The VMs that are powered on. */
  readonly vms: readonly VmObservation[];
  /** Resource pools; absent where there are none. */
  readonly pools?: readonly PoolObservation[];
}

/** Why an order was given, for people and for the log: a short phrase and the numbers behind it. */
export interface Reason {
  readonly what: string;
  readonly numbers?: Readonly<Record<string, number>>;
}

/**
 * Machine memory the VM should have. The host holds it between the VM's reservation and its limit: a policy's own timer
 * may speak of bounds that an administrator has changed since.
 */
export interface TargetOrder {
  readonly kind: 'target';
  readonly vm: VmId;
  readonly pages: Pages;
  /** Strategy that must carry it out, at once and in any state; without it the ladder decides. */
  readonly by?: string;
  readonly reason: Reason;
}

/**
 * What the guest may see of its memory (a balloon's size − target, virtio-mem's requested size): what Proxmox and MOM
 * order. It stays ordered until the next order for the VM; machine memory is held to it as well.
 */
export interface SizeOrder {
  readonly kind: 'size';
  readonly vm: VmId;
  readonly pages: Pages;
  /** Strategy that must carry it out; without it the first of the mix that can (Strategy.resize). */
  readonly by?: string;
  readonly reason: Reason;
}

/** So many pages of one VM, now and in any state (memory.reclaim, proactive reclaim). Never below its reservation. */
export interface ReclaimOrder {
  readonly kind: 'reclaim';
  readonly vm: VmId;
  readonly pages: Pages;
  /** Strategy that must give them; without it every strategy is asked in turn, the mildest first. */
  readonly by?: string;
  readonly reason: Reason;
}

/** Settings of a strategy, checked against its `tunable`. */
export interface TuneOrder {
  readonly kind: 'tune';
  readonly strategy: string;
  readonly settings: Json;
  readonly reason: Reason;
}

/**
 * Plain data, each with its reason. Orders are checked where they are collected: whole pages, known VMs and strategies,
 * settings that the strategy takes, one order of a kind for one VM in a list. What is not so is refused under the
 * policy's name.
 */
export type Order = TargetOrder | SizeOrder | ReclaimOrder | TuneOrder;

/** A policy watches and orders. Any RxJS pipeline of this shape is one. Hot; ends with its source. */
export type Policy = (observation$: Observable<Observation>, clock: Clock) => Observable<readonly Order[]>;

/** What a package exports to be a policy. */
export interface PolicyPlugin<N extends Needs = Needs, S extends ZodType = ZodType> {
  readonly role: 'policy';
  readonly id: string;
  readonly contract: number;
  readonly title: string;
  readonly options: S;
  readonly needs: N;
  /**
   * Pace of its own, in virtual milliseconds: observations of the cause `period` come so often instead of at the host's
   * balance period.
   */
  every?(options: output<S>): number;
  create(deps: Resolved<N>, options: output<S>): Policy;
}

/** Types a policy definition and marks it for the loader. */
export function definePolicy<N extends Needs, S extends ZodType>(
  plugin: Omit<PolicyPlugin<N, S>, 'role'>,
): PolicyPlugin<N, S> {
  return { ...plugin, role: 'policy' };
}
