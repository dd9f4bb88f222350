import type { FramePool } from '../frames/frame-pool.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import type { FrameSource, HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES } from '../ports/memory-state.ts';
import type { MemoryStateModel } from '../pressure/models.ts';
import type { ReclaimReceipt, ReclaimRequest } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toNs, toPages } from '../units/page.ts';
import type { Decision, Why } from '../contract/decision.ts';
import { checkReceipt } from './check-receipt.ts';
import { limitRungs } from './ladder.ts';
import { blame, callsNext, guardCall } from '../contract/plugin-guard.ts';
import type { RunningStrategy } from './running-strategy.ts';
import { shareGoal } from './share-goal.ts';

/** Settings of the reclaimer; all of them are stated by a scenario or labelled as assumed. */
export interface ReclaimerSettings {
  /** Frames an access that waits frees at once (Linux reclaims 32, SWAP_CLUSTER_MAX); 1 without thresholds. */
  readonly directBatch: number;
  /** An order that brought nothing for this long no longer counts. */
  readonly patienceNs: number;
}

/** Pages a strategy may look at for each page it is to free. */
const TRIES_PER_PAGE = 16;
const MIN_TRIES = 64;

/** In place of pages that may be counted on. */
const STUCK = -1;

interface Pending {
  pages: number;
  sinceNs: number;
  stuck: boolean;
}

/** What one VM is to give. */
interface Wish {
  readonly vm: VmId;
  readonly goal: number;
  readonly state: HostMemoryState;
  readonly why: Why;
  /** The VM's charge has to fall: pages that share a frame may be taken too. */
  readonly shared: boolean;
  readonly at: Nanoseconds;
}

/**
 * True for a strategy that takes orders and delivers later, or not at all: only such a strategy is asked ahead of
 * time.
 */
