import { ContractViolation } from '../contract/contract-violation.ts';
import type { Decision, Why } from '../contract/decision.ts';
import { blame, callsNext, guardCall } from '../contract/plugin-guard.ts';
import type { ReclaimReceipt, ReclaimRequest, ShrinkRequest } from '../contract/strategy.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import { checkReceipt } from './check-receipt.ts';
import type { RunningStrategy } from './running-strategy.ts';

/** Pages a strategy may look at for each page it is to free. */
const TRIES_PER_PAGE = 16;
const MIN_TRIES = 64;

/** In place of pages that may be counted on. */
const STUCK = -1;

interface Pending {
  /** Pages that are to come if nothing came since they were counted. */
  pages: number;
  /** When something last came, or was first ordered. */
  sinceNs: number;
  stuck: boolean;
}

/** What one VM is to give. */
export interface Wish {
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
export function gives({ strategy }: RunningStrategy): boolean {
  return strategy.pending !== undefined;
}

/** Pages that may be looked at for a goal. */
export function budgetFor(goal: number): Pages {
  return toPages(goal * TRIES_PER_PAGE + MIN_TRIES);
}

/** Puts requests to strategies, holds their receipts against the pool, and watches what they promised. */
export class Requests {
  readonly #pool: FramePool;
  readonly #patienceNs: number;
  readonly #decide: (decision: Decision) => void;
  readonly #listened: () => boolean;
  readonly #pending = new Map<string, Pending>();
  #busy = false;

  constructor(parts: {
    readonly pool: FramePool;
    /** An order that brought nothing for this long no longer counts. */
    readonly patienceNs: number;
    readonly decide: (decision: Decision) => void;
    /** True when decisions have a subscriber: otherwise no receipt object is made. */
    readonly listened: () => boolean;
  }) {
    this.#pool = parts.pool;
    this.#patienceNs = parts.patienceNs;
    this.#decide = parts.decide;
    this.#listened = parts.listened;
  }

  /** True while a strategy is asked: it may not be asked for more meanwhile. */
  get busy(): boolean {
    return this.#busy;
  }

  /** The VM is powered off: what a strategy promised of it ends. */
  forget(strategy: string, vm: VmId): void {
    this.#pending.delete(`${strategy}/${vm}`);
  }

  /** Asks one rung after the other for what is left of a goal. @returns pages that none of them gave or promised */
  descend(rungs: readonly RunningStrategy[], { vm, goal, state, why, shared, at }: Wish): number {
    let left = goal;
    for (const running of rungs) {
      if (left <= 0) return 0;
      const coming = this.stillComing(running, vm, at);
      // Told to give and gives nothing: more orders would only promise more.
      if (coming === STUCK) continue;
      left -= coming;
      if (left <= 0) return 0;
      const receipt = this.askFor(running, left, {
        vm,
        state,
        why,
        shared,
        at,
      });
      if (receipt !== undefined) left -= receipt.freed + receipt.ordered;
    }
    return Math.max(0, left);
  }

  /** Asks for so many pages, in whole grains of the strategy. */
  askFor(running: RunningStrategy, wanted: number, { vm, state, why, shared, at }: Omit<Wish, 'goal'>) {
    const goal = toPages(Math.ceil(wanted / running.grain) * running.grain);
    return this.ask(running, { vm, goal, budget: budgetFor(goal), state, direct: false, shared, at }, why);
  }

  /** Asks a strategy once. @returns its receipt, checked; undefined from one that reclaims nothing */
  ask(running: RunningStrategy, request: ReclaimRequest, why: Why): ReclaimReceipt | undefined {
    const { strategy, id } = running;
    if (strategy.reclaim === undefined) return undefined;
    this.#pool.passTo(request.at);
    const before = this.#pool.free;
    const { inWriting } = this.#pool;
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
    // A strategy that did not say of each frame when it is written says it of all.
    if (receipt.freed > 0 && receipt.readyAt !== undefined && this.#pool.inWriting === inWriting)
      this.#pool.delay(receipt.freed, receipt.readyAt);
    if (receipt.ordered > 0) {
      const known = this.#pending.get(`${id}/${request.vm}`);
      if (known !== undefined) known.pages += receipt.ordered;
    }
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

  /** Wants frames of what a strategy keeps of a VM. @returns frames freed */
  shrink({ id, strategy }: RunningStrategy, request: ShrinkRequest): number {
    if (strategy.shrink === undefined) return 0;
    const before = this.#pool.free;
    this.#busy = true;
    try {
      const freed = guardCall(id, () => strategy.shrink!(request));
      const gained = this.#pool.free - before;
      if (freed === gained) return freed;
      throw new ContractViolation(
        id,
        "the pool's gain is what was freed",
        `shrink freed ${freed}, pool gained ${gained}`,
      );
    } finally {
      this.#busy = false;
    }
  }

  /** Lets a VM have so many pages back. @returns pages that it got or was promised */
  relaxBy(running: RunningStrategy, vm: VmId, goal: number, at: Nanoseconds): number {
    const given = guardCall(
      running.id,
      () => running.strategy.relax?.({ vm, pages: toPages(goal), at }) ?? 0,
    );
    if (given <= 0) return given;
    this.#decide({ kind: 'relax', time: at, strategy: running.id, vm, pages: toPages(given) });
    const known = this.#pending.get(`${running.id}/${vm}`);
    // What is no longer wanted has not come.
    if (known !== undefined) known.pages = Math.min(known.pages, this.#toCome(running, vm));
    return given;
  }

  /** Pages ordered of the VM that may still be counted on; STUCK once it has brought nothing for too long. */
  stillComing(running: RunningStrategy, vm: VmId, at: Nanoseconds): number {
    const now = this.#toCome(running, vm);
    const key = `${running.id}/${vm}`;
    const known = this.#pending.get(key);
    if (now === 0 || known === undefined || now < known.pages) {
      this.#pending.set(key, { pages: now, sinceNs: at, stuck: false });
      return now;
    }
    known.pages = now;
    if (at - known.sinceNs < this.#patienceNs) return now;
    if (!known.stuck) {
      known.stuck = true;
      this.#decide({
        kind: 'stuck',
        time: at,
        strategy: running.id,
        vm,
        pending: toPages(now),
      });
    }
    return STUCK;
  }
  #toCome(running: RunningStrategy, vm: VmId): number {
    return guardCall(running.id, () => running.strategy.pending?.(vm) ?? 0);
  }
}
