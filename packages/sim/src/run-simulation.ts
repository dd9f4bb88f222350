import type { Decision, Gfn, VmId } from '@overbook/core';
import type { Host, HostCounters, Translation, SettledValues } from '@overbook/core/host';
import { FILL_OTHER, NS_PER_MS, PAGES_PER_MIB, PAGE_BYTES, toVmId } from '@overbook/core';
import { SeededRandom, Witness, composeHost, settleHost } from '@overbook/core/host';

import { checkGuests } from './check-guests.ts';
import type { CostEntry, CostName } from './costs.ts';
import { CostMetering, costTable } from './costs.ts';
import { Engine } from './engine/engine.ts';
import { ExecutionTimes } from './engine/execution-times.ts';
import type { GuestDisk } from './engine/guest-disk.ts';
import type { Guest } from './engine/guest.ts';
import { HostCores } from './engine/host-cores.ts';
import { replayedFor } from './future/check-future.ts';
import { ReplayedFutures } from './future/replayed-futures.ts';
import { GuestPlaces } from './guest-places.ts';
import type { GuestSpec } from './guest-spec.ts';
import type { PausedRun } from './paused-run.ts';
import { PageWriter } from './engine/page-writer.ts';
import { SimDrivers } from './engine/sim-drivers.ts';
import { Vcpu } from './engine/vcpu.ts';
import { makeDisk, makeGuest, runsDriver, vmOf } from './make-guest.ts';
import { swapDeviceFor } from './swap-device-for.ts';
import { AlertWatch } from './measure/alert-watch.ts';
import { Baseline } from './measure/baseline.ts';
import { GuestPaging, PagingWatcher } from './measure/guest-paging.ts';
import { guestResult } from './measure/guest-results.ts';
import { SeriesRecorder } from './measure/series-recorder.ts';
import { paidCosts } from './measure/paid-costs.ts';
import { ownMachines } from './recorded/copies.ts';
import { drawnTakes, withTakes } from './recorded/takes.ts';
import { StateTimes } from './measure/state-times.ts';
import { summaryOf } from './measure/summary.ts';
import type { GuestResult, SimulationResult } from './result.ts';
import type { RUN_SETTINGS } from './run-settings.ts';
import { settleRun } from './run-settings.ts';
import type { RunConfig, SimulationConfig } from './simulation-config.ts';
import { withinBound } from './within-bound.ts';

/**
 * Runs a host until all its guests have done their work.
 * @throws OverbookError for a configuration that cannot run; PluginFailure, ContractViolation for a strategy
 * that fails
 */
export function runSimulation(config: SimulationConfig): SimulationResult {
  return inRun(config, (run) => run.go());
}

/**
 * Runs a host to a point of its measured part and hands it to the caller for inspection; changes made then are lost
 * afterwards. @param atMs since the measured part began; undefined: when half of the instructions are done
 * @throws as runSimulation, and what `look` throws
 */
export function pauseSimulation<T>(
  config: SimulationConfig,
  atMs: number | undefined,
  look: (paused: PausedRun) => T,
): T {
  return inRun(config, (run) => look(run.pause(atMs)));
}

/**
 * Composes the host of a run exactly as the run would, and disposes it: finds what cannot be composed, without
 * running.
 * @returns what the host says of itself
 * @throws OverbookError for a configuration that cannot run, PluginFailure for a plugin that throws while it is made
 */
export function rehearseSimulation(config: SimulationConfig): Pick<Host, 'mayStarve'> {
  const { host } = composeRun(config);
  try {
    for (const guest of config.guests) swapDeviceFor(guest, host);
    return { mayStarve: host.mayStarve };
  } finally {
    host.dispose();
  }
}

function inRun<T>(config: SimulationConfig, use: (run: Run) => T): T {
  const { host, parts } = composeRun(config);
  try {
    return use(new Run(config, host, parts));
  } finally {
    host.dispose();
  }
}

