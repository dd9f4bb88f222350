import {
  type AnyStrategyPlugin,
  type Binding,
  type Host,
  type MemoryStateModel,
  type Meter,
  type Metering,
  type Mfn,
  type Nanoseconds,
  type SwapDevice,
  type VmSpec,
  ByteStore,
  KeyStore,
  VirtualClock,
  composeHost,
  mfn,
  ns,
  pages,
} from '@overbook/core';

import { type KitContents } from './contents.ts';
import { GuestRecord, type RawStore } from './guest-record.ts';
import { KitGuests } from './kit-guests.ts';
import { kitSwap } from './kit-swap.ts';
import { type DriverMode, ModelGuest } from './model-guest.ts';
import { type Watch, watchPlugin } from './watched-plugin.ts';

export type StoreKind = 'keys' | 'bytes';

/** How one kit host is composed. */
export interface KitHostConfig {
  readonly plugin: AnyStrategyPlugin;
  readonly options?: unknown;
  readonly store: StoreKind;
  readonly seed: number;
  readonly contents: KitContents;
  readonly bindings: readonly Binding[];
  /** Give what the plugin can do without: a swap device, guests' drivers. */
  readonly optionalEdges: boolean;
  /** Put the kit's own swap behind the plugin. */
  readonly lastResort: boolean;
  /** Name of a token that this host shall not give, although the plugin needs it. */
  readonly leaveOut?: string;
}

/** A host with model guests, and all that the kit knows about it. */
export interface KitHost {
  readonly host: Host;
  readonly clock: VirtualClock;
  readonly record: GuestRecord;
  readonly guests: ModelGuest[];
  readonly contents: KitContents;
  /** Guest accesses so far. */
  readonly accesses: { count: number };
  readonly watch: Watch;
  /** A frame outside the pool, for looking into pages. */
  readonly scratch: Mfn;
  readonly lastResort: boolean;
}

interface KitVm extends VmSpec {
  readonly driver: DriverMode;
}

/**
 * Five small VMs: two of one salt, one of another, two of none; every kind of driver; a reservation and a
 * limit.
 */
export const KIT_VMS: readonly KitVm[] = [
  { name: 'a', size: pages(160), salt: 'blue', driver: 'gives', reservation: pages(16) },
  { name: 'b', size: pages(128), salt: 'blue', driver: 'slow' },
  { name: 'c', size: pages(96), salt: 'red', driver: 'none' },
  { name: 'd', size: pages(96), driver: 'stuck', limit: pages(64) },
  { name: 'e', size: pages(96), driver: 'maximum' },
];
/** 352 frames for 576 guest pages. */
const MEMORY = pages(352);
const RESERVE = pages(12);

/** Memory states as on a large host, in parts that leave every state some pages on a host this small. */
const KIT_STATES: MemoryStateModel = {
  id: 'kit',
  title: 'All five states on a host of a few hundred frames',
  source: 'chosen: every state is at least a dozen frames wide and lies above the reserve',
  basis: 'memory',
  thresholds: { high: 24, clear: 20, soft: 16, hard: 12, low: 8 },
  wanted: 'clear',
  leavePercent: 110,
  ladder: {},
  assumed: [],
};

/** Composes the host and its guests. @throws whatever composeHost throws */
export const composeKitHost = (config: KitHostConfig): KitHost => {
  const frames = MEMORY + RESERVE;
  const raw = makeStore(config.store, frames + 1, config.contents);
  const clock = new VirtualClock();
  const drivers = new KitGuests();
  const { plugin, watch } = watchPlugin(config.plugin);
  const gives = (name: string): boolean =>
    config.leaveOut !== name && (config.optionalEdges || requires(config.plugin, name));
  const host = composeHost({
    name: `kit host (${config.store})`,
    memory: MEMORY,
    reserve: RESERVE,
    vms: KIT_VMS.map(({ driver: _driver, ...vm }) => vm),
    strategies: [{ plugin, options: config.options }, ...(config.lastResort ? [kitSwap] : [])],
    memoryStates: KIT_STATES,
    store: raw.store,
    seed: config.seed,
    balancePeriodMs: 10_000,
    reclaimPeriodMs: 10,
    samplePeriodMs: 60_000,
    patienceMs: 500,
    bindings: config.bindings,
    edges: {
      clock,
      metering: new CountedMetering(),
      ...(gives('GUESTS') ? { guests: drivers } : {}),
      ...(gives('SWAP_DEVICE') ? { swapDevice: new SlowDevice() } : {}),
    },
  });
  const record = new GuestRecord(
    KIT_VMS.map((vm) => vm.size),
    config.contents.table,
    raw,
  );
  const guests = host.memory.vms.map((vm, i) => new ModelGuest(vm.id, vm.size, KIT_VMS[i]!.driver, record));
  drivers.join(guests);
  return {
    host,
    clock,
    record,
    guests,
    contents: config.contents,
    accesses: { count: 0 },
    watch,
    scratch: mfn(frames),
    lastResort: config.lastResort,
  };
};

/** True when the plugin cannot do without the token of that name. */
export const requires = (plugin: AnyStrategyPlugin, name: string): boolean =>
  Object.values(plugin.needs).some((need) => typeof need === 'symbol' && shortName(need) === name);

/** `CONTENTS` for the token of that name. */
export const shortName = (needed: symbol): string => (needed.description ?? '').replace('overbook/', '');

const makeStore = (kind: StoreKind, frames: number, contents: KitContents): RawStore =>
  kind === 'bytes'
    ? { kind, store: new ByteStore(frames) }
    : { kind, store: new KeyStore(frames, contents.table.contentKey, contents.table.codec) };

/** Every operation costs a microsecond: arithmetic with costs is exercised, and nothing is tuned to them. */
class CountedMetering implements Metering {
  readonly #spent = new Map<string, number>();
  #total = 0;

  meter(account: string): Meter {
    return {
      spend: (_op, count = 1) => this.#spend(account, count * 1000),
      spendNs: (time) => this.#spend(account, time),
    };
  }

  spent(): ReadonlyMap<string, number> {
    return this.#spent;
  }

  total(): number {
    return this.#total;
  }

  #spend(account: string, time: number): Nanoseconds {
    this.#spent.set(account, (this.#spent.get(account) ?? 0) + time);
    this.#total += time;
    return ns(time);
  }
}

const READ_NS = 100_000;
const WRITE_NS = 20_000;

/** One queue for everything: whoever ignores completion times shows it. */
class SlowDevice implements SwapDevice {
  readonly name = 'kit device';
  #freeAt = 0;

  read(at: Nanoseconds): Nanoseconds {
    return this.#serve(at, READ_NS);
  }

  write(at: Nanoseconds): Nanoseconds {
    return this.#serve(at, WRITE_NS);
  }

  #serve(at: Nanoseconds, time: number): Nanoseconds {
    this.#freeAt = Math.max(this.#freeAt, at) + time;
    return ns(this.#freeAt);
  }
}
