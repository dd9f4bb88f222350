import { type Subscription } from 'rxjs';

import { CreditLedger } from '../counters/credit.ts';
import { FrameAccount } from '../frames/frame-account.ts';
import { FramePool } from '../frames/frame-pool.ts';
import { HostMemory } from '../memory/host-memory.ts';
import { KindTable } from '../pmap/kinds.ts';
import { esxEntitlement } from '../policy/esx-entitlement.ts';
import { PolicyDesk } from '../policy/policy-desk.ts';
import { VirtualClock } from '../ports/clock.ts';
import { SilentMetering } from '../ports/meter.ts';
import { SeededRandom } from '../ports/random.ts';
import { type Token } from '../ports/token.ts';
import {
  CLOCK,
  CONTENTS,
  DEMOTE,
  FRAMES,
  GUESTS,
  METER,
  PAGES,
  PAGE_STORE,
  PRESSURE,
  RANDOM,
  RESCUERS,
  SALTS,
  SWAP_DEVICE,
  TRANSLATION,
} from '../ports/tokens.ts';
import { ActiveSampler } from '../pressure/active-sampler.ts';
import {
  MEMORY_STATE_MODELS,
  type MemoryStateModel,
  type ResolvedModel,
  resolveModel,
} from '../pressure/models.ts';
import { resolveLadder } from '../reclaim/ladder.ts';
import { guardCall, guardDelivery } from '../reclaim/plugin-guard.ts';
import { Reclaimer, type RunningStrategy } from '../reclaim/reclaimer.ts';
import { ByteStore } from '../store/byte-store.ts';
import { KeyStore } from '../store/key-store.ts';
import { type PageStore } from '../store/page-store.ts';
import { type Backing, CONTRACT, type Strategy } from '../strategy/contract.ts';
import { OverbookError } from '../units/errors.ts';
import { NS_PER_MS, type Pages, pages } from '../units/page.ts';
import { Salts } from '../vm/salts.ts';
import { toVmFacts } from '../vm/vm-spec.ts';
import { Scope } from './container.ts';
import { type ClockPort, guardedClock } from './host-clock.ts';
import {
  type AnyPolicyPlugin,
  type AnyStrategyPlugin,
  type Chosen,
  type HostConfig,
  MEMORY_FACTORY,
} from './host-config.ts';
import { HostStreams } from './host-streams.ts';
import { Host } from './host.ts';
import { parseOptions } from './parse-options.ts';
import { Handover } from './handover.ts';
import { resolveNeeds } from './resolve-needs.ts';

/** Linux reclaims in batches of SWAP_CLUSTER_MAX pages. */
const DIRECT_BATCH = 32;
const MIN_RESERVE = 16;

