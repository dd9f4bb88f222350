import { toPoolFacts } from '../admission/resource-pools.ts';
import { CreditLedger } from '../counters/credit.ts';
import { FramePool } from '../frames/frame-pool.ts';
import { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { HostMemoryParts } from '../memory/host-memory.ts';
import { HostMemory } from '../memory/host-memory.ts';
import { LargePageBreaker } from '../memory/large-page-breaker.ts';
import { LARGE_PAGE_RULES } from '../memory/large-page-rules.ts';
import { KindTable } from '../pmap/kinds.ts';
import { PolicyDesk } from '../policy/policy-desk.ts';
import type { Meter } from '../ports/meter.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Random } from '../ports/random.ts';
import { PAGES, PRESSURE, SALTS } from '../contract/tokens.ts';
import { TRANSLATION } from '../translate/translation-token.ts';
import type { ActiveSamplerParts } from '../sampling/active-sampler.ts';
import { ActiveSampler } from '../sampling/active-sampler.ts';
import { memoryStateModel } from '../pressure/model-settings.ts';
import { PressureLevel } from '../pressure/pressure-level.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { ResolvedModel } from '../pressure/resolve-model.ts';
import { resolveModel } from '../pressure/resolve-model.ts';
import type { Sampling } from '../sampling/sampling.ts';
import { readSampling } from '../sampling/sampling.ts';
import type { Decision } from '../contract/decision.ts';
import type { LadderCandidate } from '../reclaim/ladder.ts';
import { resolveLadder } from '../reclaim/ladder.ts';
import type { ReclaimerSettings } from '../reclaim/reclaimer.ts';
import { Reclaimer } from '../reclaim/reclaimer.ts';
import type { Backing } from '../contract/strategy.ts';
import { NS_PER_MS, ns, pages } from '../units/page.ts';
import { Salts } from '../vm/salts.ts';
import { toVmFacts } from '../vm/vm-spec.ts';
import { checkSizes, claimOnce } from './check-config.ts';
import { Scope } from './container.ts';
import type { Created } from './create-plugins.ts';
import {
  createPolicies,
  createStrategies,
  disposeQuietly,
  creditOwner,
  startStrategies,
} from './create-plugins.ts';
import type { HostEdges } from './edges.ts';
import { provide, provideEdges } from './edges.ts';
import { Handover } from '../reclaim/handover.ts';
import type { HostConfig } from './host-config.ts';
import { MEMORY_FACTORY } from './host-config.ts';
import { HostStreams } from '../host/host-streams.ts';
import type { HostParts } from '../host/host.ts';
import { Host } from '../host/host.ts';
import { observedPools, powerFacts, powerVms } from './power-vms.ts';

/** Linux reclaims in batches of SWAP_CLUSTER_MAX pages. */
const DIRECT_BATCH = 32;
const MIN_RESERVE = 16;

/**
 * Composes a host: core's services, the mix's plugins and the edges, wired by injection token. The container
 * lives only while this runs; afterwards everything holds direct references.
 * @throws OverbookError for whatever the user can mend: an unmet need, a kind with two owners, bad options, a
 * bad VM
 */
export function composeHost(config: HostConfig): Host {
  const created: Created[] = [];
  try {
    return compose(config, created);
  } catch (error) {
    disposeQuietly(created);
    throw error;
  }
}

/** @param created takes the strategies as they are made: they hold files before the host exists */
function compose(config: HostConfig, created: Created[]): Host {
  const name = config.name ?? 'host';
  const specs = config.vms.map(toVmFacts);
  const { reserve, vmkernel, frames, capacity } = planMemory(config, name);
  const pools = toPoolFacts(config.pools ?? []);
  const powered = powerFacts(config, specs, pools);
  const states = memoryStateModel(config.memoryStates ?? 'esxi-6.x', name);
  const model = resolveModel(states, config.memory);
  const sampling = readSampling(samplingOf(config), name);
  const scope = Scope.root();
  const edges = provideEdges(scope, config, frames);
  const { clock, metering, random, store, contents } = edges;
  const pool = new FramePool(frames, reserve, config.largePages === 'on');
  const hypervisor = new HypervisorFrames(pool, specs.length, vmkernel);
  const tables = makeTables(config, scope, edges, pool, specs);
  const { memory, kinds, meter, salts, handover } = tables;
  const streams = new HostStreams(pressureAtRest(pool, model, specs));
  provide(scope, config, PRESSURE, () => streams.pressure$);

  createStrategies(config, name, { scope, edges, pool, ...tables, created });
  claimOnce(created);
  handover.strategies = created;
  const decide = (decision: Decision): void => streams.decided(decision);
  const reclaimer = new Reclaimer({
    memory,
    pool,
    strategies: created,
    rungs: resolveLadder(states.ladder, created.map(candidateOf)),
    model: states,
    settings: settingsOf(config),
    cpuSpent: () => metering.total(),
    decide,
    listened: () => streams.decisionsObserved,
  });
  memory.setFrameSource(reclaimer);
  const booked = { capacity, pools, vms: powered, memory, hypervisor, reclaimer, decide };
  const power = powerVms(config, name, booked);
  return new Host({
    name,
    memory,
    pool,
    hypervisor,
    store,
    kinds,
    clock,
    metering,
    salts,
    model,
    streams,
    reclaimer,
    subscriptions: startStrategies(created, streams),
    level: new PressureLevel(model, states.largePages, (state) => reclaimer.orders(state)),
    view: contents === undefined ? undefined : (frame) => contents.view(frame as never),
    guests: config.edges?.guests,
    desk: new PolicyDesk(createPolicies(config, scope, clock, name)),
    power,
    pools: observedPools(pools),
    poolOf: config.vms.map((vm) => vm.pool),
    breaker: breakerOf(config, memory, pool, meter, created),
    sampler: samplerOf(config, tables, random, sampling),
    ledger: new CreditLedger(created.map(creditOwner), memory, pool),
    strategies: created,
    periods: periodsOf(config),
  });
}

/** Machine memory, what is kept of it and what is left for VMs. @throws OVB_HOST_SIZE */
function planMemory(config: HostConfig, name: string) {
  const direct = config.memoryStates === 'direct';
  const reserve = config.reserve ?? pages(Math.max(MIN_RESERVE, Math.floor(config.memory / 256)));
  const vmkernel = config.vmkernel ?? pages(0);
  const kept = pages((direct ? 0 : reserve) + vmkernel);
  checkSizes(name, config.memory, kept);
  // Without thresholds the reserve stands on top of host memory: the guests have exactly `memory` frames.
  const frames = direct ? config.memory + reserve : config.memory;
  return { reserve, vmkernel, frames, capacity: pages(config.memory - kept) };
}

/** The mapping tables with what hangs on them; backings are filled in by the strategies. */
function makeTables(
  config: HostConfig,
  scope: Scope,
  { store, metering }: HostEdges,
  pool: FramePool,
  vms: readonly VmFacts[],
) {
  const kinds = new KindTable();
  const backings: (Backing | undefined)[] = [];
  const salts = new Salts(config.vms.map((vm) => vm.salt));
  const translation = scope.has(TRANSLATION) ? scope.get(TRANSLATION) : undefined;
  provide(scope, config, MEMORY_FACTORY, () => makeMemory);
  const meter = metering.meter('core');
  const { watcher } = config.edges ?? {};
  const parts = { vms, pool, store, kinds, backings, meter, translation, watcher };
  const memory = scope.get(MEMORY_FACTORY)(parts);
  translation?.bind?.(memory);
  provide(scope, config, PAGES, () => memory);
  provide(scope, config, SALTS, () => salts);
  return { kinds, backings, salts, translation, meter, memory, handover: new Handover(memory) };
}

function breakerOf(
  { largePageRules }: HostConfig,
  memory: HostMemory,
  pool: FramePool,
  meter: Meter,
  strategies: readonly Created[],
): LargePageBreaker {
  const rules = { ...LARGE_PAGE_RULES, ...largePageRules };
  return new LargePageBreaker({ memory, pool, meter, strategies, rules });
}

function samplerOf(
  { edges }: HostConfig,
  { memory, meter, translation }: Pick<ActiveSamplerParts, 'memory' | 'meter' | 'translation'>,
  random: Random,
  sampling: Sampling,
): ActiveSampler {
  const executionTime = edges?.executionTime;
  const chance = random.stream('core/active');
  return new ActiveSampler({ memory, random: chance, meter, sampling, executionTime, translation });
}

function samplingOf({ sampling, samplePeriodMs }: HostConfig): Partial<Sampling> {
  return {
    ...sampling,
    ...(samplePeriodMs === undefined ? {} : { periodMs: samplePeriodMs }),
  };
}

function makeMemory(parts: HostMemoryParts): HostMemory {
  return new HostMemory(parts);
}

function settingsOf(config: HostConfig): ReclaimerSettings {
  return {
    directBatch: config.memoryStates === 'direct' ? 1 : DIRECT_BATCH,
    patienceNs: (config.patienceMs ?? 5000) * NS_PER_MS,
  };
}

function pressureAtRest(pool: FramePool, model: ResolvedModel, vms: readonly VmFacts[]): Pressure {
  return {
    time: ns(0),
    state: 'high',
    largePages: 'keep',
    free: pages(pool.free),
    total: pages(pool.total),
    thresholds: model.thresholds,
    deficit: pages(0),
    vms: vms.map((vm) => ({ vm: vm.id, consumed: pages(0), target: vm.limit })),
  };
}

function candidateOf({ id, plugin, strategy }: Created): LadderCandidate {
  return {
    id,
    actsFrom: plugin.actsFrom ?? 'hard',
    canReclaim: strategy.reclaim !== undefined,
  };
}

function periodsOf(config: HostConfig): HostParts['periods'] {
  return {
    balanceMs: config.balancePeriodMs ?? 15_000,
    reclaimMs: config.reclaimPeriodMs ?? 100,
  };
}
