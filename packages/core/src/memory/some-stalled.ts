import type { Nanoseconds } from '../units/page.ts';

/**
 * Time during which some VM waited for memory, each moment counted once however many waited (Linux's pressure stall
 * information, `some` of the whole system). Waits are told in the order in which they began; one that is told late,
 * because an access was blocked, counts from where the last known one ended.
 */
export class SomeStalled {
  totalNs = 0;
  #untilNs = 0;

  note(from: Nanoseconds, to: Nanoseconds): void {
    this.totalNs += this.after(from, to);
    if (to > this.#untilNs) this.#untilNs = to;
  }

  /** What a wait would add. */
  after(from: number, to: number): number {
    return Math.max(0, to - Math.max(from, this.#untilNs));
  }
}
