import { Subject, Subscription } from 'rxjs';

import type { Clock } from '../ports/clock.ts';
import type { Decision } from '../contract/decision.ts';
import { guardDelivery } from '../contract/plugin-guard.ts';
import type { Nanoseconds, VmId } from '../units/page.ts';
import type { Observation, Order, Policy } from '../contract/policy.ts';

/** A policy of this host. */
export interface RunningPolicy {
  readonly id: string;
  readonly policy: Policy;
  readonly clock: Clock;
}

interface Filed {
  readonly policy: string;
  readonly rank: number;
  readonly order: Order;
}

/**
 * Hands observations to a host's policies and collects their orders, which may also come later, on a policy's
 * own timers. Where several policies set a target for one VM the later in the mix wins; the loser is told to
 * `decide`.
 */
export class PolicyDesk {
  readonly #policies: readonly { readonly id: string; readonly observation: Subject<Observation> }[];
  readonly #subscription = new Subscription();
  #filed: Filed[] = [];

  constructor(policies: readonly RunningPolicy[]) {
    this.#policies = policies.map(({ id, policy, clock }, rank) => {
      const observation = new Subject<Observation>();
      guardDelivery(id, () => {
        const orders$ = policy(observation.asObservable(), clock);
        this.#subscription.add(
          orders$.subscribe((orders) => {
            for (const order of orders) this.#filed.push({ policy: id, rank, order });
          }),
        );
      });
      return { id, observation };
    });
  }

  observe(observation: Observation): void {
    for (const { id, observation: subject } of this.#policies)
      guardDelivery(id, () => subject.next(observation));
  }

  get hasOrders(): boolean {
    return this.#filed.length > 0;
  }

  /** The orders that stand, in the order in which they were given; losers are reported. */
  collect(time: Nanoseconds, decide: (decision: Decision) => void): readonly Order[] {
    const filed = this.#filed;
    this.#filed = [];
    const winners = new Map<VmId, Filed>();
    for (const one of filed) {
      if (one.order.kind !== 'target') continue;
      const best = winners.get(one.order.vm);
      if (best === undefined || one.rank >= best.rank) winners.set(one.order.vm, one);
    }
    const standing: Order[] = [];
    for (const one of filed) {
      const winner = one.order.kind === 'target' ? winners.get(one.order.vm)! : one;
      if (winner === one) {
        decide({ kind: 'order', time, policy: one.policy, order: one.order });
        standing.push(one.order);
      } else {
        decide({ kind: 'overruled', time, policy: one.policy, by: winner.policy, order: one.order });
      }
    }
    return standing;
  }

  dispose(): void {
    this.#subscription.unsubscribe();
    for (const { observation } of this.#policies) observation.complete();
  }
}
