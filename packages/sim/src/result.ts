import type { Decision, Pages } from '@overbook/core';
import type { HostCounters, LargePageCounts, PolicyActivity, TranslationStats } from '@overbook/core/host';

import type { CostName } from './costs.ts';
import type { CounterSeries } from './measure/counter-series.ts';

/**
 * The figures that mixes are compared by. All count the measured part only: after the last guest has arrived.
 */
export interface Summary {
  /** Touches of swapped pages (faults on kinds of the role `swapped`; 0 where no strategy brings one). */
  readonly swapInPages: number;
  /** Pages that went into kinds of that role. */
  readonly swapOutPages: number;
  /** (busy + stall) ÷ busy, geometric mean over guests; 1 = no guest ever waited. */
  readonly slowdown: number;
  /**
   * CPU time of all strategies' meters: scanning, comparing, compressing, swap bookkeeping, ballooning. First
   * touches and copy-on-write breaks are on the account `core`, translation on its own: see `cpuNs`.
   */
  readonly reclaimCpuNs: number;
  /** Longest single access of any guest, from the touch to its completion. */
  readonly worstStallNs: number;
  /**
   * Σ (busy + stall) ÷ Σ busy over guests: how much slower all work was, each guest weighing as much as it worked.
   */
  readonly workSlowdown: number;
  /** The guest that waited most: stall ÷ life, idle time included. 0.01: it waited 1 % of its life. */
  readonly worstGuestStall: number;
  /** 99 of 100 waits, of all guests, were no longer (right within a sixteenth). */
  readonly stallP99Ns: number;
  /** CPU time of the host for its guests' memory: the strategies', and core's first touches and copies on write. */
  readonly hostCpuNs: number;
  /** Pages written to swap, the host's and the guests' own: what wears a device. */
  readonly pagesWritten: number;
  /** Part of its work that a guest carried out, mean over guests; below 1, the other figures stand for less work. */
  readonly workDone: number;
  /** Most that each strategy gave back at one time, by its id. */
  readonly reclaimedPages: Readonly<Record<string, Pages>>;
}

/**
 * What the balloon did to one guest, in pages. Roles are those of the guest's own kernel. What was given and
 * returned counts from the guest's arrival on, what that cost it (reread, guestSwapIns, diskNs, outOfMemory)
 * in the measured part.
 */
export interface BalloonedGuest {
  /** Pages given to the balloon, by the role they had. */
  readonly given: Readonly<Record<string, number>>;
  /** Pages given up by the guest for its own needs while the balloon held others, by role. */
  readonly displaced: Readonly<Record<string, number>>;
  /** Pages the balloon gave back. */
  readonly returned: number;
  /** Most pages the balloon held at one time. */
  readonly peak: number;
  /**
   * Touches of pages given or displaced, by their role then: `free` costs nothing, file pages are read again.
   */
  readonly reread: Readonly<Record<string, number>>;
  /** Pages written to and read from the guest's own swap. */
  readonly guestSwapOuts: number;
  readonly guestSwapIns: number;
  /** Guest's waits for its own disk and swap; part of its stall. */
  readonly diskNs: number;
  /** Touches that found neither a free page nor one to drop: the guest was out of memory. */
  readonly outOfMemory: number;
  /** Free pages reported without giving them up. */
  readonly reported: number;
}

/** Why a guest touched a page that the host kept elsewhere. */
export type TouchCause =
  /** It wanted what is in it, or it is not known better. */
  | 'use'
  /** A device of the guest fills the whole page: a disk block read into it. */
  | 'device write'
  /** The guest had the page free, or writes all of it: its old content is not needed. */
  | 'overwrite'
  /** The guest pages it out to its own swap. */
  | 'page-out';

/** What the host's paging of one guest came to, by what its own kernel knows of its pages. Counts of pages. */
export interface HostPaging {
  /** Pages that went into each kind that a strategy brought, by the role the guest's kernel gave them. */
  readonly entered: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Touches of such pages, by cause. */
  readonly touched: Readonly<Record<string, Readonly<Partial<Record<TouchCause, number>>>>>;
  /** Where a strategy brings the kind `swapped`. */
  readonly swapping?: UncooperativeSwapping;
}

/**
 * The ways in which swapping a guest without its help wastes work (Amit, Tsafrir, Schuster, VSwapper, ASPLOS 2014, §3),
 * and double paging (Waldspurger, OSDI 2002, §3.1), in pages.
 */
export interface UncooperativeSwapping {
  /** Unchanged copies of file blocks written to swap. */
  readonly silentWrites: number;
  /** Pages swapped in only for a device of the guest to overwrite them. */
  readonly staleReads: number;
  /** Pages swapped in only for the guest itself to overwrite them whole, or that it had freed. */
  readonly falseReads: number;
  /** File pages taken as if they were anonymous. */
  readonly falseAnonymity: number;
  /** Pages swapped in only for the guest to write them to its own swap. */
  readonly doublePaged: number;
  /**
   * File pages swapped in on use while the next page of their file was swapped too, and how often that one did not lie
   * in the next slot: what reading ahead would miss. Absent where the guest does not know its files.
   */
  readonly filePairs?: number;
  readonly decayedPairs?: number;
}

/**
 * For each published alert rule how long its condition held, and how long its alert fired: from when it had held for as
 * long as the rule asks.
 */
