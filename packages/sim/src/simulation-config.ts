import type { Decision, Observation } from '@overbook/core';
import type {
  AnyPolicyPlugin,
  AnyStrategyPlugin,
  Binding,
  Chosen,
  Edges,
  Host,
  HostCounters,
  HostSettings,
} from '@overbook/core/host';

import type { CostOverrides } from './costs.ts';
import type { GuestSpec } from './guest-spec.ts';
import type { RunSettings } from './run-settings.ts';

/** What reclaims, and who orders. */
export interface Mix {
  /** In order. */
  readonly strategies: readonly Chosen<AnyStrategyPlugin>[];
  /** Default: ESX entitlement. */
  readonly policies?: readonly Chosen<AnyPolicyPlugin>[] | undefined;
}

/** How a host is run, and what is told of it. */
export interface RunConfig extends RunSettings {
  /** Victims, scans, device times, page order inside intervals, offsets. */
  readonly seed: number;
  /** Order of pages inside an interval, which recordings do not tell: shuffled by the seed, or ascending. */
  readonly order: 'shuffled' | 'recorded';
  /** Costs to use instead of the table's, in nanoseconds. */
  readonly costs?: CostOverrides | undefined;
  /** Period of the time series; default 1 000. A function is asked after every sample. */
  readonly seriesPeriodMs?: number | (() => number) | undefined;
  /**
   * Every counter of the catalogue at every sample. Each sample then looks at every guest page (some 10 ns a page);
   * default no: the series has only what costs nothing to know.
   */
  readonly seriesCounters?: boolean;
  /** Decisions kept in the result, the first so many; default 0. */
  readonly decisionsKept?: number;
  /**
   * Sees the host itself at every sample of the time series, for figures that the series has not. It only looks. The
   * seed draws which VM a guest gets: find VMs by name, or read `counters`, whose VMs are in the order of `guests`.
   */
  readonly onSample?: ((host: Host, counters: () => HostCounters) => void) | undefined;
  /**
   * Every access is held against an independent record, and the host's books are recounted at every sample.
   */
  readonly check?: boolean;
  readonly bindings?: readonly Binding[];
  /** Edges that a run may replace; clock, meter, random and guests are the simulator's. */
  readonly edges?: Pick<Edges, 'swapDevice'>;
  /** Ends the run at the next sample: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Told from time to time how much of all instructions is done, 0..1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Told every decision, as it is taken; its VM is the guest's place in `guests`. */
  readonly onDecision?: ((decision: Decision) => void) | undefined;
  /** Told every observation that policies are asked with, from power-on on; its VMs are the guests' places. */
  readonly onObservation?: ((observation: Observation) => void) | undefined;
}

/** A host, its guests, a mix, and how they run. Equal configurations give equal results, to the last digit. */
export interface SimulationConfig {
  /** For messages. */
  readonly name: string;
  /** Handed to composeHost as it is. Of its setting `translation` only `linux` guests have pages. */
  readonly host: HostSettings;
  readonly guests: readonly GuestSpec[];
  readonly mix: Mix;
  readonly run: RunConfig;
}
