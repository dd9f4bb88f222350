import { Observable, Subject, Subscription } from 'rxjs';

import type { Clock } from '../ports/clock.ts';
import type { Decision } from '../contract/decision.ts';
import { guardDelivery } from '../contract/plugin-guard.ts';
import { OverbookError } from '../units/errors.ts';
import { foreignRxjs } from '../units/foreign-rxjs.ts';
import type { Nanoseconds } from '../units/page.ts';
import type { CheckedOrder, OrderContext } from './check-orders.ts';
import { checkOrders } from './check-orders.ts';
import type { Observation, Policy } from '../contract/policy.ts';

/** A policy of this host. */
export interface RunningPolicy {
  readonly id: string;
  readonly policy: Policy;
  readonly clock: Clock;
  /** Its own pace in milliseconds; absent where it goes by the host's. */
  readonly everyMs?: number;
}

/** How much a policy had to say. */
export interface PolicyActivity {
  readonly id: string;
  readonly observations: number;
  /** Orders that it gave; a policy that gave none has changed nothing. */
  readonly orders: number;
}

interface Filed extends CheckedOrder {
  readonly policy: string;
  readonly rank: number;
}

interface Desk {
  readonly id: string;
  readonly everyMs: number | undefined;
  readonly observation: Subject<Observation>;
  observations: number;
  orders: number;
}

/** Among the periods that came round: the host's own. */
export const HOST_PERIOD = '';

/** What only one policy can have its way about: what a VM should have, or see. */
function keyOf({ order }: Filed): string | undefined {
  return order.kind === 'target' || order.kind === 'size' ? `${order.kind}/${order.vm}` : undefined;
}

/** @throws OVB_RXJS_TWICE for a stream of another copy of RxJS, OVB_PLUGIN_INVALID for something that is none */
function checkObservable(policy: string, orders$: unknown): void {
  if (orders$ instanceof Observable) return;
  if (typeof (orders$ as { subscribe?: unknown } | null | undefined)?.subscribe === 'function')
    throw foreignRxjs(policy, 'it answered with an Observable');
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    policy,
    `it answered with ${orders$ === null ? 'null' : typeof orders$} instead of a stream of orders`,
    'Return an Observable, such as stepPolicy makes.',
  );
}

/**
 * Hands observations to a host's policies and collects their orders, which may also come later, on a policy's
 * own timers. Where several policies set a target for one VM the later in the mix wins; the loser is told to
 * `decide`.
 */
export class PolicyDesk {
  readonly #policies: readonly Desk[];
  readonly #subscription = new Subscription();
  #filed: Filed[] = [];

  constructor(policies: readonly RunningPolicy[], context: OrderContext) {
    this.#policies = policies.map(({ id, policy, clock, everyMs }, rank) => {
      const observation = new Subject<Observation>();
      const desk: Desk = { id, everyMs, observation, observations: 0, orders: 0 };
      guardDelivery(id, () => {
        const orders$ = policy(observation.asObservable(), clock);
        checkObservable(id, orders$);
        this.#subscription.add(
          orders$.subscribe((orders) => {
            for (const one of checkOrders(id, orders, context))
              this.#filed.push({ ...one, policy: id, rank });
            desk.orders += orders.length;
          }),
        );
      });
      return desk;
    });
  }

  /** Paces of policies that set their own. */
  get paces(): readonly { readonly id: string; readonly everyMs: number }[] {
    return this.#policies.flatMap(({ id, everyMs }) => (everyMs === undefined ? [] : [{ id, everyMs }]));
  }

  /** How much each policy had to say so far, in the order of the mix. */
  get activity(): readonly PolicyActivity[] {
    return this.#policies.map(({ id, observations, orders }) => ({ id, observations, orders }));
  }

  /** @param due ids of policies whose own period came round; `HOST_PERIOD` for those that go by the host's */
  observe(observation: Observation, due: ReadonlySet<string>): void {
    for (const desk of this.#policies) {
      const period = desk.everyMs === undefined ? HOST_PERIOD : desk.id;
      if (observation.cause === 'period' && !due.has(period)) continue;
      desk.observations++;
      guardDelivery(desk.id, () => desk.observation.next(observation));
    }
  }

  get hasOrders(): boolean {
    return this.#filed.length > 0;
  }

  /** The orders in force, in the order in which they were given; overruled ones are reported. */
  collect(time: Nanoseconds, decide: (decision: Decision) => void): readonly CheckedOrder[] {
    const filed = this.#filed;
    this.#filed = [];
    const winners = new Map<string, Filed>();
    for (const one of filed) {
      const key = keyOf(one);
      if (key === undefined) continue;
      const best = winners.get(key);
      if (best === undefined || one.rank >= best.rank) winners.set(key, one);
    }
    const standing: CheckedOrder[] = [];
    for (const one of filed) {
      const key = keyOf(one);
      const winner = key === undefined ? one : winners.get(key)!;
      if (winner === one) {
        decide({ kind: 'order', time, policy: one.policy, order: one.order });
        standing.push(one);
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
