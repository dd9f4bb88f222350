import type { FramePool } from '../frames/frame-pool.ts';
import type { FrameSource, HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import type { LimitedPool } from '../memory/pool-limits.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES } from '../ports/memory-state.ts';
import type { MemoryStateModel } from '../pressure/models.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import type { Decision } from '../contract/decision.ts';
import { DirectReclaim } from './direct-reclaim.ts';
import { limitRungs } from './ladder.ts';
import { Requests, gives } from './requests.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import type { RunningStrategy } from './running-strategy.ts';
import { shareGoal } from './share-goal.ts';

/** Settings of the reclaimer; all of them are stated by a scenario or labelled as assumed. */
export interface ReclaimerSettings {
  /** Frames an access that waits frees at once (Linux reclaims 32, SWAP_CLUSTER_MAX); 1 without thresholds. */
  readonly directBatch: number;
  /** An order that brought nothing for this long no longer counts. */
  readonly patienceNs: number;
}

/** Turns orders and pressure into per-VM goals and asks down the ladder. */
export class Reclaimer implements FrameSource {
  /** Machine memory each VM should have, as last ordered. */
  readonly targets: Pages[];
  readonly #memory: HostMemory;
  readonly #pool: FramePool;
  readonly #strategies: readonly RunningStrategy[];
  readonly #rungs: Readonly<Record<HostMemoryState, readonly RunningStrategy[]>>;
  /** Asked for what a VM has above its limit, in any state. */
  readonly #limitRungs: readonly RunningStrategy[];
  readonly #model: MemoryStateModel;
  readonly #decide: (decision: Decision) => void;
  readonly #requests: Requests;
  readonly #direct: DirectReclaim;
  /** Guest memory that each VM may see by order; its size where nothing was ordered. */
  readonly #visible: number[];

  constructor(parts: {
    readonly memory: HostMemory;
    readonly pool: FramePool;
    readonly strategies: readonly RunningStrategy[];
    readonly rungs: Readonly<Record<HostMemoryState, readonly string[]>>;
    readonly model: MemoryStateModel;
    readonly settings: ReclaimerSettings;
    /** CPU time spent by all plugins so far. */
    readonly cpuSpent: () => number;
    readonly decide: (decision: Decision) => void;
    /** True when decisions have a subscriber: otherwise no receipt object is made. */
    readonly listened: () => boolean;
  }) {
    this.#memory = parts.memory;
    this.#pool = parts.pool;
    this.#strategies = parts.strategies;
    const runningOf = (id: string): RunningStrategy => parts.strategies.find((one) => one.id === id)!;
    this.#rungs = mapRungs(parts.rungs, runningOf);
    const isLast = (id: string): boolean => runningOf(id).plugin.lastResort === true;
    this.#limitRungs = limitRungs(parts.rungs, isLast).map(runningOf);
    this.#model = parts.model;
    this.#decide = parts.decide;
    this.targets = parts.memory.vms.map((vm) => vm.limit);
    this.#requests = new Requests({
      ...parts,
      patienceNs: parts.settings.patienceNs,
    });
    this.#direct = new DirectReclaim({
      ...parts,
      requests: this.#requests,
      rungs: this.#rungs.low,
      targets: this.targets,
      givers: parts.model.givers,
      batch: parts.settings.directBatch,
    });
    this.#visible = parts.memory.vms.map((vm) => vm.size);
  }

  /** True while values are delivered to subscribers: reclaim is not allowed then. */
  get delivering(): boolean {
    return this.#direct.delivering;
  }

  set delivering(delivering: boolean) {
    this.#direct.delivering = delivering;
  }

  directReclaim(vm: VmId, at: Nanoseconds): Nanoseconds {
    return this.#direct.directReclaim(vm, at);
  }

  /** The VM is powered off: what was ordered of it, and what a policy let it see, ends with it. */
  forget(vm: VmId): void {
    for (const { id } of this.#strategies) this.#requests.forget(id, vm);
    this.#visible[vm] = this.#memory.vms[vm]!.size;
  }

  /** True where the ladder of a state names a strategy that delivers later. */
  orders(state: HostMemoryState): boolean {
    return this.#rungs[state].some(gives);
  }

  /**
   * Works towards `wanted` free frames with what the state allows, and with orders that the next state would give;
   * holds VMs and pools to their limits in any state.
   */
  balance(
    {
      state,
      early,
    }: {
      readonly state: HostMemoryState;
      readonly early?: HostMemoryState | undefined;
    },
    wanted: Pages,
    at: Nanoseconds,
  ): void {
    if (this.#model.orders === 'withdrawn') this.#withdrawOrders(state, at);
    const deficit = wanted - this.#pool.free;
    if (deficit > 0 && (state !== 'high' || early !== undefined)) {
      const over = this.#memory.vms.map((vm) => this.#overTarget(vm.id));
      const spare = this.#memory.vms.map((vm) => this.#memory.consumed(vm.id) - vm.reservation);
      shareGoal(deficit, over, spare).forEach((goal, vm) => {
        const wish = {
          vm: vm as VmId,
          state,
          shared: over[vm]! > 0,
          at,
        } as const;
        const left = this.#requests.descend(this.#rungs[state], {
          ...wish,
          goal,
          why: 'pressure',
        });
        if (early === undefined) return;
        const ahead = this.#rungs[early].filter((one) => gives(one) && !this.#rungs[state].includes(one));
        this.#requests.descend(ahead, { ...wish, goal: left, why: 'early' });
      });
    }
    for (const { id, limit, size } of this.#memory.vms) if (limit < size) this.#holdToLimit(id, state, at);
    for (const pool of this.#memory.poolLimits.pools) this.#holdPool(pool, state, at);
    this.#blockAboveTarget(state, at);
  }

  /** One order of a policy that names the strategy: carried out now, in any state. */
  direct(strategy: string, vm: VmId, target: Pages, state: HostMemoryState, at: Nanoseconds): void {
    const running = this.#strategies.find((one) => one.id === strategy);
    if (running === undefined) return;
    const goal = this.#memory.consumed(vm) - target - (running.strategy.pending?.(vm) ?? 0);
    if (goal > 0) {
      this.#requests.askFor(running, goal, {
        vm,
        state,
        why: 'order',
        shared: true,
        at,
      });
    } else if (goal < 0) {
      this.#requests.relaxBy(running, vm, -goal, at);
    }
  }

  /** A policy wants so many pages of a VM, in any state; its reservation stays with it. */
  reclaimFrom(
    { vm, pages: wanted, by }: { readonly vm: VmId; readonly pages: Pages; readonly by?: string },
    state: HostMemoryState,
    at: Nanoseconds,
  ): void {
    const spare = this.#memory.consumed(vm) - this.#memory.vms[vm]!.reservation;
    const rungs = by === undefined ? this.#limitRungs : this.#strategies.filter(({ id }) => id === by);
    this.#requests.descend(rungs, {
      vm,
      goal: Math.min(wanted, spare),
      state,
      why: 'order',
      shared: true,
      at,
    });
  }

  /** A policy says what the guest may see: the strategy works towards it, and relax gives no more than that back. */
  resize(
    { vm, pages: visible, by }: { readonly vm: VmId; readonly pages: Pages; readonly by?: string },
    at: Nanoseconds,
  ): void {
    const { size } = this.#memory.vms[vm]!;
    const running = this.#strategies.find(
      ({ id, strategy }) => strategy.resize !== undefined && (by ?? id) === id,
    );
    if (running === undefined) return;
    this.#visible[vm] = Math.min(visible, size);
    guardCall(running.id, () => running.strategy.resize!(vm, visible < size ? visible : undefined, at));
  }

  /**
   * VMs below their target may have memory back, in any state that does not page by force: what they then use is taken
   * from those above their targets (min-funding revocation moves memory both ways; OSDI 2002, §5).
   */
  relax(at: Nanoseconds): void {
    const { pools } = this.#memory.poolLimits;
    // What balloons hold back for a pool's limit stays too: its VMs share what is left of it.
    const left = pools.map((pool) => -this.#beyondPool(pool));
    for (const { id, limit, size } of this.#memory.vms) {
      // Pages it has and never touched it may take without asking: those given back before, too.
      const untouched = this.#memory.pmaps[id]!.counts[KIND_UNTOUCHED]!;
      let deserved = this.targets[id]! - this.#memory.consumed(id) - untouched;
      // What a balloon holds back for the limit's sake stays where it is.
      if (limit < size) deserved = Math.min(deserved, -this.#beyondLimit(id));
      // What a policy keeps from the guest's eyes stays away.
      const hidden = this.#memory.away(id);
      if (this.#visible[id]! < size) deserved = Math.min(deserved, this.#visible[id]! - (size - hidden));
      pools.forEach(({ vms }, i) => {
        if (vms.includes(id)) deserved = Math.min(deserved, left[i]!);
      });
      for (const running of this.#strategies) {
        if (deserved <= 0) break;
        const given = this.#requests.relaxBy(running, id, deserved, at);
        deserved -= given;
        pools.forEach(({ vms }, i) => {
          if (vms.includes(id)) left[i]! -= given;
        });
      }
    }
  }

  /**
   * A VM above its limit gives in any state: a balloon first, then what the ladder has. A balloon takes its time and
   * an access that meets the limit pages at once, so the guest is asked for what it could grow beyond the limit by
   * as soon as it comes near it.
   */
  #holdToLimit(vm: VmId, state: HostMemoryState, at: Nanoseconds): void {
    const { limit } = this.#memory.vms[vm]!;
    const consumed = this.#memory.consumed(vm);
    if (consumed < this.#nearLimit(limit)) return;
    const rungs = this.#limitRungs.filter((one) => !this.#isStopped(one, state));
    const wish = { vm, state, why: 'limit', shared: true, at } as const;
    this.#requests.descend(rungs.filter(gives), {
      ...wish,
      goal: this.#beyondLimit(vm),
    });
    this.#requests.descend(rungs, { ...wish, goal: consumed - limit });
  }

  /** The same for a pool: what its VMs are to give is shared among them as the host's deficit is among all. */
  #holdPool(pool: LimitedPool, state: HostMemoryState, at: Nanoseconds): void {
    const held = this.#memory.poolLimits.held(pool);
    if (held < this.#nearLimit(pool.limit)) return;
    const rungs = this.#limitRungs.filter((one) => !this.#isStopped(one, state));
    const over = pool.vms.map((vm) => this.#overTarget(vm));
    const spare = pool.vms.map((vm) => this.#memory.consumed(vm) - this.#memory.vms[vm]!.reservation);
    const wish = { state, why: 'limit', shared: true, at } as const;
    const ask = (asked: readonly RunningStrategy[], excess: number): void => {
      if (excess <= 0) return;
      shareGoal(excess, over, spare).forEach((goal, i) =>
        this.#requests.descend(asked, { ...wish, vm: pool.vms[i]!, goal }),
      );
    };
    ask(rungs.filter(gives), this.#beyondPool(pool));
    ask(rungs, held - pool.limit);
  }

  /** Pages above target that a VM gives before others do; none where all give by size. */
  #overTarget(vm: VmId): number {
    return this.#model.givers === 'by-size' ? 0 : this.#memory.consumed(vm) - this.targets[vm]!;
  }

  /** Charge from which on a limit is looked at. */
  #nearLimit(limit: number): number {
    return Math.floor((limit * (100 - (this.#model.earlyPercent ?? 0))) / 100);
  }

  /** Pages by which a pool would exceed its limit if its guests touched all they have. */
  #beyondPool({ vms, limit }: LimitedPool): number {
    return vms.reduce((sum, vm) => sum + this.#memory.consumed(vm) + this.#mayGrow(vm), 0) - limit;
  }

  /** Pages by which a VM would exceed its limit if its guest touched all it has; negative when it could not. */
  #beyondLimit(vm: VmId): number {
    return this.#memory.consumed(vm) + this.#mayGrow(vm) - this.#memory.vms[vm]!.limit;
  }

  /** Pages that the guest of a VM could still touch: those without a frame that it has not given up. */
  #mayGrow(vm: VmId): number {
    if (this.#memory.poweredOff.has(vm)) return 0;
    const { counts, size } = this.#memory.pmaps[vm]!;
    return size - (counts[KIND_MAPPED]! + counts[KIND_SHARED]! + this.#memory.away(vm));
  }

  /** Orders from milder states are cancelled when this state's ladder does not include the strategy. */
  #withdrawOrders(state: HostMemoryState, at: Nanoseconds): void {
    for (const running of this.#strategies) {
      if (!this.#isStopped(running, state)) continue;
      for (const { id } of this.#memory.vms) {
        const coming = guardCall(running.id, () => running.strategy.pending!(id));
        if (coming > 0) this.#requests.relaxBy(running, id, coming, at);
      }
    }
  }

  /** True for a strategy that delivers later and that milder states may ask but this one may not. */
  #isStopped(running: RunningStrategy, state: HostMemoryState): boolean {
    if (this.#model.orders !== 'withdrawn' || !gives(running)) return false;
    const milder = HOST_MEMORY_STATES.slice(0, HOST_MEMORY_STATES.indexOf(state));
    return !this.#rungs[state].includes(running) && milder.some((one) => this.#rungs[one].includes(running));
  }

  /**
   * In the low state a VM above its target does not run (OSDI 2002, §6.3), or runs until it needs a frame, until it is
   * at its target or the state is left. Looked at in every pass.
   */
  #blockAboveTarget(state: HostMemoryState, at: Nanoseconds): void {
    const { blocking = 'allocation', blocksIn = ['low'] } = this.#model;
    const holds = blocking !== 'none' && blocksIn.includes(state);
    for (const { id } of this.#memory.vms) {
      const pmap = this.#memory.pmaps[id]!;
      const blocked = holds && this.#memory.consumed(id) > this.targets[id]!;
      if (blocked !== pmap.blocked) this.#decide({ kind: blocked ? 'block' : 'unblock', time: at, vm: id });
      pmap.blocked = blocked;
      pmap.stopped = blocked && blocking === 'execution';
    }
  }
}

function mapRungs<T>(
  rungs: Readonly<Record<HostMemoryState, readonly string[]>>,
  of: (id: string) => T,
): Readonly<Record<HostMemoryState, readonly T[]>> {
  return {
    high: rungs.high.map(of),
    clear: rungs.clear.map(of),
    soft: rungs.soft.map(of),
    hard: rungs.hard.map(of),
    low: rungs.low.map(of),
  };
}