function gives({ strategy }: RunningStrategy): boolean {
  return strategy.pending !== undefined;
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
  readonly #settings: ReclaimerSettings;
  readonly #cpuSpent: () => number;
  readonly #decide: (decision: Decision) => void;
  readonly #listened: () => boolean;
  readonly #pending = new Map<string, Pending>();
  /** Guest memory that each VM may see by order; its size where nothing was ordered. */
  readonly #visible: number[];
  /** VMs asked during one direct reclaim. */
  readonly #asked: Uint8Array;
  /** The one request of direct reclaim, used again: faults must not make garbage. */
  readonly #directRequest: { -readonly [K in keyof ReclaimRequest]: ReclaimRequest[K] };
  #busy = false;
  /** True while values are delivered to subscribers: reclaim is not allowed then. */
  delivering = false;

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
    this.#asked = new Uint8Array(parts.memory.vms.length);
    this.#directRequest = {
      vm: 0 as VmId,
      goal: toPages(parts.settings.directBatch),
      budget: this.#budget(parts.settings.directBatch),
      state: 'low',
      direct: true,
      shared: false,
      at: toNs(0),
    };
    this.#settings = parts.settings;
    this.#cpuSpent = parts.cpuSpent;
    this.#decide = parts.decide;
    this.#listened = parts.listened;
    this.targets = parts.memory.vms.map((vm) => vm.limit);
    this.#visible = parts.memory.vms.map((vm) => vm.size);
  }

  /** The VM is powered off: what was ordered of it, and what a policy let it see, ends with it. */
  forget(vm: VmId): void {
    for (const { id } of this.#strategies) this.#pending.delete(`${id}/${vm}`);
    this.#visible[vm] = this.#memory.vms[vm]!.size;
  }

  /** True where the ladder of a state names a strategy that delivers later. */
  orders(state: HostMemoryState): boolean {
    return this.#rungs[state].some(gives);
  }

  /**
   * Works towards `wanted` free frames with what the state allows, and with orders that the next state would give;
   * holds VMs to their limits in any state.
   */
  balance(
    { state, early }: { readonly state: HostMemoryState; readonly early?: HostMemoryState | undefined },
    wanted: Pages,
    at: Nanoseconds,
  ): void {
    if (this.#model.orders === 'withdrawn') this.#withdrawOrders(state, at);
    const deficit = wanted - this.#pool.free;
    if (deficit > 0 && (state !== 'high' || early !== undefined)) {
      const over = this.#memory.vms.map((vm) => this.#memory.consumed(vm.id) - this.targets[vm.id]!);
      const spare = this.#memory.vms.map((vm) => this.#memory.consumed(vm.id) - vm.reservation);
      shareGoal(deficit, over, spare).forEach((goal, vm) => {
        const wish = { vm: vm as VmId, state, shared: over[vm]! > 0, at } as const;
        const left = this.#descend(this.#rungs[state], { ...wish, goal, why: 'pressure' });
        if (early === undefined) return;
        const ahead = this.#rungs[early].filter((one) => gives(one) && !this.#rungs[state].includes(one));
        this.#descend(ahead, { ...wish, goal: left, why: 'early' });
      });
    }
    for (const { id, limit, size } of this.#memory.vms) if (limit < size) this.#holdToLimit(id, state, at);
    this.#blockAboveTarget(state, at);
  }

  /**
   * Frees frames for an access that waits: from the VM itself when it is at its limit, else from the VMs that are most
   * above target, down to their reservations. Where nothing can be freed at once, orders are given for the access to
   * wait for.
   */
  directReclaim(vm: VmId, at: Nanoseconds): Nanoseconds {
    // A frame wanted in the middle of reclaim: it must come from the reserve or not at all.
    if (this.#busy) return BLOCKED;
    if (this.delivering) {
      throw new ContractViolation(
        'core',
        'nothing reclaims while values are delivered',
        'an access ran inside a subscriber',
      );
    }
    const facts = this.#memory.vms[vm]!;
    if (facts.limit < facts.size && this.#memory.consumed(vm) >= facts.limit) {
      const ready = this.#freeFrom(vm, this.#ownGoal(vm), true, at);
      // A page that left a shared frame frees nothing and lowers the charge, which is what stood in the way.
      return ready === BLOCKED && this.#memory.consumed(vm) < facts.limit ? at : ready;
    }
    let ready = this.#freeFromAny(vm, false, at);
    // Frames behind several pages each: they come free when the last of these pages is taken.
    if (ready === BLOCKED) ready = this.#freeFromAny(vm, true, at);
    if (ready === BLOCKED) this.#orderFor(at);
    return ready;
  }

  /** Asks one VM after the other. @param shared pages that share a frame are taken of all, not only above target */
  #freeFromAny(vm: VmId, shared: boolean, at: Nanoseconds): Nanoseconds {
    this.#asked.fill(0);
    for (let i = 0; i < this.#asked.length; i++) {
      const victim = this.#mostOverTarget();
      this.#asked[victim] = 1;
      const goal = victim === vm ? this.#ownGoal(vm) : this.#spareOf(victim);
      if (goal <= 0) continue;
      const ready = this.#freeFrom(victim, goal, shared || this.#isOverTarget(victim), at);
      if (ready !== BLOCKED) return ready;
    }
    return BLOCKED;
  }

  /** Asks down the ladder of the low state for at most one batch from one VM. */
  #freeFrom(vm: VmId, goal: number, shared: boolean, at: Nanoseconds): Nanoseconds {
    const cpuBefore = this.#cpuSpent();
    const request = this.#directRequest;
    request.vm = vm;
    const batch = Math.min(goal, this.#settings.directBatch);
    request.shared = shared;
    request.at = at;
    for (const running of this.#rungs.low) {
      request.goal = toPages(Math.ceil(batch / running.grain) * running.grain);
      request.budget = this.#budget(request.goal);
      const receipt = this.#ask(running, request, 'access');
      if (receipt !== undefined && receipt.freed > 0) {
        return toNs(Math.max(receipt.readyAt ?? at, at + this.#cpuSpent() - cpuBefore));
      }
    }
    return BLOCKED;
  }

  /** Pages that a VM has above its reservation: others may take no more of it. */
  #spareOf(vm: VmId): number {
    return this.#memory.consumed(vm) - this.#memory.vms[vm]!.reservation;
  }

  /** Pages that a VM may give in exchange for one of its frames: with it, it has its reservation again. */
  #ownGoal(vm: VmId): number {
    return Math.max(1, this.#spareOf(vm) + 1);
  }

  #isOverTarget(vm: VmId): boolean {
    return this.#memory.consumed(vm) > this.targets[vm]!;
  }

  /** An access finds no frame: sees to it that there are orders it can wait for, of the VMs most above target first. */
  #orderFor(at: Nanoseconds): void {
    if (!this.#rungs.low.some(gives)) return;
    const givers = this.#rungs.low.filter(gives);
    let left: number = this.#settings.directBatch;
    for (const running of givers)
      for (const { id } of this.#memory.vms) left -= Math.max(0, this.#stillComing(running, id, at));
    this.#asked.fill(0);
    for (let i = 0; i < this.#asked.length && left > 0; i++) {
      const vm = this.#mostOverTarget();
      this.#asked[vm] = 1;
      const goal = Math.min(left, this.#spareOf(vm));
      if (goal <= 0) continue;
      left -= goal - this.#descend(givers, { vm, goal, state: 'low', why: 'access', shared: true, at });
    }
  }

  /** One order of a policy that names the strategy: carried out now, in any state. */
  direct(strategy: string, vm: VmId, target: Pages, state: HostMemoryState, at: Nanoseconds): void {
    const running = this.#strategies.find((one) => one.id === strategy);
    if (running === undefined) return;
    const goal = this.#memory.consumed(vm) - target - (running.strategy.pending?.(vm) ?? 0);
    if (goal > 0) {
      this.#askFor(running, goal, { vm, state, why: 'order', shared: true, at });
    } else if (goal < 0) {
      this.#relaxBy(running, vm, -goal, at);
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
    this.#descend(rungs, { vm, goal: Math.min(wanted, spare), state, why: 'order', shared: true, at });
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
    for (const { id, limit, size } of this.#memory.vms) {
      // Pages it has and never touched it may take without asking: those given back before, too.
      const untouched = this.#memory.pmaps[id]!.counts[KIND_UNTOUCHED]!;
      let deserved = this.targets[id]! - this.#memory.consumed(id) - untouched;
      // What a balloon holds back for the limit's sake stays where it is.
      if (limit < size) deserved = Math.min(deserved, -this.#beyondLimit(id));
      // What a policy keeps from the guest's eyes stays away.
      const hidden = this.#memory.away(id);
      if (this.#visible[id]! < size) deserved = Math.min(deserved, this.#visible[id]! - (size - hidden));
      for (const running of this.#strategies) {
        if (deserved <= 0) break;
        deserved -= this.#relaxBy(running, id, deserved, at);
      }
    }
  }

  #relaxBy(running: RunningStrategy, vm: VmId, goal: number, at: Nanoseconds): number {
    const given = guardCall(
      running.id,
      () => running.strategy.relax?.({ vm, pages: toPages(goal), at }) ?? 0,
    );
    if (given > 0) this.#decide({ kind: 'relax', time: at, strategy: running.id, vm, pages: toPages(given) });
    return given;
  }

  /** Asks one rung after the other for what is left of a goal. @returns pages that none of them gave or promised */
  #descend(rungs: readonly RunningStrategy[], { vm, goal, state, why, shared, at }: Wish): number {
    let left = goal;
    for (const running of rungs) {
      if (left <= 0) return 0;
      const coming = this.#stillComing(running, vm, at);
      // Told to give and gives nothing: more orders would only promise more.
      if (coming === STUCK) continue;
      left -= coming;
      if (left <= 0) return 0;
      const receipt = this.#askFor(running, left, { vm, state, why, shared, at });
      if (receipt !== undefined) left -= receipt.freed + receipt.ordered;
    }
    return Math.max(0, left);
  }

  /**
   * A VM above its limit gives in any state: a balloon first, then what the ladder has. A balloon takes its time and
   * an access that meets the limit pages at once, so the guest is asked for what it could grow beyond the limit by
   * as soon as it comes near it.
   */
  #holdToLimit(vm: VmId, state: HostMemoryState, at: Nanoseconds): void {
    const { limit } = this.#memory.vms[vm]!;
    const consumed = this.#memory.consumed(vm);
    if (consumed < Math.floor((limit * (100 - (this.#model.earlyPercent ?? 0))) / 100)) return;
    const rungs = this.#limitRungs.filter((one) => !this.#isStopped(one, state));
    const wish = { vm, state, why: 'limit', shared: true, at } as const;
    this.#descend(rungs.filter(gives), { ...wish, goal: this.#beyondLimit(vm) });
    this.#descend(rungs, { ...wish, goal: consumed - limit });
  }

  /** Pages by which a VM would exceed its limit if its guest touched all it has; negative when it could not. */
  #beyondLimit(vm: VmId): number {
    const { limit, size } = this.#memory.vms[vm]!;
    const { counts } = this.#memory.pmaps[vm]!;
    const held = counts[KIND_MAPPED]! + counts[KIND_SHARED]! + this.#memory.away(vm);
    return this.#memory.consumed(vm) + (size - held) - limit;
  }

  /** Orders from milder states are cancelled when this state's ladder does not include the strategy. */
  #withdrawOrders(state: HostMemoryState, at: Nanoseconds): void {
    for (const running of this.#strategies) {
      if (!this.#isStopped(running, state)) continue;
      for (const { id } of this.#memory.vms) {
        const coming = guardCall(running.id, () => running.strategy.pending!(id));
        if (coming > 0) this.#relaxBy(running, id, coming, at);
      }
    }
  }

  /** True for a strategy that delivers later and that milder states may ask but this one may not. */
  #isStopped(running: RunningStrategy, state: HostMemoryState): boolean {
    if (this.#model.orders !== 'withdrawn' || !gives(running)) return false;
    const milder = HOST_MEMORY_STATES.slice(0, HOST_MEMORY_STATES.indexOf(state));
    return !this.#rungs[state].includes(running) && milder.some((one) => this.#rungs[one].includes(running));
  }

  /** Pages ordered of the VM that may still be counted on; STUCK once it has brought nothing for too long. */
  #stillComing(running: RunningStrategy, vm: VmId, at: Nanoseconds): number {
    const now = guardCall(running.id, () => running.strategy.pending?.(vm) ?? 0);
    const key = `${running.id}/${vm}`;
    const known = this.#pending.get(key);
    if (now === 0 || known === undefined || now < known.pages) {
      this.#pending.set(key, { pages: now, sinceNs: at, stuck: false });
      return now;
    }
    known.pages = now;
    if (at - known.sinceNs < this.#settings.patienceNs) return now;
    if (!known.stuck) {
      known.stuck = true;
      this.#decide({ kind: 'stuck', time: at, strategy: running.id, vm, pending: toPages(now) });
    }
    return STUCK;
  }

  /** Asks for so many pages, in whole grains of the strategy. */
  #askFor(running: RunningStrategy, wanted: number, { vm, state, why, shared, at }: Omit<Wish, 'goal'>) {
    const goal = toPages(Math.ceil(wanted / running.grain) * running.grain);
    return this.#ask(
      running,
      { vm, goal, budget: this.#budget(goal), state, direct: false, shared, at },
      why,
    );
  }

  #ask(running: RunningStrategy, request: ReclaimRequest, why: Why): ReclaimReceipt | undefined {
    const { strategy, id } = running;
    if (strategy.reclaim === undefined) return undefined;
    const before = this.#pool.free;
    this.#busy = true;
    let receipt: ReclaimReceipt;
    callsNext(id);
    try {
      receipt = strategy.reclaim(request);
    } catch (error) {
      throw blame(id, error);
    } finally {
      this.#busy = false;
    }
    checkReceipt(id, request, receipt, this.#pool.free - before);
    const said = receipt.freed + receipt.ordered + receipt.tried > 0 || receipt.refused.length > 0;
    if (said && this.#listened()) {
      this.#decide({
        kind: 'receipt',
        time: request.at,
        strategy: id,
        vm: request.vm,
        state: request.state,
        direct: request.direct,
        why,
        goal: request.goal,
        freed: receipt.freed,
        ordered: receipt.ordered,
        tried: receipt.tried,
        refused: receipt.refused,
      });
    }
    return receipt;
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

  /** The VM not asked yet that is furthest above its target, then the one with most above its reservation. */
  #mostOverTarget(): VmId {
    let best = -1;
    let bestOver = -1;
    let bestSpare = 0;
    for (let vm = 0; vm < this.#asked.length; vm++) {
      if (this.#asked[vm] === 1) continue;
      const consumed = this.#memory.consumed(vm as VmId);
      const over = Math.max(0, consumed - this.targets[vm]!);
      const spare = consumed - this.#memory.vms[vm]!.reservation;
      if (over > bestOver || (over === bestOver && spare > bestSpare)) {
        best = vm;
        bestOver = over;
        bestSpare = spare;
      }
    }
    return best as VmId;
  }

  #budget(goal: number): Pages {
    return toPages(goal * TRIES_PER_PAGE + MIN_TRIES);
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
