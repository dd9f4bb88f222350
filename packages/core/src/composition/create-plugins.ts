import type { Subscription } from 'rxjs';

import type { CreditOwner } from '../counters/credit.ts';
import { FrameAccount } from '../memory/frame-account.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { GuestLedger } from '../memory/guest-ledger.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { KindTable } from '../pmap/kinds.ts';
import { hostProfile, profileOptions } from '../settings/host-profiles.ts';
import { esxEntitlement } from '../policy/esx-entitlement.ts';
import type { RunningPolicy } from '../policy/policy-desk.ts';
import { CLOCK, DEMOTE, FRAMES, GUESTS, METER, RANDOM, RESCUERS } from '../contract/tokens.ts';
import { guardCall, guardDelivery } from '../contract/plugin-guard.ts';
import { createdBy } from '../contract/told-values.ts';
import type { RunningStrategy } from '../reclaim/running-strategy.ts';
import type { Backing, Strategy } from '../contract/strategy.ts';
import type { VmId } from '../units/page.ts';
import { checkContract, claimOnce, duplicate, noHandler } from './check-config.ts';
import { checkEvery, checkGrain, checkHandlers, checkPlugin, checkSubscription } from './check-plugin.ts';
import type { Scope } from './container.ts';
import type { HostEdges } from './edges.ts';
import { provide } from './edges.ts';
import type { Handover } from '../reclaim/handover.ts';
import type { ClockPort } from '../ports/clock.ts';
import { guardedClock } from '../contract/guarded-clock.ts';
import type { AnyPolicyPlugin, AnyStrategyPlugin, Chosen, HostConfig } from './host-config.ts';
import type { HostStreams } from '../host/host-streams.ts';
import { parseOptions } from './parse-options.ts';
import { resolveNeeds } from './resolve-needs.ts';

