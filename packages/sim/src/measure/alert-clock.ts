import { NS_PER_MS } from '@overbook/core';

import type { AlertTimes } from '../result.ts';
import type { AlertRule, Rate } from './alert-rules.ts';

/** Rules are looked at this often. Chosen: Prometheus does so each 15 to 60 s, and a run may be over by then. */
export const ALERT_PERIOD_MS = 1_000;

/**
 * How long rules held and their alerts fired for one guest or host. Rates are Prometheus's: the increase over the
 * window by the length of the window, also where there was nothing to count before.
 */
export class AlertClock<T extends object> {
  readonly #rules: readonly AlertRule<T>[];
  readonly #samples: T[] = [];
  readonly #times: readonly { heldNs: number; firedNs: number; sinceMs: number }[];

  constructor(rules: readonly AlertRule<T>[]) {
    this.#rules = rules;
    this.#times = rules.map(() => ({ heldNs: 0, firedNs: 0, sinceMs: 0 }));
  }

  /** A period has passed. @param facts at its end; undefined where there is no one to tell them */
  tick(facts: T | undefined): void {
    if (facts !== undefined) this.#samples.push(facts);
    this.#rules.forEach((rule, i) => {
      const times = this.#times[i]!;
      if (facts === undefined || !rule.holds(facts, this.#rate)) {
        times.sinceMs = 0;
        return;
      }
      times.sinceMs += ALERT_PERIOD_MS;
      times.heldNs += ALERT_PERIOD_MS * NS_PER_MS;
      if (times.sinceMs > rule.forMs) times.firedNs += ALERT_PERIOD_MS * NS_PER_MS;
    });
  }

  /** By the rule's name; undefined where nothing was ever told. */
  result(): AlertTimes | undefined {
    if (this.#samples.length === 0) return undefined;
    return Object.fromEntries(
      this.#rules.map(({ name }, i) => {
        const { heldNs, firedNs } = this.#times[i]!;
        return [name, { heldNs, firedNs }];
      }),
    );
  }

  readonly #rate: Rate<T> = (counter, windowMs) => {
    const last = this.#samples.length - 1;
    const first = Math.max(0, last - windowMs / ALERT_PERIOD_MS);
    const at = (i: number): number => this.#samples[i]![counter] as number;
    return (at(last) - at(first)) / (windowMs / 1_000);
  };
}