/** A run's host, with what the run fills in. @throws as runSimulation */
function composeRun(config: SimulationConfig): { host: Host; parts: Parts } {
  const { name, host, guests: asGiven, mix, run } = withinBound(config);
  const { store } = settleHost(host, name).values;
  const random = new SeededRandom(run.seed);
  const writers: PageWriter[] = [];
  const executionTime = new ExecutionTimes();
  const watcher = new PagingWatcher();
  const takes = drawnTakes(asGiven, random);
  const guests = withTakes(asGiven, takes);
  const places = new GuestPlaces(guests, random);
  const drivers = new SimDrivers(places.byVm(guests).map(runsDriver));
  const replayed = replayedFor(mix, places.byVm(guests));
  const futures = replayed && new ReplayedFutures(replayed, run);
  const metering = new CostMetering(costTable(run.costs));
  const edges = {
    ...run.edges,
    random,
    guests: drivers,
    metering,
    executionTime,
    watcher,
    future: futures,
    contentKey: checkGuests(name, asGiven, store),
    // Table pages are guest memory too: what a guest writes into them is private to it.
    tableWritten: (vm: VmId, page: Gfn) => writers[vm]!.writePrivate(page, PAGE_BYTES, FILL_OTHER),
  };
  const { values: settings } = settleRun(run, config.host.memory, name);
  const composed = composeHost({
    ...host,
    ...mix,
    store,
    name,
    vms: places.byVm(guests).map(vmOf),
    seed: run.seed,
    edges,
    bindings: run.bindings,
  });
  return {
    host: composed,
    parts: {
      settings,
      random,
      places,
      takes,
      guests,
      drivers,
      writers,
      executionTime,
      watcher,
      futures,
      metering,
    },
  };
}

interface Parts {
  readonly settings: SettledValues<typeof RUN_SETTINGS>;
  readonly random: SeededRandom;
  readonly places: GuestPlaces;
  /** Which of its takes each guest has, by its place. */
  readonly takes: readonly (number | undefined)[];
  /** In the order of the configuration, with these. */
  readonly guests: readonly GuestSpec[];
  readonly drivers: SimDrivers;
  /** Filled by the run, one a guest. */
  readonly writers: PageWriter[];
  readonly executionTime: ExecutionTimes;
  /** What the host's paging means to each guest; filled by the run. */
  readonly watcher: PagingWatcher;
  /** Where the mix asks what guests will touch. */
  readonly futures: ReplayedFutures | undefined;
  readonly metering: CostMetering;
}

/**
 * One run from power-on to the end. Inside, guests are in the order of their VMs; what is told, in the configuration's.
 */
class Run {
  readonly #config: RunConfig;
  readonly #settings: Parts['settings'];
  readonly #specs: readonly GuestSpec[];
  readonly #host: Host;
  readonly #random: SeededRandom;
  readonly #places: GuestPlaces;
  readonly #takes: readonly (number | undefined)[];
  readonly #guests: readonly Guest[];
  readonly #costs: Readonly<Record<CostName, CostEntry>>;
  readonly #disks: readonly GuestDisk[];
  readonly #metering: CostMetering;
  readonly #vcpus: readonly Vcpu[];
  readonly #witness: Witness | undefined;
  readonly #translation: Translation | undefined;
  readonly #watcher: PagingWatcher;
  readonly #engine: Engine;
  readonly #series: SeriesRecorder;
  readonly #states: StateTimes;
  readonly #alerts: AlertWatch;
  readonly #decisions: Decision[] = [];
  readonly #decisionCounts: Record<string, number> = {};
  readonly #instructions: number;
  #progress = 0;
  #arrivedTouches = 0;

