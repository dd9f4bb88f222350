import type { HostMemory } from '../memory/host-memory.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import type { DemoteService, RescueService } from '../ports/page-service.ts';
import { guardCall } from '../contract/plugin-guard.ts';
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
    return {
      rescue: (vm, gfn, at) => {
        const mfn = this.#memory.frame(vm, gfn);
        for (const { id, strategy } of this.strategies) {
          if (id === asking || strategy.rescue === undefined) continue;
          const saved = guardCall(id, () => strategy.rescue!({ vm, gfn, mfn, at }));
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
    return {
      demote: (vm, gfn, mfn, at) => {
        const before = this.#memory.kind(vm, gfn);
        const from = this.strategies.findIndex(({ id }) => id === asking);
        for (const { id, strategy } of this.strategies.slice(from + 1)) {
          if (strategy.accept === undefined) continue;
          this.#memory.relocatedAt = toNs(0);
          const taken = guardCall(id, () => strategy.accept!({ vm, gfn, mfn, at }));
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
