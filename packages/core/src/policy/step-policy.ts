import { concatMap, of, scan } from 'rxjs';

import type { Observation, Order, Policy } from '../contract/policy.ts';

/** One step of a policy: what it remembers and what it orders. */
export interface Step<S> {
  readonly state: S;
  readonly orders: readonly Order[];
}

/**
 * Makes a policy from a pure step: the same observations give the same orders, in a simulation as on a real
 * host.
 */
export function stepPolicy<S>(parts: {
  readonly initial: S;
  readonly decide: (state: S, observation: Observation) => Step<S>;
}): Policy {
  return (observation$) =>
    observation$.pipe(
      scan((step: Step<S>, observation) => parts.decide(step.state, observation), {
        state: parts.initial,
        orders: [],
      }),
      concatMap((step) => (step.orders.length === 0 ? [] : of(step.orders))),
    );
}