  constructor(config: SimulationConfig, host: Host, parts: Parts) {
    const { random, places, takes, drivers, writers, watcher, settings } = parts;
    const { run } = config;
    const specs = places.byVm(ownMachines(parts.guests, config.guests));
    const { translation } = host;
    this.#config = run;
    this.#settings = settings;
    this.#specs = specs;
    this.#host = host;
    this.#random = random;
    this.#places = places;
    this.#takes = takes;
    this.#translation = translation;
    this.#watcher = watcher;
    const sizes = host.memory.vms.map((vm) => vm.size);
    this.#witness = run.check === true ? new Witness(sizes) : undefined;
    const costs = costTable(run.costs);
    this.#costs = costs;
    this.#metering = parts.metering;
    specs.forEach((_, i) => writers.push(new PageWriter(host, toVmId(i), this.#witness)));
    const nowNs = (): number => host.clock.now();
    this.#disks = specs.map((spec) =>
      makeDisk(spec, { random, costs, nowNs, swapDevice: swapDeviceFor(spec, host) }),
    );
    this.#guests = specs.map((spec, i) =>
      makeGuest(spec, {
        writer: writers[i]!,
        random,
        disk: this.#disks[i]!,
        order: run.order,
        costs,
        translation,
      }),
    );
    drivers.bind(host);
    this.#guests.forEach((guest, i) => drivers.add(guest.driver, specs[i]!.driverFromMs));
    this.#guests.forEach(({ frames }, i) => {
      const paging = frames && new GuestPaging(frames, host.memory.pmaps[i]!);
      watcher.guests.push(paging);
      writers[i]!.paging = paging;
    });
    const blockedLimitNs = settings.blockedLimit * NS_PER_MS;
    this.#vcpus = this.#guests.map(
      (guest, i) => new Vcpu(host, guest.name, guest, writers[i]!, blockedLimitNs),
    );
    parts.executionTime.bind(this.#vcpus);
    parts.futures?.bind(this.#vcpus);
    this.#instructions = this.#guests.reduce((sum, guest) => sum + guest.instructions, 0);
    const read = run.seriesCounters === true ? this.#counters : undefined;
    this.#series = new SeriesRecorder(host, places.byPlace(this.#vcpus), read);
    this.#states = new StateTimes(host);
    this.#alerts = new AlertWatch(host, this.#guests, drivers);
    const hooks = { settled: () => this.#settled(), sampled: () => this.#sampled() };
    const { seriesPeriodMs: period = 1_000 } = run;
    const periodNs = (): number => (typeof period === 'number' ? period : period()) * NS_PER_MS;
    const cores =
      settings.cores < Infinity
        ? new HostCores(settings.cores, () => host.metering.total(), this.#vcpus)
        : undefined;
    this.#engine = new Engine(host, this.#vcpus, hooks, periodNs, cores);
    if ((run.decisionsKept ?? 0) > 0 || run.onDecision !== undefined) {
      host.decisions$.subscribe((decision) => this.#decided(decision));
    }
    const { onObservation } = run;
    if (onObservation !== undefined)
      host.observations$.subscribe((observation) => onObservation(places.observation(observation)));
  }

  pause(atMs: number | undefined): PausedRun {
    this.#arrive();
    const fromNs = this.#host.clock.now();
    this.#vcpus.forEach((vcpu) => vcpu.reset());
    this.#start(fromNs);
    if (atMs === undefined) this.#engine.run(Infinity, () => this.#done() >= 0.5);
    else this.#engine.run(fromNs + atMs * NS_PER_MS);
    return {
      host: this.#host,
      translation: this.#translation,
      atMs: (this.#host.clock.now() - fromNs) / NS_PER_MS,
      done: this.#done(),
      guests: this.#places.byPlace(
        this.#guests.map((guest, i) => ({
          name: guest.name,
          vm: toVmId(i),
          processes: guest.processes?.(),
        })),
      ),
    };
  }

  go(): SimulationResult {
    this.#arrive();
    const fromNs = this.#host.clock.now();
    const baseline = new Baseline(this.#host);
    const hostBefore = this.#counters();
    this.#arrivedTouches = this.#touches();
    this.#host.resetPeaks();
    this.#states.reset();
    this.#alerts.reset();
    this.#vcpus.forEach((vcpu) => vcpu.reset());
    this.#guests.forEach((guest) => guest.resetCounters?.());
    this.#watcher.guests.forEach((paging) => paging?.reset());
    this.#start(fromNs);
    this.#engine.run();
    this.#engine.settleUntil(Math.max(...this.#vcpus.map((vcpu) => vcpu.endNs)));
    this.#config.onProgress?.(1);
    this.#verify();
    return this.#result(fromNs, baseline, hostBefore);
  }

  /**
   * Guests that start in the middle of their life arrive one after the other, by ordinary first touches. Whoever comes
   * last finds the host fullest: the seed draws the order, by the guests' names, not by their places in the file.
   */
  #arrive(): void {
    const { arrivalMiBPerSecond, rest } = this.#settings;
    const nsPerPage = (1_000 * NS_PER_MS) / (arrivalMiBPerSecond * PAGES_PER_MIB);
    let arrived = false;
    for (const i of this.#arrivalOrder()) {
      const guest = this.#guests[i]!;
      if (guest.arrive === undefined) continue;
      const nowNs = this.#host.clock.now();
      guest.arrive(nowNs, nsPerPage);
      this.#vcpus[i]!.begin(nowNs);
      this.#engine.run();
      this.#engine.settleUntil(this.#vcpus[i]!.endNs);
      arrived = true;
    }
    if (arrived) this.#engine.settleUntil(this.#host.clock.now() + rest * NS_PER_MS);
  }

  #arrivalOrder(): readonly number[] {
    return this.#guests
      .map(({ name }, i) => ({ name, i, draw: this.#random.stream(`guest/${name}/arrival`).uint32() }))
      .sort((a, b) => a.draw - b.draw || (a.name < b.name ? -1 : 1))
      .map(({ i }) => i);
  }

  #start(fromNs: number): void {
    this.#guests.forEach((guest, i) => {
      const { offsetMs = 0, afterWork } = this.#specs[i]!;
      const drawn = this.#random
        .stream(`guest/${guest.name}/offset`)
        .below(this.#settings.offsetSpread * NS_PER_MS + 1);
      const startNs = fromNs + Math.round(offsetMs * NS_PER_MS) + drawn;
      guest.start(startNs);
      this.#vcpus[i]!.endsOff = afterWork === 'power-off';
      this.#vcpus[i]!.begin(startNs);
    });
  }

  #settled(): void {
    this.#states.settled();
    this.#alerts.settled();
  }

  #sampled(): void {
    this.#config.signal?.throwIfAborted();
    this.#series.sample();
    this.#config.onSample?.(this.#host, this.#counters);
    this.#verify();
    const done = this.#done();
    if (done < this.#progress + 0.01) return;
    this.#progress = done;
    this.#config.onProgress?.(Math.min(done, 1));
  }

  #verify(): void {
    if (this.#config.check !== true) return;
    this.#host.verify();
    this.#translation?.verify();
    for (const guest of this.#guests) guest.verify?.();
  }

  /** Reads the host's counters, its VMs in the order of the configuration. */
  readonly #counters = (): HostCounters => this.#places.counters(this.#host.counters());

  #decided(taken: Decision): void {
    const decision = this.#places.decision(taken);
    this.#decisionCounts[decision.kind] = (this.#decisionCounts[decision.kind] ?? 0) + 1;
    if (this.#decisions.length < (this.#config.decisionsKept ?? 0)) this.#decisions.push(decision);
    this.#config.onDecision?.(decision);
  }

  /** Part of all instructions that is done. */
  #done(): number {
    return this.#vcpus.reduce((sum, vcpu) => sum + vcpu.instructions, 0) / this.#instructions;
  }

  #touches(): number {
    return this.#vcpus.reduce((sum, vcpu) => sum + vcpu.touches, 0);
  }

  #result(fromNs: number, baseline: Baseline, hostBefore: HostCounters): SimulationResult {
    const host = this.#host;
    const guests = this.#guests.map((guest, i) =>
      guestResult(
        host,
        guest,
        this.#vcpus[i]!,
        baseline.since(i),
        this.#translation?.stats(toVmId(i)),
        this.#watcher.guests[i],
        this.#alerts.ofGuest(i),
      ),
    );
    const cpuNs = baseline.cpuNs();
    const alerts = this.#alerts.ofHost();
    return {
      summary: summaryOf(host, guests, this.#vcpus, { cpuNs, unwritten: baseline.unwritten() }),
      guests: this.#places.byPlace(guests).map((guest, place) => withTake(guest, this.#takes[place])),
      guestsNotAdmitted: guests.filter((guest) => guest.notAdmitted !== undefined).length,
      guestsKilled: guests.filter((guest) => guest.killed !== undefined).length,
      host: this.#counters(),
      hostBefore,
      strategyCounters: host.strategyCounters(),
      policies: host.policyActivity(),
      cpuNs,
      paidCosts: paidCosts(this.#costs, this.#metering, this.#disks),
      stateNs: this.#states.result(),
      ...(alerts === undefined ? {} : { alerts }),
      measuredFromNs: fromNs,
      measuredNs: host.clock.now() - fromNs,
      series: this.#series.result(),
      decisionCounts: this.#decisionCounts,
      decisions: this.#decisions,
      checkedReads: this.#witness?.reads ?? 0,
      touches: this.#arrivedTouches + this.#touches(),
    };
  }
}

function withTake(guest: GuestResult, take: number | undefined): GuestResult {
  return take === undefined ? guest : { ...guest, take: take + 1 };
}
