import { NS_PER_SECOND } from '../units/page.ts';
import type { Overcommit } from './counters.ts';

const WINDOWS_S = [60, 300, 900] as const;
/** Beyond the longest window a change matters no more. */
const KEPT_NS = WINDOWS_S[2] * NS_PER_SECOND;

/**
 * The host line's `MEM overcommit avg`: means of (promised ÷ managed − 1) over the last 1, 5 and 15 minutes of
 * virtual time. Promises change only when a VM is powered on or off, so the changes are kept and the means are
 * exact (esxtop's are moving averages of samples).
 */
export class OvercommitAverage {
  /** When the value changed, oldest first, and to what. */
  readonly #changes: { readonly atNs: number; readonly value: number }[] = [];

  /** Tells the value from `atNs` on. Cheap where it has not changed. */
  set(atNs: number, value: number): void {
    if (this.#changes.at(-1)?.value === value) return;
    this.#changes.push({ atNs, value });
    while (this.#changes.length > 1 && this.#changes[1]!.atNs < atNs - KEPT_NS) this.#changes.shift();
  }

  read(atNs: number): Overcommit {
    const [minute1, minutes5, minutes15] = WINDOWS_S.map((seconds) =>
      this.#mean(atNs, seconds * NS_PER_SECOND),
    );
    return {
      now: this.#changes.at(-1)?.value ?? 0,
      minute1: minute1!,
      minutes5: minutes5!,
      minutes15: minutes15!,
    };
  }

  #mean(atNs: number, windowNs: number): number {
    const first = this.#changes[0];
    if (first === undefined) return 0;
    const fromNs = Math.max(first.atNs, atNs - windowNs);
    if (atNs <= fromNs) return this.#changes.at(-1)!.value;
    let sum = 0;
    this.#changes.forEach(({ atNs: begun, value }, i) => {
      const start = Math.max(begun, fromNs);
      const end = Math.min(this.#changes[i + 1]?.atNs ?? atNs, atNs);
      if (end > start) sum += value * (end - start);
    });
    return sum / (atNs - fromNs);
  }
}