interface Created extends RunningStrategy {
  readonly plugin: AnyStrategyPlugin;
  readonly frames: FrameAccount;
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Composes a host: core's services, the mix's plugins and the edges, wired by injection token. The container lives only
 * while this runs; afterwards everything holds direct references.
 * @throws OverbookError for whatever the user can mend: an unmet need, a kind with two owners, bad options, a bad VM
 */
export const composeHost = (config: HostConfig): Host => {
  const name = config.name ?? 'host';
  const specs = config.vms.map(toVmFacts);
  const direct = config.memoryStates === 'direct';
  const reserve = pages(config.reserve ?? Math.max(MIN_RESERVE, Math.floor(config.memory / 256)));
  checkSizes(name, config.memory, reserve, specs);
  // Without thresholds the reserve stands on top of host memory: the guests have exactly `memory` frames.
  const frames = direct ? config.memory + reserve : config.memory;
  const model: ResolvedModel = direct
    ? { thresholds: {}, states: [], wanted: pages(0) }
    : resolveModel(findModel(config, name), config.memory);
  const ladder = direct ? {} : findModel(config, name).ladder;

  const scope = Scope.root();
  const edges = provideEdges(scope, config, frames);
  const { clock, metering, random, store, contents } = edges;
  const pool = new FramePool(frames, reserve);
  const kinds = new KindTable();
  const backings: (Backing | undefined)[] = [];
  const salts = new Salts(config.vms.map((vm) => vm.salt));
  const translation = scope.has(TRANSLATION) ? scope.get(TRANSLATION) : undefined;
  const usual = (parts: ConstructorParameters<typeof HostMemory>[0]): HostMemory => new HostMemory(parts);
  provide(scope, config, MEMORY_FACTORY, () => usual);
  const memory = scope.get(MEMORY_FACTORY)({
    vms: specs,
    pool,
    store,
    kinds,
    backings,
    meter: metering.meter('core'),
    translation,
  });
  const handover = new Handover(memory);
  provide(scope, config, PAGES, () => memory);
  provide(scope, config, SALTS, () => salts);

  const state = { current: 'high' as const };
  const streams = new HostStreams({
    time: clock.now(),
    state: 'high',
    free: pages(pool.free),
    total: pages(pool.total),
    thresholds: model.thresholds,
    deficit: pages(0),
    vms: specs.map((vm) => ({ vm: vm.id, consumed: pages(0), target: vm.limit })),
  });
  provide(scope, config, PRESSURE, () => streams.pressure$);

  const created = createStrategies(config, name, { scope, edges, pool, memory, kinds, backings, handover });
  claimOnce(created);
  handover.strategies = created;
  const candidates = created.map(({ id, plugin, strategy }) => ({
    id,
    actsFrom: plugin.actsFrom ?? ('hard' as const),
    canReclaim: strategy.reclaim !== undefined,
  }));
  const reclaimer = new Reclaimer({
    memory,
    pool,
    strategies: created,
    rungs: resolveLadder(ladder, candidates),
    settings: { directBatch: direct ? 1 : DIRECT_BATCH, patienceNs: (config.patienceMs ?? 5000) * NS_PER_MS },
    cpuSpent: () => metering.total(),
    decide: (decision) => streams.decided(decision),
    listened: () => streams.decisionsObserved,
  });
  memory.setFrameSource(reclaimer);
  const subscriptions = startStrategies(created, streams);
  return new Host({
    name,
    memory,
    pool,
    store,
    kinds,
    clock,
    metering,
    salts,
    model,
    streams,
    reclaimer,
    subscriptions,
    state,
    view: contents === undefined ? undefined : (frame) => contents.view(frame as never),
    guests: config.edges?.guests,
    desk: new PolicyDesk(createPolicies(config, scope, clock, name)),
    sampler: new ActiveSampler(memory, random.stream('core/active'), translation),
    ledger: new CreditLedger(created.map(creditOwner), memory, pool),
    strategies: created,
    periods: {
      balanceMs: config.balancePeriodMs ?? 15_000,
      reclaimMs: config.reclaimPeriodMs ?? 100,
      sampleMs: config.samplePeriodMs ?? 60_000,
    },
  });
};

/** Registers a thing, or what the user bound in its place. */
const provide = <T>(scope: Scope, config: HostConfig, token: Token<T>, make: () => T): void => {
  const rebound = config.bindings?.find((binding) => binding.token === token);
  scope.provide(token, () => (rebound === undefined ? make() : (rebound.make(make()) as T)));
};

const provideEdges = (scope: Scope, config: HostConfig, frames: number) => {
  const edges = config.edges ?? {};
  const clock: ClockPort = edges.clock ?? new VirtualClock();
  const metering = edges.metering ?? new SilentMetering();
  const random = edges.random ?? new SeededRandom(config.seed ?? 1);
  const chosen: PageStore =
    typeof config.store === 'object'
      ? config.store
      : config.store === 'keys'
        ? new KeyStore(frames)
        : new ByteStore(frames);
  provide(scope, config, PAGE_STORE, () => chosen);
  const store = scope.get(PAGE_STORE);
  const contents = chosen instanceof ByteStore ? chosen : undefined;
  if (contents !== undefined) provide(scope, config, CONTENTS, () => contents);
  if (edges.guests !== undefined) provide(scope, config, GUESTS, () => edges.guests!);
  if (edges.swapDevice !== undefined) provide(scope, config, SWAP_DEVICE, () => edges.swapDevice!);
  if (edges.translation !== undefined) provide(scope, config, TRANSLATION, () => edges.translation!);
  return { clock, metering, random, store, contents };
};

const createStrategies = (
  config: HostConfig,
  host: string,
  parts: {
    readonly scope: Scope;
    readonly edges: ReturnType<typeof provideEdges>;
    readonly pool: FramePool;
    readonly memory: HostMemory;
    readonly kinds: KindTable;
    readonly backings: (Backing | undefined)[];
    readonly handover: Handover;
  },
): readonly Created[] => {
  const created: Created[] = [];
  for (const one of config.strategies) {
    const { plugin, options } = chosen<AnyStrategyPlugin>(one);
    checkContract(plugin, host);
    if (created.some((other) => other.id === plugin.id)) throw duplicate(plugin.id, host);
    const { edges, memory, pool } = parts;
    const frames = new FrameAccount(pool, () => memory, edges.store, created.length);
    const own = parts.scope.child();
    provide(own, config, FRAMES, () => frames);
    provide(own, config, CLOCK, () => guardedClock(edges.clock, plugin.id));
    provide(own, config, METER, () => edges.metering.meter(plugin.id));
    provide(own, config, RANDOM, () => ({
      stream: (stream: string) => edges.random.stream(`${plugin.id}/${stream}`),
    }));
    provide(own, config, RESCUERS, () => parts.handover.rescuersFor(plugin.id));
    provide(own, config, DEMOTE, () => parts.handover.demoteFor(plugin.id));
    const kinds = Object.fromEntries(
      (plugin.kinds ?? []).map((kind) => [kind, parts.kinds.add(kind, plugin.id)]),
    );
    const deps = resolveNeeds(own, plugin, host);
    const settled = parseOptions(plugin, options) as unknown;
    const strategy: Strategy = guardCall(plugin.id, () =>
      plugin.create(deps, settled, { id: plugin.id, kinds }),
    );
    for (const [kind, id] of Object.entries(kinds)) {
      const backing = strategy.backings?.[kind];
      if (backing === undefined) throw noHandler(plugin.id, kind, host);
      parts.backings[id] = backing;
    }
    created.push({ id: plugin.id, strategy, plugin, frames, kinds });
  }
  return created;
};

const createPolicies = (config: HostConfig, scope: Scope, clock: ClockPort, host: string) =>
  (config.policies ?? [esxEntitlement]).map((one) => {
    const { plugin, options } = chosen<AnyPolicyPlugin>(one);
    checkContract(plugin, host);
    const own = scope.child();
    const guarded = guardedClock(clock, plugin.id);
    own.provide(CLOCK, () => guarded);
    const deps = resolveNeeds(own, plugin, host);
    const policy = guardCall(plugin.id, () => plugin.create(deps, parseOptions(plugin, options)));
    return { id: plugin.id, policy, clock: guarded };
  });

const startStrategies = (
  created: readonly Created[],
  streams: HostStreams,
): { id: string; subscription: Subscription }[] => {
  const subscriptions: { id: string; subscription: Subscription }[] = [];
  for (const { id, strategy } of created) {
    guardDelivery(id, () => {
      const subscription = strategy.start?.(streams.forPlugin(id));
      if (subscription !== undefined) subscriptions.push({ id, subscription });
    });
  }
  return subscriptions;
};

const creditOwner = ({ id, plugin, kinds, strategy }: Created) => ({
  id,
  kinds: Object.values(kinds),
  claims: plugin.claims ?? [],
  backings: Object.values(strategy.backings ?? {}),
});

const chosen = <P extends object>(one: Chosen<P>): { readonly plugin: P; readonly options?: unknown } =>
  'plugin' in one ? (one as { plugin: P; options?: unknown }) : { plugin: one };

const findModel = (config: HostConfig, host: string): MemoryStateModel => {
  const wanted = config.memoryStates ?? 'esxi-6.x';
  if (typeof wanted !== 'string') return wanted;
  const model = MEMORY_STATE_MODELS[wanted];
  if (model !== undefined) return model;
  throw new OverbookError(
    'OVB_MODEL_UNKNOWN',
    host,
    `there is no memory-state model '${wanted}'`,
    `Known: direct, ${Object.keys(MEMORY_STATE_MODELS).join(', ')}.`,
  );
};

const checkSizes = (
  host: string,
  memory: Pages,
  reserve: Pages,
  vms: readonly { readonly reservation: Pages; readonly name: string }[],
): void => {
  if (!Number.isInteger(memory) || memory < 1 || memory > 2 ** 28 || reserve >= memory + reserve * 2) {
    throw new OverbookError(
      'OVB_HOST_SIZE',
      host,
      `memory is ${memory} pages`,
      'Give 1 page to 1 TiB of whole 4 KiB pages.',
    );
  }
  if (reserve >= memory) {
    throw new OverbookError(
      'OVB_HOST_SIZE',
      host,
      `the reserve of ${reserve} frames leaves nothing of ${memory}`,
      'Give the host more memory or a smaller reserve.',
    );
  }
  const reserved = vms.reduce((sum, vm) => sum + vm.reservation, 0);
  if (reserved > memory - reserve) {
    throw new OverbookError(
      'OVB_RESERVATIONS',
      host,
      `reservations add up to ${reserved} pages, the host has ${memory - reserve} to give`,
      `Lower reservations of ${vms
        .filter((vm) => vm.reservation > 0)
        .map((vm) => vm.name)
        .join(', ')}, or give the host more memory.`,
    );
  }
};

const checkContract = (plugin: { readonly id: string; readonly contract: number }, host: string): void => {
  if (plugin.contract === CONTRACT) return;
  throw new OverbookError(
    'OVB_CONTRACT',
    host,
    `plugin '${plugin.id}' speaks contract ${plugin.contract}, this core speaks ${CONTRACT}`,
    'Install versions of the plugin and of @overbook/core that belong together.',
  );
};

const claimOnce = (created: readonly Created[]): void => {
  const owners = new Map<string, string>();
  for (const { id, plugin } of created) {
    for (const claim of plugin.claims ?? []) {
      const other = owners.get(claim);
      if (other !== undefined) {
        throw new OverbookError(
          'OVB_KIND_TAKEN',
          id,
          `'${claim}' pages are already credited to ${other}`,
          'Leave one of the two strategies out of the mix.',
        );
      }
      owners.set(claim, id);
    }
  }
};

const duplicate = (id: string, host: string): OverbookError =>
  new OverbookError(
    'OVB_ID_TAKEN',
    host,
    `two strategies are called '${id}'`,
    'Name each strategy once in a mix; ids are unique.',
  );

const noHandler = (id: string, kind: string, host: string): OverbookError =>
  new OverbookError(
    'OVB_NO_HANDLER',
    host,
    `strategy '${id}' declares kind '${kind}' and brings no handler`,
    `Return backings: { ${kind}: … } from create.`,
  );
