import { ContractViolation } from '../contract/contract-violation.ts';
import type { ReclaimRequest } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Givers } from '../pressure/models.ts';
import type { FrameSource, HostMemory } from '../memory/host-memory.ts';
import type { LimitedPool } from '../memory/pool-limits.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toNs, toPages } from '../units/page.ts';
import type { Requests } from './requests.ts';
import { budgetFor, gives } from './requests.ts';
import type { RunningStrategy } from './running-strategy.ts';
import { Turns } from './turns.ts';

/** What direct reclaim works with. */
export interface DirectReclaimParts {
  readonly memory: HostMemory;
  readonly requests: Requests;
  /** The mix, in order. */
  readonly strategies: readonly RunningStrategy[];
  /** The ladder of the low state, whatever state the host is in. */
  readonly rungs: readonly RunningStrategy[];
  /** Machine memory each VM should have, as last ordered. */
  readonly targets: readonly Pages[];
  /** Who gives; default: the VMs most above target. */
  readonly givers?: Givers | undefined;
  /** Frames freed at once. */
  readonly batch: number;
  /** CPU time spent by all plugins so far. */
  readonly cpuSpent: () => number;
}

/** Reclaim for an access that waits: a batch of frames at once, or orders that it can wait for. */
export class DirectReclaim implements FrameSource {
  readonly #memory: HostMemory;
  readonly #requests: Requests;
  readonly #rungs: readonly RunningStrategy[];
  /** Those that can give frames of what they keep. */
  readonly #shrinkers: readonly RunningStrategy[];
  readonly #targets: readonly Pages[];
  /** Where VMs give by size: whose turn it is. */
  readonly #turns: Turns | undefined;
  readonly #batch: number;
  readonly #cpuSpent: () => number;
  /** VMs asked so far. */
  readonly #asked: Uint8Array;
  /** Pages above target and above reservation of the VM that `#nextGiver` found. */
  #over = 0;
  #spare = 0;
  /** The one request, used again: faults must not make garbage. */
  readonly #request: {
    -readonly [K in keyof ReclaimRequest]: ReclaimRequest[K];
  };
  /** When what was freed last is written. */
  #writtenAt: Nanoseconds = toNs(0);
  /** True while values are delivered to subscribers: reclaim is not allowed then. */
  delivering = false;

  constructor(parts: DirectReclaimParts) {
    const { memory, requests, strategies, rungs, targets, givers, batch, cpuSpent } = parts;
    this.#memory = memory;
    this.#turns = givers === 'by-size' ? new Turns(memory.vms.length) : undefined;
    this.#requests = requests;
    this.#rungs = rungs;
    this.#shrinkers = strategies.filter(({ strategy }) => strategy.shrink !== undefined);
    this.#targets = targets;
    this.#batch = batch;
    this.#cpuSpent = cpuSpent;
    this.#asked = new Uint8Array(memory.vms.length);
    this.#request = {
      vm: 0 as VmId,
      goal: toPages(batch),
      budget: budgetFor(batch),
      state: 'low',
      direct: true,
      shared: false,
      at: toNs(0),
    };
  }

  /**
   * Frees frames for an access that waits: from the VM itself when it is at its limit, from those of its pool when
   * that is at its limit, else from the VMs that are most above target, down to their reservations. Where nothing can
   * be freed at once, orders are given for the access to wait for.
   */
  directReclaim(vm: VmId, at: Nanoseconds): Nanoseconds {
    // A frame wanted in the middle of reclaim: it must come from the reserve or not at all.
    if (this.#requests.busy) return BLOCKED;
    if (this.delivering) {
      throw new ContractViolation(
        'core',
        'no reclaim runs while values are delivered',
        'an access ran inside a subscriber',
      );
    }
    const facts = this.#memory.facts[vm]!;
    if (facts.limit < facts.size && this.#memory.consumed(vm) >= facts.limit) {
      const ready = this.#lower(vm, ownGoal(this.#spareOf(vm)), at);
      // A page that left a shared frame frees nothing and lowers the charge, which is what stood in the way.
      return ready === BLOCKED && this.#memory.consumed(vm) < facts.limit ? at : ready;
    }
    const pool = this.#memory.poolLimits.full(vm);
    if (pool !== undefined) return this.#freeInPool(pool, vm, at);
    let ready = this.#freeFromAny(vm, false, at);
    // Frames behind several pages each: they come free when the last of these pages is taken.
    if (ready === BLOCKED) ready = this.#freeFromAny(vm, true, at);
    if (ready === BLOCKED) ready = this.#shrink(vm, at);
    if (ready === BLOCKED) this.#orderFor(undefined, at);
    return ready;
  }

  /**
   * No VM has a page left to take: a frame in which a strategy keeps pages, of the VM that waits before others.
   * Otherwise a cache could hold what reservations leave to the other VMs, for ever.
   */
  #shrink(vm: VmId, at: Nanoseconds): Nanoseconds {
    const cpuBefore = this.#cpuSpent();
    for (const running of this.#shrinkers) {
      for (let i = 0; i < this.#memory.vms.length; i++) {
        const { id } = this.#memory.facts[(vm + i) % this.#memory.vms.length]!;
        if (this.#requests.shrink(running, { vm: id, frames: toPages(1), at }) > 0)
          return toNs(at + this.#cpuSpent() - cpuBefore);
      }
    }
    return BLOCKED;
  }

  /** The VMs of a pool at its limit give among themselves, those most above target first. */
  #freeInPool(pool: LimitedPool, vm: VmId, at: Nanoseconds): Nanoseconds {
    this.#askOnly(pool);
    for (let i = 0; i < pool.vms.length; i++) {
      const victim = this.#nextGiver(i);
      this.#asked[victim] = 1;
      const goal = victim === vm ? ownGoal(this.#spare) : this.#spare;
      if (goal <= 0) continue;
      const ready = this.#lower(victim, goal, at);
      if (ready !== BLOCKED) return ready;
      if (this.#memory.poolLimits.held(pool) < pool.limit) return at;
    }
    this.#orderFor(pool, at);
    return BLOCKED;
  }

  /** Nobody was asked yet; VMs outside the pool, where one is given, shall not be. */
  #askOnly(pool: LimitedPool | undefined): void {
    const asked = pool === undefined ? 0 : 1;
    // A loop: of so few bytes, `fill` costs more for being called than for what it does.
    for (let vm = 0; vm < this.#asked.length; vm++) this.#asked[vm] = asked;
    if (pool === undefined) return;
    for (const vm of pool.vms) this.#asked[vm] = 0;
  }

  /** Asks one VM after the other. @param shared pages that share a frame are taken of all, not only above target */
  #freeFromAny(vm: VmId, shared: boolean, at: Nanoseconds): Nanoseconds {
    this.#askOnly(undefined);
    for (let i = 0; i < this.#asked.length; i++) {
      const victim = this.#nextGiver(i);
      this.#asked[victim] = 1;
      const goal = victim === vm ? ownGoal(this.#spare) : this.#spare;
      if (goal <= 0) continue;
      const ready = this.#freeFrom(victim, goal, shared || this.#over > 0, at);
      if (ready !== BLOCKED) return ready;
    }
    return BLOCKED;
  }

  /** Lowers the charge of a VM: a page counts until it is written. */
  #lower(vm: VmId, goal: number, at: Nanoseconds): Nanoseconds {
    const ready = this.#freeFrom(vm, goal, true, at);
    return ready === BLOCKED ? BLOCKED : toNs(Math.max(ready, this.#writtenAt));
  }

  /**
   * Asks down the ladder of the low state for at most one batch from one VM. @returns when that is done: what a device
   * still has to write, the frames' own times tell
   */
  #freeFrom(vm: VmId, goal: number, shared: boolean, at: Nanoseconds): Nanoseconds {
    const cpuBefore = this.#cpuSpent();
    const request = this.#request;
    request.vm = vm;
    const batch = Math.min(goal, this.#batch);
    request.shared = shared;
    request.at = at;
    for (const running of this.#rungs) {
      request.goal = toPages(Math.ceil(batch / running.grain) * running.grain);
      request.budget = budgetFor(request.goal);
      const receipt = this.#requests.ask(running, request, 'access');
      if (receipt !== undefined && receipt.freed > 0) {
        this.#writtenAt = receipt.readyAt ?? at;
        return toNs(at + this.#cpuSpent() - cpuBefore);
      }
    }
    return BLOCKED;
  }

  /** Pages that a VM has above its reservation: others may take no more of it. */
  #spareOf(vm: VmId): number {
    return this.#memory.consumed(vm) - this.#memory.facts[vm]!.reservation;
  }

  /**
   * An access finds no frame: sees to it that there are orders it can wait for, of the VMs most above target first.
   * @param pool the pool that is at its limit, where it is not the host
   */
  #orderFor(pool: LimitedPool | undefined, at: Nanoseconds): void {
    if (!this.#rungs.some(gives)) return;
    const givers = this.#rungs.filter(gives);
    const vms = pool?.vms ?? this.#memory.vms.map(({ id }) => id);
    let left: number = this.#batch;
    for (const running of givers)
      for (const vm of vms) left -= Math.max(0, this.#requests.stillComing(running, vm, at));
    this.#askOnly(pool);
    for (let i = 0; i < vms.length && left > 0; i++) {
      const vm = this.#nextGiver(i);
      this.#asked[vm] = 1;
      const goal = Math.min(left, this.#spare);
      if (goal <= 0) continue;
      left -=
        goal -
        this.#requests.descend(givers, {
          vm,
          goal,
          state: 'low',
          why: 'access',
          shared: true,
          at,
        });
    }
  }

  /** The next VM to ask. Sets `#over` and `#spare`. @param asked how many were asked of before, for the same frames */
  #nextGiver(asked: number): VmId {
    if (this.#turns === undefined) return this.#mostOverTarget();
    const vm = asked === 0 ? this.#turns.begin(this.#has, this.#asked) : this.#turns.next(this.#asked);
    // Where VMs give by size, none is above its target.
    this.#over = 0;
    this.#spare = this.#spareOf(vm);
    return vm;
  }

  readonly #has = (vm: VmId): number => this.#spareOf(vm);

  /** The VM not asked yet that is furthest above its target, then the one with most above its reservation. */
  #mostOverTarget(): VmId {
    let best = -1;
    let bestOver = -1;
    let bestSpare = 0;
    for (let vm = 0; vm < this.#asked.length; vm++) {
      if (this.#asked[vm] === 1) continue;
      const consumed = this.#memory.consumed(vm as VmId);
      const over = Math.max(0, consumed - this.#targets[vm]!);
      const spare = consumed - this.#memory.facts[vm]!.reservation;
      if (over > bestOver || (over === bestOver && spare > bestSpare)) {
        best = vm;
        bestOver = over;
        bestSpare = spare;
      }
    }
    this.#over = bestOver;
    this.#spare = bestSpare;
    return best as VmId;
  }
}

/** Pages that a VM may give in exchange for one of its frames: with it, it has its reservation again. */
function ownGoal(spare: number): number {
  return Math.max(1, spare + 1);
}
