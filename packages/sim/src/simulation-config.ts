import type {
  AnyPolicyPlugin,
  AnyStrategyPlugin,
  Binding,
  Chosen,
  Decision,
  Edges,
  LargePageRules,
  Host,
  MemoryStateSettings,
  Overhead,
  Pages,
  PoolSpec,
  Sampling,
} from '@overbook/core';

import type { CostOverrides } from './costs.ts';
import type { GuestSpec } from './guest-spec.ts';

/**
 * How often things happen. Published ESX paces do little in a recording of two minutes: a scenario states its
 * own.
 */
export interface Paces {
  /** Policies are asked; default 15 000 (ESX Mem.BalancePeriod). */
  readonly balancePeriodMs?: number;
  /** Reclaim works while the state is not high; default 100 (assumed). */
  readonly reclaimPeriodMs?: number;
  /** Working sets are sampled; default 60 000 (ESX Mem.SamplePeriod). */
  readonly samplePeriodMs?: number;
  /** An order that brought nothing for this long no longer counts; default 5 000 (assumed). */
  readonly patienceMs?: number;
}

/** One run: a host, its guests, a mix, a seed. Equal configurations give equal results, to the last digit. */
export interface SimulationConfig {
  /** For messages. */
  readonly name: string;
  /** Machine memory. */
  readonly memory: Pages;
  readonly guests: readonly GuestSpec[];
  /** The mix, in order. */
  readonly strategies: readonly Chosen<AnyStrategyPlugin>[];
  /** Default: ESX entitlement. */
  readonly policies?: readonly Chosen<AnyPolicyPlugin>[];
  /** Id of a shipped model, a model, changes to a shipped one, or `direct`; default esxi-6.x. */
  readonly memoryStates?: string | MemoryStateSettings;
  readonly store: 'keys' | 'bytes';
  /** Victims, scans, device times, page order inside intervals, offsets. */
  readonly seed: number;
  /** Order of pages inside an interval, which recordings do not tell: shuffled by the seed, or ascending. */
  readonly order: 'shuffled' | 'recorded';
  /** Costs to use instead of the table's, in nanoseconds. */
  readonly costs?: CostOverrides;
  readonly paces?: Paces;
  /** How working sets are sampled, beside the period among the paces; defaults are core's. */
  readonly sampling?: Partial<Omit<Sampling, 'periodMs'>>;
  /** 2 MiB frames on the host; default off. */
  readonly largePages?: 'off' | 'on';
  /** How fast large pages are looked at, broken and formed; default as core's. */
  readonly largePageRules?: Partial<LargePageRules>;
  /**
   * How guest-virtual pages are translated, and counted; default not at all. Only `linux` guests have such pages.
   * What translation costs is told apart (GuestResult.translation, account `translation`) and slows no guest.
   */
  readonly translation?: 'nested' | 'shadow';
  /** Resource pools; a guest names its own. */
  readonly pools?: readonly PoolSpec[];
  /** Whether VMs are admitted only where reservations, overheads and swap space fit; default `on`. */
  readonly admission?: 'on' | 'off';
  /** Swap space that admission counts with; default as much as all guests may need. */
  readonly swapSpace?: Pages;
  /** Machine memory that virtualising a VM takes, by table or in pages; default `none`. */
  readonly overhead?: Overhead;
  /** Machine memory that the VMkernel keeps for itself; default none. */
  readonly vmkernel?: Pages;
  /** Frames that only reclaim itself may use; default as core's: 1/256 of memory, at least 16. */
  readonly reserve?: Pages;
  /** The seed moves each guest's start by up to this much; default 1 000. */
  readonly offsetSpreadMs?: number;
  /** Speed at which guests that start at `work-start` arrive, one after the other; default 64 (assumed). */
  readonly arrivalMiBPerSecond?: number;
  /** Quiet time between the last arrival and the measured part; default 1 000 (assumed). */
  readonly restMs?: number;
  /** An access that was blocked for this long ends its VM; default 10 000 (assumed). */
  readonly blockedLimitMs?: number;
  /** Period of the time series; default 1 000. A function is asked after every sample. */
  readonly seriesPeriodMs?: number | (() => number);
  /**
   * Every counter of the catalogue at every sample. Each sample then looks at every guest page (some 10 ns a page);
   * default no: the series has only what costs nothing to know.
   */
  readonly seriesCounters?: boolean;
  /** Decisions kept in the result, the first so many; default 0. */
  readonly decisionsKept?: number;
  /** Sees the host itself at every sample of the time series, for figures that the series has not. It only looks. */
  readonly onSample?: (host: Host) => void;
  /**
   * Every access is held against an independent record, and the host's books are recounted at every sample.
   */
  readonly check?: boolean;
  readonly bindings?: readonly Binding[];
  /** Edges that a run may replace; clock, meter, random and guests are the simulator's. */
  readonly edges?: Pick<Edges, 'swapDevice'>;
  /** Ends the run at the next sample: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told from time to time how much of all instructions is done, 0..1. */
  readonly onProgress?: (fraction: number) => void;
  /** Told every decision, as it is taken. */
  readonly onDecision?: (decision: Decision) => void;
}
