import type { Observable, Subscription } from 'rxjs';
import { Subject } from 'rxjs';

import type { AdmissionRefusal } from '../contract/admission-refusal.ts';
import type { VmChange } from '../contract/vm-change.ts';
import type { VmPower } from '../admission/vm-power.ts';
import type { CreditLedger } from '../counters/credit.ts';
import type { HostCounters } from '../counters/counters.ts';
import { brokenIdentities } from '../counters/identities.ts';
import { OvercommitAverage } from '../counters/overcommit-average.ts';
import { readCounters } from '../counters/read-counters.ts';
import { recount } from '../counters/recount.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import type { GuestLedger } from '../memory/guest-ledger.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { LargePageBreaker } from '../memory/large-page-breaker.ts';
import { verifyInvariants } from '../memory/invariants.ts';
import type { KindTable } from '../pmap/kinds.ts';
import type { Observation, PoolObservation } from '../contract/policy.ts';
import type { CheckedOrder } from '../policy/check-orders.ts';
import type { PolicyActivity, PolicyDesk } from '../policy/policy-desk.ts';
import { HOST_PERIOD } from '../policy/policy-desk.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { Metering } from '../ports/meter.ts';
import type { SaltService, VmFacts } from '../ports/page-service.ts';
import type { ActiveSampler } from '../sampling/active-sampler.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import { severity } from '../ports/memory-state.ts';
import type { PressureLevel } from '../pressure/pressure-level.ts';
import type { ResolvedModel } from '../pressure/resolve-model.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { Decision } from '../contract/decision.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import type { Reclaimer } from '../reclaim/reclaimer.ts';
import type { RunningStrategy } from '../reclaim/running-strategy.ts';
import type { SettledHost } from '../settings/settle-host.ts';
import type { Translation } from '../translate/translation.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Nanoseconds, Pages } from '../units/page.ts';
import { NS_PER_MS, toNs, toPages } from '../units/page.ts';
import { BareVm } from '../vm/bare-vm.ts';
import type { ClockPort } from '../ports/clock.ts';
import { observeHost } from './observe.ts';
import { StallAverages } from './stall-averages.ts';
import type { HostStreams } from './host-streams.ts';

/** Everything composeHost made, for the host to run with. */
export interface HostParts {
  readonly name: string;
  readonly settled: SettledHost;
  readonly mayStarve: boolean;
  readonly translation: Translation | undefined;
  readonly memory: HostMemory;
  readonly pool: FramePool;
  readonly hypervisor: HypervisorFrames;
  readonly store: PageStore;
  readonly view: ((frame: number) => Uint8Array) | undefined;
  readonly kinds: KindTable;
  readonly clock: ClockPort;
  readonly metering: Metering;
  readonly guests: GuestDrivers | undefined;
  /** What guests gave up, where the host has guests. */
  readonly given: GuestLedger | undefined;
  readonly salts: SaltService;
  readonly model: ResolvedModel;
  readonly streams: HostStreams;
  readonly desk: PolicyDesk;
  readonly reclaimer: Reclaimer;
  readonly breaker: LargePageBreaker;
  readonly power: VmPower;
  /** Resource pools as policies see them, and the pool of each VM by name. */
  readonly pools: readonly PoolObservation[];
  readonly poolOf: readonly (string | undefined)[];
  readonly sampler: ActiveSampler;
  readonly ledger: CreditLedger;
  readonly strategies: readonly (RunningStrategy & {
    readonly frames: { readonly own: Pages };
    readonly plugin: { readonly claims?: readonly string[] };
  })[];
  readonly subscriptions: readonly { readonly id: string; readonly subscription: Subscription }[];
  readonly level: PressureLevel;
}

/**
 * A composed host: mapping tables, strategies and policies at work. Nothing happens in it but by `settle` and
 * accesses.
 */