export type AlertTimes = Readonly<Record<string, { readonly heldNs: number; readonly firedNs: number }>>;

/** One guest's share of a run, measured part only. */
export interface GuestResult {
  readonly name: string;
  readonly kind: string;
  /** Which of its takes the seed drew, the first being 1; absent where it has one recording. */
  readonly take?: number;
  /** Instructions × cost. */
  readonly busyNs: number;
  /** Time that memory took from it: all waits of its accesses, and what reclaim took of its core. */
  readonly stallNs: number;
  /** The second part of that; absent where it is nothing, as on a host whose cores are not limited. */
  readonly stolenNs?: number;
  readonly slowdown: number;
  /** Accesses that waited; half of them, and 99 of 100, no longer than this (right within a sixteenth); the longest. */
  readonly stalls: number;
  readonly stallP50Ns: number;
  readonly stallP99Ns: number;
  readonly worstStallNs: number;
  /**
   * Waits by length: entry k counts those of at least 2^k and less than 2^(k+1) microseconds; entry 0 also
   * shorter ones.
   */
  readonly stallsByLog2Us: readonly number[];
  /** How much later than recorded the work ended: what idle gaps did not absorb. */
  readonly delayNs: number;
  /** Virtual time from the beginning of its work to the end, idle gaps included. */
  readonly lifeNs: number;
  /** Part of its instructions that it carried out: less than 1 where it, or a program in it, was ended. */
  readonly workDone: number;
  /** Virtual time at which its work ended. */
  readonly endNs: number;
  /** Page touches, and how many of them wrote. */
  readonly touches: number;
  readonly writes: number;
  /** Accesses answered BLOCKED, tries counted. */
  readonly blocked: number;
  /** Set where the VM was ended because an access could not be served. */
  readonly killed?: { readonly atNs: number; readonly why: string };
  /** Set where admission control did not let the VM be powered on; `why` has the arithmetic. */
  readonly notAdmitted?: { readonly atNs: number; readonly why: string };
  readonly firstTouches: number;
  readonly cowBreaks: number;
  /** Touches of pages that the balloon held. */
  readonly balloonPops: number;
  /** Faults by kind, and pages that entered each kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly entered: Readonly<Record<string, number>>;
  readonly balloon?: BalloonedGuest;
  /** Absent where the kind of guest does not know what its pages are (flat, script, phased). */
  readonly hostPaging?: HostPaging;
  /** Walks, exits and faults of guest-virtual accesses, where they are translated; since the guest's arrival. */
  readonly translation?: TranslationStats;
  /** Its 2 MiB mappings on the host, where there are such; now and since power-on. */
  readonly largePages?: LargePageCounts;
  /** By GUEST_ALERTS; absent where no balloon driver in it tells what they ask. */
  readonly alerts?: AlertTimes;
  /** Counters of the guest's own memory management, where it has one. */
  readonly os?: Readonly<Record<string, number>>;
}

/** The host along the way: columns of equal length. */
export interface Series {
  readonly timeNs: readonly number[];
  readonly free: readonly number[];
  readonly state: readonly string[];
  /** Pages given back, by strategy id. */
  readonly credit: Readonly<Record<string, readonly number[]>>;
  /** Stall so far, by guest. */
  readonly stallNs: Readonly<Record<string, readonly number[]>>;
  /** Machine memory held, by guest, in pages. */
  readonly consumed: Readonly<Record<string, readonly number[]>>;
  /** Every counter of the catalogue, where the run was asked for it. */
  readonly counters?: CounterSeries;
}

/** Everything a run reports. Plain data: it is sent between threads and written to files unchanged. */
export interface SimulationResult {
  readonly summary: Summary;
  readonly guests: readonly GuestResult[];
  readonly guestsKilled: number;
  /** Guests that admission control did not let be powered on: they did nothing, and count in no mean. */
  readonly guestsNotAdmitted: number;
  /** Both counter sets at the end, and when the measured part began: what happened is the difference. */
  readonly host: HostCounters;
  readonly hostBefore: HostCounters;
  /** What each strategy counts in its own words, at the end, since power-on. */
  readonly strategyCounters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How often each policy was asked and how many orders it gave, since power-on. */
  readonly policies: readonly PolicyActivity[];
  /** CPU time per account (`core` and each strategy), measured part. */
  readonly cpuNs: Readonly<Record<string, number>>;
  /** Costs that were paid at least once since power-on: the run would be the same with other values of all others. */
  readonly paidCosts: readonly CostName[];
  /** Virtual time in each memory state, measured part. */
  readonly stateNs: Readonly<Record<string, number>>;
  /** By HOST_ALERTS; absent where no strategy swaps. */
  readonly alerts?: AlertTimes;
  /** Virtual time at which the measured part began, and its length. */
  readonly measuredFromNs: number;
  readonly measuredNs: number;
  readonly series: Series;
  /** How many decisions of each kind were taken, and the first of them. */
  readonly decisionCounts: Readonly<Record<string, number>>;
  readonly decisions: readonly Decision[];
  /** Reads held against the independent record, with `check`; else 0. */
  readonly checkedReads: number;
  /** Page events replayed, arrival and measured part: for speed figures. */
  readonly touches: number;
}
