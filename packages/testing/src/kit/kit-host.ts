import type { Mfn } from '@overbook/core';
import type { AnyPolicyPlugin, AnyStrategyPlugin, Binding, Chosen, Host } from '@overbook/core/host';
import { toMfn } from '@overbook/core';
import { ByteStore, KeyStore, VirtualClock, composeHost } from '@overbook/core/host';

import type { KitContents } from './contents.ts';
import type { RawStore } from './guest-record.ts';
import { GuestRecord } from './guest-record.ts';
import type { HostShape } from './host-shape.ts';
import { PROOF_SHAPE } from './host-shape.ts';
import { CountedMetering, SlowDevice } from './kit-edges.ts';
import { KitFuture } from './kit-future.ts';
import { KitGuests } from './kit-guests.ts';
import { kitSwap } from './kit-swap.ts';
import { ModelGuest } from './model-guest.ts';
import type { Watch } from './watch.ts';
import { watchPlugin } from './watched-plugin.ts';

export type StoreKind = 'keys' | 'bytes';

/** How one kit host is composed. */
export interface KitHostConfig {
  /** The strategy that is looked at. */
  readonly plugin: AnyStrategyPlugin;
  readonly options?: unknown;
  /** Strategies before it in the mix, and behind it. */
  readonly before?: readonly Chosen<AnyStrategyPlugin>[];
  readonly others?: readonly Chosen<AnyStrategyPlugin>[];
  /** Default: ESX entitlement. */
  readonly policies?: readonly Chosen<AnyPolicyPlugin>[];
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
  /** Default: the host of every proof. */
  readonly shape?: HostShape;
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
  /** That of the strategy that is looked at first, then those of the others in the mix. */
  readonly watches: readonly Watch[];
  /** A frame outside the pool, for looking into pages. */
  readonly scratch: Mfn;
  readonly lastResort: boolean;
}

/** Composes the host and its guests. @throws whatever composeHost throws */
export function composeKitHost(config: KitHostConfig): KitHost {
  const { vms, ...shape } = config.shape ?? PROOF_SHAPE;
  const frames = shape.memory + shape.reserve;
  const raw = makeStore(config.store, frames + 1, config.contents);
  const clock = new VirtualClock();
  const drivers = new KitGuests();
  const { plugin, watch } = watchPlugin(config.plugin);
  const watches = [watch];
  const watched = (chosen: readonly Chosen<AnyStrategyPlugin>[] = []): readonly Chosen<AnyStrategyPlugin>[] =>
    chosen.map((one) => {
      const other = watchPlugin('plugin' in one ? one.plugin : one);
      watches.push(other.watch);
      return { plugin: other.plugin, options: 'plugin' in one ? one.options : undefined };
    });
  const gives = (name: string): boolean =>
    config.leaveOut !== name && (config.optionalEdges || requires(config.plugin, name));
  const sizes = vms.map((vm) => vm.size);
  const accesses = { count: 0 };
  const host = composeHost({
    ...shape,
    name: `kit host (${config.store})`,
    vms: vms.map(({ driver: _driver, ...vm }) => vm),
    strategies: [
      ...watched(config.before),
      { plugin, options: config.options },
      ...watched(config.others),
      ...(config.lastResort ? [kitSwap] : []),
    ],
    ...(config.policies === undefined ? {} : { policies: config.policies }),
    store: raw.store,
    seed: config.seed,
    paces: { balance: 10_000, reclaim: 10, sample: 60_000, patience: 500 },
    bindings: config.bindings,
    edges: {
      clock,
      metering: new CountedMetering(),
      ...(gives('GUESTS') ? { guests: drivers } : {}),
      ...(gives('FUTURE') ? { future: new KitFuture(sizes, accesses) } : {}),
      ...(gives('SWAP_DEVICE') ? { swapDevice: new SlowDevice() } : {}),
    },
  });
  const record = new GuestRecord(
    sizes,
    config.contents.table,
    raw,
    vms.map(({ template }) => template?.pages),
  );
  const guests = host.memory.vms.map((vm, i) => new ModelGuest(vm.id, vm.size, vms[i]!.driver, record));
  drivers.join(guests);
  for (const one of watches) one.join({ host, record, guests });
  return {
    host,
    clock,
    record,
    guests,
    contents: config.contents,
    accesses,
    watch,
    watches,
    scratch: toMfn(frames),
    lastResort: config.lastResort,
  };
}

/** True when the plugin cannot do without the token of that name. */
export function requires(plugin: AnyStrategyPlugin, name: string): boolean {
  return Object.values(plugin.needs).some((need) => typeof need === 'symbol' && shortName(need) === name);
}

/** `CONTENTS` for the token of that name. */
export function shortName(needed: symbol): string {
  return (needed.description ?? '').replace('overbook/', '');
}

function makeStore(kind: StoreKind, frames: number, contents: KitContents): RawStore {
  return kind === 'bytes'
    ? { kind, store: new ByteStore(frames) }
    : { kind, store: new KeyStore(frames, contents.table.contentKey, contents.table.codec) };
}