export class Host {
  /** What it was described as, with nothing left open. */
  readonly settled: SettledHost;
  /**
   * True where guests may want more than there is and the mix has no last resort: a VM whose accesses wait too long for
   * a frame has to be ended then.
   */
  readonly mayStarve: boolean;
  /** Page walks, where the setting `translation` asks for them. */
  readonly translation: Translation | undefined;
  readonly memory: HostMemory;
  readonly pool: FramePool;
  readonly store: PageStore;
  readonly clock: ClockPort;
  readonly metering: Metering;
  readonly kinds: KindTable;
  readonly strategies: readonly RunningStrategy[];
  readonly reclaimer: Reclaimer;
  readonly #parts: HostParts;
  readonly #cancel: (() => void)[] = [];
  readonly #bare = new Map<string, BareVm>();
  #cause: Observation['cause'] | undefined;
  /** Periods of policies that came round since they were last asked. */
  readonly #due = new Set<string>();
  readonly #overcommit = new OvercommitAverage();
  readonly #stalls = new StallAverages();
  readonly #observations = new Subject<Observation>();
  /** VMs that had ended when the overcommitment was last reckoned. */
  #ended = -1;
  /** The reading of the last verification. */
  #verified: HostCounters | undefined;
  #nextPassNs = 0;
  #disposed = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.settled = parts.settled;
    this.mayStarve = parts.mayStarve;
    this.translation = parts.translation;
    this.memory = parts.memory;
    this.pool = parts.pool;
    this.store = parts.store;
    this.clock = parts.clock;
    this.metering = parts.metering;
    this.kinds = parts.kinds;
    this.strategies = parts.strategies;
    this.reclaimer = parts.reclaimer;
    this.#every(parts.settled.values.paces.balance, () => {
      this.#cause = 'period';
      this.#due.add(HOST_PERIOD);
    });
    for (const { id, everyMs } of parts.desk.paces) {
      this.#every(everyMs, () => {
        this.#cause ??= 'period';
        this.#due.add(id);
      });
    }
    this.#cancel.push(parts.sampler.start(this.clock));
    this.#watch();
    this.#promise();
  }

  /**
   * Pressure now and at every threshold crossing and decision. Hot; replays its last value; completes with
   * dispose.
   */
  get pressure$(): Observable<Pressure> {
    return this.#parts.streams.pressure$;
  }

  /** Memory state, when it changes. Hot; replays its last value; completes with dispose. */
  get state$(): Observable<HostMemoryState> {
    return this.#parts.streams.state$;
  }

  /** Orders and receipts with their reasons. Hot; no replay; completes with dispose. */
  get decisions$(): Observable<Decision> {
    return this.#parts.streams.decisions$;
  }

  /** What policies are asked with, as it is given to them: a log of it can be replayed. Hot; completes with dispose. */
  get observations$(): Observable<Observation> {
    return this.#observations.asObservable();
  }

  get state(): HostMemoryState {
    return this.#parts.level.state;
  }

  /**
   * Lets the host do what is due at `at`: timers, state changes, deliveries, orders, reclaim. Called between guest
   * batches, never inside one. @throws PluginFailure, ContractViolation
   */
  settle(at: Nanoseconds): void {
    if (this.reclaimer.delivering) {
      throw new ContractViolation(
        'core',
        'no reclaim runs while values are delivered',
        'settle was called inside a subscriber',
      );
    }
    this.clock.advanceTo(at);
    this.pool.passTo(at);
    this.#promise();
    if (this.pool.takeCrossing()) this.#updateState();
    if (this.#cause !== undefined) this.#consult(this.#cause);
    else if (this.#parts.desk.hasOrders) this.#carryOut();
    if (this.clock.now() >= this.#nextPassNs) this.#pass();
    // What the pass brought about (a state left) is told in the same settling.
    if (this.#cause !== undefined) this.#consult(this.#cause);
    this.#parts.ledger.sample();
  }

  /** Moves virtual time on by so many milliseconds, doing what falls due on the way. */
  advance(milliseconds: number): void {
    const end = this.clock.now() + milliseconds * NS_PER_MS;
    while (this.clock.nextDueNs() < end) this.settle(toNs(this.clock.nextDueNs()));
    this.settle(toNs(end));
  }

  /** A VM without an operating system: read and write its pages. @throws Error for an unknown name */
  vm(name: string): BareVm {
    let bare = this.#bare.get(name);
    if (bare === undefined) {
      bare = new BareVm(this, this.#factsOf(name), this.#parts.view);
      this.#bare.set(name, bare);
    }
    return bare;
  }

  /** True for a VM that is powered on. @throws Error for an unknown name */
  isOn(name: string): boolean {
    return this.#parts.power.isOn(this.#factsOf(name).id);
  }

  /**
   * Powers a VM on, if admission control lets it: its reservation and overhead must be unreserved, and what it may have
   * to swap must find swap space (Waldspurger, OSDI 2002, §6.2). Policies are asked at the next settling. Does nothing
   * for a VM that is on.
   * @returns why it was not admitted, with the numbers; undefined when it is on
   */
  powerOn(name: string): AdmissionRefusal | undefined {
    const refusal = this.#parts.power.on(this.#factsOf(name).id, this.clock.now());
    if (refusal === undefined) this.#powered();
    return refusal;
  }

  /** Powers a VM off: everything it held is free. Its guest must be touching nothing any more. */
  powerOff(name: string): void {
    this.#parts.power.off(this.#factsOf(name).id, this.clock.now());
    this.#powered();
  }

  /**
   * The administrator changes a VM's shares, reservation or limit. Policies are asked at the next settling.
   * @throws OVB_VM_INVALID; OVB_ADMISSION for a reservation that does not fit. Nothing has changed then.
   */
  change(name: string, change: VmChange): void {
    this.#parts.power.change(this.#factsOf(name).id, change, this.clock.now());
    this.#cause ??= 'change';
  }

  /** Both sets of counters, exact. O(guest pages). */
  counters(): HostCounters {
    const { memory, pool, store, kinds, clock } = this;
    const { hypervisor, strategies, sampler, guests, model, power } = this.#parts;
    return readCounters({
      memory,
      pool,
      store,
      kinds,
      hypervisor,
      strategies,
      targets: this.reclaimer.targets,
      activityOf: (vm) => sampler.activity(vm),
      hasDriver: (vm) => guests?.hasDriver(vm) ?? false,
      time: clock.now(),
      state: this.state,
      thresholds: model.thresholds,
      wanted: model.wanted,
      unreserved: power.unreserved,
      changed: (vm) => power.isChanged(vm),
      overcommit: this.#overcommit.read(clock.now()),
    });
  }

  /** Pages each strategy gives back now, and at most since `resetPeaks`. */
  credits(): {
    readonly now: Readonly<Record<string, Pages>>;
    readonly peak: Readonly<Record<string, Pages>>;
  } {
    return { now: this.#parts.ledger.now(), peak: this.#parts.ledger.peaks() };
  }

  resetPeaks(): void {
    this.#parts.ledger.reset();
  }

  /** How often each policy was asked and how many orders it gave: one that gave none has changed nothing. */
  policyActivity(): readonly PolicyActivity[] {
    return this.#parts.desk.activity;
  }

  /** What each strategy counts in its own words, by its id. */
  strategyCounters(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(this.strategies.map(({ id, strategy }) => [id, strategy.counters?.() ?? {}]));
  }

  /**
   * Recounts everything: frames, references, backings, counter identities, the strategies' own books.
   * @throws ContractViolation naming plugin and promise
   */
  verify(): void {
    verifyInvariants(this.memory, this.pool, this.#parts.salts);
    this.#parts.given?.verify(this.kinds);
    const counters = this.counters();
    const before = this.#verified;
    const broken = brokenIdentities(counters, {
      recount: recount(this.memory, this.pool),
      ...(before === undefined ? {} : { before }),
    })[0];
    this.#verified = counters;
    if (broken !== undefined)
      throw new ContractViolation(
        'core',
        'counters keep their identities',
        `${broken.id}, ${broken.identity}: ${broken.numbers}`,
      );
    for (const { id, strategy } of this.strategies) guardCall(id, () => strategy.verify?.());
  }

  /** Ends all subscriptions, lets strategies clean up, completes the streams. Doing it twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const cancel of this.#cancel) cancel();
    for (const { subscription } of this.#parts.subscriptions) subscription.unsubscribe();
    this.#parts.desk.dispose();
    for (const { id, strategy } of this.strategies) guardCall(id, () => strategy.dispose?.());
    this.#observations.complete();
    this.#parts.streams.complete();
  }

  #powered(): void {
    this.#ended = -1;
    this.#cause ??= 'power';
  }

  #factsOf(name: string): VmFacts {
    const facts = this.memory.vms.find((one) => one.name === name);
    if (facts !== undefined) return facts;
    throw new Error(`there is no VM '${name}': ${this.memory.vms.map((one) => one.name).join(', ')}`);
  }

  #every(periodMs: number, run: () => void): void {
    let cancel = (): void => undefined;
    const arm = (): void => {
      cancel = this.clock.after(periodMs * NS_PER_MS, () => {
        run();
        arm();
      });
    };
    arm();
    this.#cancel.push(() => cancel());
  }

  /** Reckons anew what running VMs are promised, when one has ended. */
  #promise(): void {
    const { memory, pool, clock } = this;
    if (memory.poweredOff.size === this.#ended) return;
    this.#ended = memory.poweredOff.size;
    const running = memory.vms.filter(({ id }) => !memory.poweredOff.has(id));
    const promised = running.reduce((sum, { size }) => sum + size, 0);
    this.#overcommit.set(clock.now(), promised / (pool.total - this.#parts.hypervisor.vmkernel) - 1);
  }

  /** Free memory crossed a mark: the state may change, or what is done ahead of one. */
  #updateState(): void {
    const { level } = this.#parts;
    const was = severity(level.early ?? level.state);
    const changed = level.update(this.pool.usable);
    this.#watch();
    if (!changed) return;
    if (severity(level.early ?? level.state) > was) this.#nextPassNs = 0;
    this.#cause ??= 'state';
  }

  /** Tells the pool at which free counts the level may change next. */
  #watch(): void {
    const { low, high } = this.#parts.level.marks();
    this.pool.watch(low, high);
  }

  #consult(cause: Observation['cause']): void {
    this.#cause = undefined;
    const observation = this.observe(cause);
    this.#delivering(() => {
      this.#observations.next(observation);
      this.#parts.desk.observe(observation, this.#due);
    });
    this.#due.clear();
    this.#carryOut();
    if (cause === 'period' && severity(this.state) < severity('hard')) this.reclaimer.relax(this.clock.now());
    this.#publish();
  }

  #carryOut(): void {
    const at = this.clock.now();
    for (const one of this.#parts.desk.collect(at, (decision) => this.#parts.streams.decided(decision)))
      this.#obey(one, at);
  }

  #obey({ order, settings }: CheckedOrder, at: Nanoseconds): void {
    if (order.kind === 'tune') {
      const tuned = this.strategies.find((strategy) => strategy.id === order.strategy);
      guardCall(order.strategy, () => tuned?.strategy.tune?.(settings));
      this.#parts.streams.decided({ kind: 'tune', time: at, strategy: order.strategy });
      return;
    }
    // One that was powered off since has nothing to give.
    if (order.kind === 'reclaim') {
      if (this.#parts.power.isOn(order.vm)) this.reclaimer.reclaimFrom(order, this.state, at);
      return;
    }
    const target = this.#parts.power.within(order.vm, order.pages);
    this.reclaimer.targets[order.vm] = target;
    if (order.kind === 'size') this.reclaimer.resize(order, at);
    else if (order.by !== undefined) this.reclaimer.direct(order.by, order.vm, target, this.state, at);
  }

  #pass(): void {
    const at = this.clock.now();
    const { power, breaker, level, model } = this.#parts;
    power.collect();
    breaker.pass(level.largePages, model.high?.leaveAbove ?? Infinity, at);
    this.reclaimer.balance(level, model.wanted, at);
    this.#nextPassNs = at + this.#parts.settled.values.paces.reclaim * NS_PER_MS;
    if (this.pool.takeCrossing()) this.#updateState();
  }

  #publish(): void {
    this.#delivering(() => this.#parts.streams.publish(this.pressure()));
  }

  #delivering(run: () => void): void {
    this.reclaimer.delivering = true;
    try {
      run();
    } finally {
      this.reclaimer.delivering = false;
    }
  }

  /** The value that the pressure stream would carry now. */
  pressure(): Pressure {
    const { level, model } = this.#parts;
    return {
      time: this.clock.now(),
      state: level.state,
      ...(level.early === undefined ? {} : { early: level.early }),
      largePages: level.largePages,
      free: toPages(this.pool.usable),
      total: toPages(this.pool.total),
      thresholds: model.thresholds,
      deficit: toPages(Math.max(0, model.wanted - this.pool.free)),
      vms: this.memory.vms.flatMap(({ id }) =>
        this.memory.poweredOff.has(id)
          ? []
          : [{ vm: id, consumed: this.memory.consumed(id), target: this.reclaimer.targets[id]! }],
      ),
    };
  }

  /** What policies see now. */
  observe(cause: Observation['cause']): Observation {
    const { kinds, memory, pool, state, clock } = this;
    const { targets } = this.reclaimer;
    const sources = { ...this.#parts, kinds, memory, pool, targets, stalls: this.#stalls };
    return observeHost(sources, { time: clock.now(), state, wanted: this.#parts.model.wanted, cause });
  }
}
