import { limitedPools, toPoolFacts } from '../admission/resource-pools.ts';
import { CreditLedger } from '../counters/credit.ts';
import { FramePool } from '../frames/frame-pool.ts';
import { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { HostMemoryParts } from '../memory/host-memory.ts';
import { GuestLedger } from '../memory/guest-ledger.ts';
import { HostMemory } from '../memory/host-memory.ts';
import { LargePageBreaker } from '../memory/large-page-breaker.ts';
import { KindTable } from '../pmap/kinds.ts';
import type { RunningPolicy } from '../policy/policy-desk.ts';
import { PolicyDesk } from '../policy/policy-desk.ts';
import type { Metering } from '../ports/meter.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Random } from '../ports/random.ts';
import { PAGES, PRESSURE, SALTS } from '../contract/tokens.ts';
import { TRANSLATION } from '../translate/translation-token.ts';
import type { ActiveSamplerParts } from '../sampling/active-sampler.ts';
import { ActiveSampler } from '../sampling/active-sampler.ts';
import { PressureLevel } from '../pressure/pressure-level.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { ResolvedModel } from '../pressure/resolve-model.ts';
import { resolveModel } from '../pressure/resolve-model.ts';
import type { Decision } from '../contract/decision.ts';
import type { LadderCandidate } from '../reclaim/ladder.ts';
import { resolveLadder } from '../reclaim/ladder.ts';
import type { ReclaimerSettings } from '../reclaim/reclaimer.ts';
import { Reclaimer } from '../reclaim/reclaimer.ts';
import type { Backing } from '../contract/strategy.ts';
import type { HostValues } from '../settings/host-settings.ts';
import type { SettledHost } from '../settings/settle-host.ts';
import { settleHost } from '../settings/settle-host.ts';
import type { VmId } from '../units/page.ts';
import { NS_PER_MS, toNs, toPages } from '../units/page.ts';
import { Salts } from '../vm/salts.ts';
import { toVmFacts } from '../vm/vm-spec.ts';
import { checkSizes } from './check-config.ts';
import { checkMix } from './check-mix.ts';
import { Scope } from './container.ts';
import type { Created } from './create-plugins.ts';
import {
  createPolicies,
  createStrategies,
  disposeQuietly,
  creditOwner,
  startStrategies,
  tellPowered,
} from './create-plugins.ts';
import type { HostEdges } from './edges.ts';
import { provide, provideEdges } from './edges.ts';
import { Handover } from '../reclaim/handover.ts';
import type { HostConfig } from './host-config.ts';
import { MEMORY_FACTORY, settingsIn } from './host-config.ts';
import { HostStreams } from '../host/host-streams.ts';
import { Host } from '../host/host.ts';
import { observedPools, powerFacts, powerVms } from './power-vms.ts';

/** Linux reclaims in batches of SWAP_CLUSTER_MAX pages. */
const DIRECT_BATCH = 32;

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
  const settled = settleHost(settingsIn(config), name);
  const { values, model: states } = settled;
  const specs = toVmFacts(config.vms);
  const { frames, capacity } = planMemory(values, name);
  const pools = toPoolFacts(values.pools);
  const powered = powerFacts(config.vms, values.overhead, specs, pools);
  const model = modelOf(settled);
  const scope = Scope.root();
  const edges = provideEdges(scope, config, values, frames);
  const { clock, metering, random, store, contents } = edges;
  const pool = new FramePool(frames, values.reserve, values.largePages === 'on');
  const hypervisor = new HypervisorFrames(pool, specs.length, values.vmkernel);
  const limited = limitedPools(pools, specs, powered);
  const tables = makeTables(config, scope, edges, pool, { vms: specs, limitedPools: limited });
  const { memory, kinds, meter, salts, handover, guests } = tables;
  const streams = new HostStreams(pressureAtRest(pool, model, specs, config));
  provide(scope, config, PRESSURE, () => streams.pressure$);

  createStrategies(config, name, { scope, edges, pool, ...tables, created });
  const mayStarve = checkMix(name, created, { vms: specs, powered, limited, capacity }, config.edges?.guests);
  handover.strategies = created;
  const decide = (decision: Decision): void => streams.decided(decision);
  const reclaimer = reclaimerOf(created, settled, { memory, pool, metering, streams, decide });
  memory.setFrameSource(reclaimer);
  const sampler = samplerOf(config, values, tables, random);
  const booked = {
    settings: values,
    capacity,
    pools,
    vms: powered,
    memory,
    hypervisor,
    reclaimer,
    decide,
    powered: powerTeller(created, reclaimer, sampler, guests),
  };
  const power = powerVms(config.vms, name, booked);
  return new Host({
    name,
    settled,
    mayStarve,
    translation: edges.translation,
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
    given: guests,
    desk: deskOf(createPolicies(config, scope, { clock, guests }, name), memory, created),
    power,
    pools: observedPools(pools),
    poolOf: config.vms.map((vm) => vm.pool),
    breaker: new LargePageBreaker({ memory, pool, meter, strategies: created, rules: values.largePageRules }),
    sampler,
    ledger: new CreditLedger(created.map(creditOwner), memory, pool),
    strategies: created,
  });
}

