import type { Overhead } from '../admission/overhead.ts';
import type { PoolSpec } from '../admission/resource-pools.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { HostMemory, HostMemoryParts } from '../memory/host-memory.ts';
import type { LargePageRules } from '../memory/large-page-rules.ts';
import type { PolicyPlugin } from '../contract/policy.ts';
import type { ExecutionTime } from '../ports/execution-time.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { KindWatcher } from '../ports/kind-watcher.ts';
import type { Metering } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { SwapDevice } from '../ports/swap-device.ts';
import type { Token } from '../ports/token.ts';
import { token } from '../ports/token.ts';
import type { MemoryStateSettings } from '../pressure/model-settings.ts';
import type { Sampling } from '../sampling/sampling.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { StrategyPlugin } from '../contract/strategy.ts';
import type { TranslationService } from '../translate/translation.ts';
import type { Pages } from '../units/page.ts';
import type { VmSpec } from '../vm/vm-spec.ts';

/** A plugin with its options, or the plugin alone with its defaults. */
export type Chosen<P> = P | { readonly plugin: P; readonly options?: unknown };

/** Any strategy plugin: the list of a mix holds plugins of different needs and options, checked at composition. */
export type AnyStrategyPlugin = StrategyPlugin;
export type AnyPolicyPlugin = PolicyPlugin;

/** What surrounds a host; each has a default. */
export interface Edges {
  /** Default: a VirtualClock at 0. */
  readonly clock?: ClockPort;
  /** Default: nothing costs CPU time. */
  readonly metering?: Metering;
  /** Default: SeededRandom of the host's seed. */
  readonly random?: Random;
  /** What runs inside the guests; without it no guest has a balloon driver. */
  readonly guests?: GuestDrivers;
  /** What tells how long each VM has run; without it working sets are sampled in periods of host time. */
  readonly executionTime?: ExecutionTime;
  /** Default: hostswap's own device model. */
  readonly swapDevice?: SwapDevice;
  readonly translation?: TranslationService;
  /** Hears of pages in strategies' kinds: for measuring from outside. */
  readonly watcher?: KindWatcher;
}

/** A token bound to something else than the host would make. */
export interface Binding {
  readonly token: symbol;
  readonly make: (usual: unknown) => unknown;
}

/**
 * Rebinds a token, for tests of broken parts and for experiments.
 * @param make gets what the host would have used (undefined where it has none) and returns what it uses instead
 */
export function bind<T>(bound: Token<T>, make: (usual: T) => T): Binding {
  return {
    token: bound,
    make: make as (usual: unknown) => unknown,
  };
}

/** Makes the mapping tables: rebind it to put a subclass of HostMemory in their place. */
export const MEMORY_FACTORY: Token<(parts: HostMemoryParts) => HostMemory> =
  token<(parts: HostMemoryParts) => HostMemory>('MEMORY_FACTORY');

/** Everything a host is made of. */
export interface HostConfig {
  /** For messages; default `host`. */
  readonly name?: string;
  /** Machine memory. */
  readonly memory: Pages;
  readonly vms: readonly VmSpec[];
  /** The mix, in order. */
  readonly strategies: readonly Chosen<AnyStrategyPlugin>[];
  /** Default: ESX entitlement. */
  readonly policies?: readonly Chosen<AnyPolicyPlugin>[];
  /**
   * Id of a shipped model; a model, or changes to the shipped one that `base` names; or `direct`: no thresholds, one
   * frame at a time when the pool is empty. Default esxi-6.x.
   */
  readonly memoryStates?: string | MemoryStateSettings;
  /** `bytes` (default) keeps the real bytes of every frame, `keys` a content key. */
  readonly store?: 'bytes' | 'keys' | PageStore;
  /**
   * `on`: an untouched region of 512 guest pages is backed by a 2 MiB frame at its first touch, while whole ones
   * are free, and broken into small pages when one of its pages is taken. Default `off`.
   */
  readonly largePages?: 'off' | 'on';
  /** How fast large pages are looked at, broken and formed; see LARGE_PAGE_RULES for the defaults. */
  readonly largePageRules?: Partial<LargePageRules>;
  readonly seed?: number;
  /** Frames that only reclaim itself may use; default 1/256 of memory, at least 16. */
  readonly reserve?: Pages;
  /** Resource pools; a VM names its own (VmSpec.pool). Default: all VMs stand directly below the host. */
  readonly pools?: readonly PoolSpec[];
  /**
   * `on`: a VM is powered on only if its reservation and overhead are unreserved and its swap space is free; one that
   * is to be on from the beginning and does not fit is an error. Default `on`; `off` powers on whatever is asked for.
   */
  readonly admission?: 'on' | 'off';
  /** Swap space that admission control counts with; default as much as all VMs may need: nobody is refused for it. */
  readonly swapSpace?: Pages;
  /** Machine memory that virtualising a VM takes, by table or in pages; default `none`. */
  readonly overhead?: Overhead;
  /** Machine memory that the VMkernel keeps for itself; default none. */
  readonly vmkernel?: Pages;
  /** How often policies are asked; default 15 s (ESX Mem.BalancePeriod). */
  readonly balancePeriodMs?: number;
  /** How often reclaim works while the state is not high; default 100 ms (assumed). */
  readonly reclaimPeriodMs?: number;
  /** Working-set sampling period; default 60 s (ESX Mem.SamplePeriod). As all paces it stands here by itself. */
  readonly samplePeriodMs?: number;
  /** How working sets are sampled, beside the period: pages, gains of the averages, floors, kind of time. */
  readonly sampling?: Partial<Omit<Sampling, 'periodMs'>>;
  /** An order that brought nothing for this long no longer counts; default 5 s (assumed). */
  readonly patienceMs?: number;
  readonly edges?: Edges;
  readonly bindings?: readonly Binding[];
}
