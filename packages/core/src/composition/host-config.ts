import type { ClockPort } from '../ports/clock.ts';
import type { HostMemory, HostMemoryParts } from '../memory/host-memory.ts';
import type { PolicyPlugin } from '../contract/policy.ts';
import type { ExecutionTime } from '../ports/execution-time.ts';
import type { FutureService } from '../ports/future.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { KindWatcher } from '../ports/kind-watcher.ts';
import type { Metering } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { SwapDevice } from '../ports/swap-device.ts';
import type { Token } from '../ports/token.ts';
import { token } from '../ports/token.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { StrategyPlugin } from '../contract/strategy.ts';
import type { HostSettings, HostValues } from '../settings/host-settings.ts';
import type { TableWritten } from '../translate/nested-walk.ts';
import type { TranslationService } from '../translate/translation.ts';
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
  readonly guests?: GuestDrivers | undefined;
  /** What the guests will touch, where that is known before they run. */
  readonly future?: FutureService | undefined;
  /** What tells how long each VM has run; without it working sets are sampled in periods of host time. */
  readonly executionTime?: ExecutionTime;
  /** Default: hostswap's own device model. */
  readonly swapDevice?: SwapDevice | undefined;
  /** Custom page walks, instead of those the setting `translation` asks for. */
  readonly translation?: TranslationService;
  /** Function behind the content keys of a store of keys; default `sha256-64`. */
  readonly contentKey?: string;
  /** Told when the setting `translation` changed the contents of a guest's table page. */
  readonly tableWritten?: TableWritten;
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

/** Everything a host is made of: its settings (HOST_SETTINGS), and what runs on it and around it. */
export interface HostConfig extends Omit<HostSettings, 'store'> {
  /** For messages; default `host`. */
  readonly name?: string;
  readonly vms: readonly VmSpec[];
  /** The mix, in order. */
  readonly strategies: readonly Chosen<AnyStrategyPlugin>[];
  /** Default: those of the profile (ESX entitlement, or nobody orders). */
  readonly policies?: readonly Chosen<AnyPolicyPlugin>[] | undefined;
  /** `bytes` (default here) keeps the real bytes of every frame, `keys` a content key; or a custom store. */
  readonly store?: HostValues['store'] | PageStore | undefined;
  readonly seed?: number;
  readonly edges?: Edges | undefined;
  readonly bindings?: readonly Binding[] | undefined;
}

/** The host of a configuration as it is described, without what runs on it. */
export function settingsIn(config: HostConfig): HostSettings {
  const {
    name: _n,
    vms: _v,
    strategies: _s,
    policies: _p,
    seed: _e,
    edges: _d,
    bindings: _b,
    store,
    ...host
  } = config;
  // A host that a program composes is there to be read and written (BareVm): it keeps bytes unless told otherwise.
  return { ...host, store: typeof store === 'object' ? undefined : (store ?? 'bytes') };
}