/** A strategy made for one host. */
export interface Created extends RunningStrategy {
  readonly plugin: AnyStrategyPlugin;
  /** As its schema made them. */
  readonly options: unknown;
  readonly frames: FrameAccount;
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Makes a host's strategies, each with exactly what it needs, in the order of the mix, and puts the handlers
 * of their backing kinds in place. @throws OverbookError for an unmet need, bad options, a kind or an id that
 * is taken
 */
export function createStrategies(
  config: HostConfig,
  host: string,
  parts: {
    readonly scope: Scope;
    readonly edges: HostEdges;
    readonly pool: FramePool;
    readonly memory: HostMemory;
    readonly kinds: KindTable;
    readonly backings: (Backing | undefined)[];
    readonly handover: Handover;
    readonly guests: GuestLedger | undefined;
    /** Filled one by one, so that the caller can dispose the earlier ones when a later one fails. */
    readonly created: Created[];
  },
): void {
  const { created } = parts;
  for (const one of config.strategies) {
    const { plugin, options } = chosen<AnyStrategyPlugin>(one);
    checkPlugin(plugin, 'strategy', host);
    checkContract(plugin, host);
    if (created.some((other) => other.id === plugin.id)) throw duplicate(plugin.id, host);
    const { edges, memory, pool } = parts;
    const frames = new FrameAccount(pool, memory, edges.store, created.length, plugin.id);
    const own = parts.scope.child();
    provide(own, config, FRAMES, () => frames);
    provide(own, config, CLOCK, () => guardedClock(edges.clock, plugin.id));
    provide(own, config, METER, () => edges.metering.meter(plugin.id));
    provide(own, config, RANDOM, () => ({
      stream: (stream: string) => edges.random.stream(`${plugin.id}/${stream}`),
    }));
    provide(own, config, RESCUERS, () => parts.handover.rescuersFor(plugin.id));
    provide(own, config, DEMOTE, () => parts.handover.demoteFor(plugin.id, frames));
    if (parts.guests !== undefined) provide(own, config, GUESTS, () => parts.guests!.serviceFor(plugin.id));
    const kinds = Object.fromEntries(
      (plugin.kinds ?? []).map((kind) => [kind, parts.kinds.add(kind, plugin.id, plugin.roles?.[kind])]),
    );
    const deps = resolveNeeds(own, plugin, host);
    const settled = parseOptions(plugin, profileOptions(config.profile, plugin.id, options)) as unknown;
    const strategy: Strategy = guardCall(plugin.id, () =>
      createdBy(plugin.id, plugin.create(deps, settled, { id: plugin.id, kinds })),
    );
    created.push({
      id: plugin.id,
      strategy,
      plugin,
      options: settled,
      frames,
      kinds,
      ...settle(plugin, settled),
    });
    checkHandlers(plugin, strategy.backings);
    for (const [kind, id] of Object.entries(kinds)) {
      const backing = strategy.backings?.[kind];
      // Pages that the guest gave up hold nothing: core serves them.
      if (backing === undefined && plugin.roles?.[kind] === 'unplugged') continue;
      if (backing === undefined) throw noHandler(plugin.id, kind, host);
      parts.backings[id] = backing;
    }
  }
  claimOnce(created);
}

/**
 * Disposes the strategies created so far after composition failed. Errors of `dispose` are dropped: the error that
 * stopped composition is the one to report.
 */
export function disposeQuietly(created: readonly Created[]): void {
  for (const { strategy } of created) {
    try {
      strategy.dispose?.();
    } catch {
      // Report the first error, not this one.
    }
  }
}

/** Makes a host's policies; those of its profile where the mix names none: ESX entitlement, or nobody orders. */
export function createPolicies(
  config: HostConfig,
  scope: Scope,
  { clock, guests }: { readonly clock: ClockPort; readonly guests: GuestLedger | undefined },
  host: string,
): readonly RunningPolicy[] {
  return (config.policies ?? usualPolicies(config.profile)).map((one) => {
    const { plugin, options } = chosen<AnyPolicyPlugin>(one);
    checkPlugin(plugin, 'policy', host);
    checkContract(plugin, host);
    const own = scope.child();
    const guarded = guardedClock(clock, plugin.id);
    own.provide(CLOCK, () => guarded);
    if (guests !== undefined) provide(own, config, GUESTS, () => guests.serviceFor(plugin.id));
    const deps = resolveNeeds(own, plugin, host);
    const settled: unknown = parseOptions(plugin, options);
    const policy = guardCall(plugin.id, () => createdBy(plugin.id, plugin.create(deps, settled)));
    const everyMs = guardCall(plugin.id, () => plugin.every?.(settled));
    if (everyMs === undefined) return { id: plugin.id, policy, clock: guarded };
    return { id: plugin.id, policy, clock: guarded, everyMs: checkEvery(plugin.id, everyMs) };
  });
}

function usualPolicies(profile: string | undefined): readonly AnyPolicyPlugin[] {
  return hostProfile(profile).policies === 'none' ? [] : [esxEntitlement];
}

/** Starts background work; what ends with the host is returned. */
export function startStrategies(
  created: readonly Created[],
  streams: HostStreams,
): { id: string; subscription: Subscription }[] {
  const subscriptions: { id: string; subscription: Subscription }[] = [];
  for (const { id, strategy } of created) {
    guardDelivery(id, () => {
      const subscription = strategy.start?.(streams.forPlugin(id));
      if (subscription === undefined) return;
      checkSubscription(id, subscription);
      subscriptions.push({ id, subscription });
    });
  }
  return subscriptions;
}

/** A VM was powered on or off. */
export function tellPowered(created: readonly Created[], vm: VmId, on: boolean): void {
  for (const { id, strategy } of created)
    guardCall(id, () => (on ? strategy.poweredOn?.(vm) : strategy.poweredOff?.(vm)));
}

/** What a strategy is credited for. */
export function creditOwner({ id, plugin, kinds, strategy }: Created): CreditOwner {
  return {
    id,
    kinds: Object.values(kinds),
    claims: plugin.claims ?? [],
    backings: Object.values(strategy.backings ?? {}),
  };
}

/** What a strategy says of itself once its options are known. @throws OVB_PLUGIN_INVALID for a grain of no pages */
function settle(plugin: AnyStrategyPlugin, options: unknown): Pick<Created, 'tunable' | 'grain'> {
  const tunable = guardCall(plugin.id, () => plugin.tunable?.(options));
  const grain = guardCall(plugin.id, () => plugin.grain?.(options)) ?? 1;
  return { grain: checkGrain(plugin.id, grain), ...(tunable === undefined ? {} : { tunable }) };
}

function chosen<P extends object>(one: Chosen<P>): { readonly plugin: P; readonly options?: unknown } {
  return typeof one === 'object' && 'plugin' in one
    ? (one as { plugin: P; options?: unknown })
    : { plugin: one };
}