function deskOf(
  policies: readonly RunningPolicy[],
  { vms }: HostMemory,
  strategies: readonly Created[],
): PolicyDesk {
  return new PolicyDesk(policies, { vms, strategies });
}

/** The memory states in pages of what esxtop calls managed: minFree is a part of what the VMkernel leaves. */
function modelOf({ values: { memory, vmkernel }, model }: SettledHost): ResolvedModel {
  return resolveModel(model, toPages(Math.max(0, memory - vmkernel)));
}

/** Machine memory, and what is left of it for VMs. @throws OVB_HOST_SIZE */
function planMemory({ memory, reserve, vmkernel, memoryStates }: HostValues, name: string) {
  const direct = memoryStates === 'direct';
  const kept = toPages((direct ? 0 : reserve) + vmkernel);
  // Without thresholds the reserve is added to host memory: the guests have exactly `memory` frames.
  const frames = direct ? memory + reserve : memory;
  checkSizes(name, memory, kept, frames);
  return { frames, capacity: toPages(memory - kept) };
}

/** The mapping tables with what hangs on them; backings are filled in by the strategies. */
function makeTables(
  config: HostConfig,
  scope: Scope,
  { store, metering }: HostEdges,
  pool: FramePool,
  whose: Pick<HostMemoryParts, 'vms' | 'limitedPools'>,
) {
  const kinds = new KindTable();
  const backings: (Backing | undefined)[] = [];
  const salts = new Salts(config.vms.map((vm) => vm.salt));
  const translation = scope.has(TRANSLATION) ? scope.get(TRANSLATION) : undefined;
  provide(scope, config, MEMORY_FACTORY, () => makeMemory);
  const meter = metering.meter('core');
  const { watcher } = config.edges ?? {};
  const parts = { ...whose, pool, store, kinds, backings, meter, translation, watcher };
  const memory = scope.get(MEMORY_FACTORY)(parts);
  translation?.bind?.(memory);
  provide(scope, config, PAGES, () => memory);
  provide(scope, config, SALTS, () => salts);
  const guests = config.edges?.guests && new GuestLedger(memory, config.edges.guests);
  return { kinds, backings, salts, translation, meter, memory, guests, handover: new Handover(memory) };
}

function samplerOf(
  { edges }: HostConfig,
  { sampling, paces }: HostValues,
  { memory, meter, translation }: Pick<ActiveSamplerParts, 'memory' | 'meter' | 'translation'>,
  random: Random,
): ActiveSampler {
  const executionTime = edges?.executionTime;
  const chance = random.stream('core/active');
  const settled = { ...sampling, periodMs: paces.sample };
  return new ActiveSampler({ memory, random: chance, meter, sampling: settled, executionTime, translation });
}

function reclaimerOf(
  strategies: readonly Created[],
  { values, model }: Pick<SettledHost, 'values' | 'model'>,
  parts: {
    readonly memory: HostMemory;
    readonly pool: FramePool;
    readonly metering: Metering;
    readonly streams: HostStreams;
    readonly decide: (decision: Decision) => void;
  },
): Reclaimer {
  const { memory, pool, metering, streams, decide } = parts;
  return new Reclaimer({
    memory,
    pool,
    strategies,
    rungs: resolveLadder(model.ladder, strategies.map(candidateOf), model.byOrderOnly),
    model,
    settings: settingsOf(values),
    cpuSpent: () => metering.total(),
    decide,
    listened: () => streams.decisionsObserved,
  });
}

/** Whom a VM's power-on and power-off concern. */
function powerTeller(
  created: readonly Created[],
  reclaimer: Reclaimer,
  sampler: ActiveSampler,
  guests: GuestLedger | undefined,
): (vm: VmId, on: boolean) => void {
  return (vm, on) => {
    if (!on) {
      reclaimer.forget(vm);
      guests?.forget(vm);
    }
    sampler.powered(vm, on);
    tellPowered(created, vm, on);
  };
}

function makeMemory(parts: HostMemoryParts): HostMemory {
  return new HostMemory(parts);
}

function settingsOf({ memoryStates, paces }: HostValues): ReclaimerSettings {
  return {
    directBatch: memoryStates === 'direct' ? 1 : DIRECT_BATCH,
    patienceNs: paces.patience * NS_PER_MS,
  };
}

function pressureAtRest(
  pool: FramePool,
  model: ResolvedModel,
  specs: readonly VmFacts[],
  config: HostConfig,
): Pressure {
  const vms = specs.filter(({ id }) => config.vms[id]!.poweredOn !== false);
  return {
    time: toNs(0),
    state: 'high',
    largePages: 'keep',
    free: toPages(pool.free),
    total: toPages(pool.total),
    thresholds: model.thresholds,
    deficit: toPages(0),
    vms: vms.map((vm) => ({ vm: vm.id, consumed: toPages(0), target: vm.limit })),
  };
}

function candidateOf({ id, plugin, strategy }: Created): LadderCandidate {
  return {
    id,
    actsFrom: plugin.actsFrom ?? 'hard',
    canReclaim: strategy.reclaim !== undefined,
    lastResort: plugin.lastResort === true,
  };
}
