import type { HostMemory } from '../memory/host-memory.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import type { DemoteService, RescueService } from '../ports/page-service.ts';
import { blame, callsNext } from '../contract/plugin-guard.ts';
import type { Strategy, Victim } from '../contract/strategy.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toNs } from '../units/page.ts';
import type { RunningStrategy } from './running-strategy.ts';

/**
 * Pages passed from strategy to strategy without either knowing the other: towards memory (a victim of swapping is
 * offered to those who keep it cheaper) and away from it (what leaves a cache is offered to those further out: the
 * ones after it in the mix, so that a page on its way out never comes back and two caches cannot pass it to and fro).
 */
export class Handover {
  readonly #memory: HostMemory;
  /** Set once all strategies exist. */
  strategies: readonly RunningStrategy[] = [];

  constructor(memory: HostMemory) {
    this.#memory = memory;
  }

  rescuersFor(asking: string): RescueService {
    /** Looked for when the first victim is offered. */
    let rescuers: readonly RunningStrategy[] | undefined;
    return {
      rescue: (vm, gfn, at) => {
        const mfn = this.#memory.frame(vm, gfn);
        rescuers ??= this.strategies.filter(
          ({ id, strategy }) => id !== asking && strategy.rescue !== undefined,
        );
        for (let i = 0; i < rescuers.length; i++) {
          const { id, strategy } = rescuers[i]!;
          const saved = rescuedBy(id, strategy, { vm, gfn, mfn, at });
          if (saved === (this.#memory.kind(vm, gfn) === KIND_MAPPED)) {
            throw new ContractViolation(
              id,
              'rescue answers true exactly when the page is no longer mapped',
              `page ${gfn} of VM ${vm}: ${saved}`,
            );
          }
          if (saved) return true;
        }
        return false;
      },
    };
  }

  /** @param frames of the strategy that asks: what it gives back is usable when what it handed on is written */
  demoteFor(asking: string, frames: { writtenAt: Nanoseconds }): DemoteService {
    let takers: readonly RunningStrategy[] | undefined;
    return {
      get writtenAt() {
        return frames.writtenAt;
      },
      demote: (vm, gfn, mfn, at) => {
        const before = this.#memory.kind(vm, gfn);
        takers ??= this.strategies
          .slice(this.strategies.findIndex(({ id }) => id === asking) + 1)
          .filter(({ strategy }) => strategy.accept !== undefined);
        for (let i = 0; i < takers.length; i++) {
          const { id, strategy } = takers[i]!;
          this.#memory.relocatedAt = toNs(0);
          const taken = acceptedBy(id, strategy, { vm, gfn, mfn, at });
          if (taken === (this.#memory.kind(vm, gfn) === before)) {
            throw new ContractViolation(
              id,
              'accept answers true exactly when it took the page over',
              `page ${gfn} of VM ${vm}: ${taken}`,
            );
          }
          if (taken && this.#memory.relocatedAt > frames.writtenAt)
            frames.writtenAt = this.#memory.relocatedAt;
          if (taken) return true;
        }
        return false;
      },
    };
  }
}

/** Offers a victim to a strategy that rescues: guardCall, without a closure for each victim. */
function rescuedBy(id: string, strategy: Strategy, victim: Victim): boolean {
  callsNext(id);
  try {
    return strategy.rescue!(victim);
  } catch (error) {
    throw blame(id, error);
  }
}

/** The same for what leaves a cache. */
function acceptedBy(id: string, strategy: Strategy, victim: Victim): boolean {
  callsNext(id);
  try {
    return strategy.accept!(victim);
  } catch (error) {
    throw blame(id, error);
  }
}
