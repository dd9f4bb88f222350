import type { Clock, Nanoseconds } from '@overbook/core';
import { NS_PER_MS } from '@overbook/core';
import { Subscription, timer } from 'rxjs';

/** Work that is asked for in the middle of something and done soon afterwards, in parts: Linux's work queues. */
export class QueuedWork {
  readonly #clock: Clock;
  readonly #part: () => Nanoseconds | undefined;
  readonly #subscription = new Subscription();
  #isQueued = false;

  /** @param part does some of it. @returns when to go on; undefined when all is done */
  constructor(clock: Clock, part: () => Nanoseconds | undefined) {
    this.#clock = clock;
    this.#part = part;
  }

  /** Everything ends with it. */
  get subscription(): Subscription {
    return this.#subscription;
  }

  /** Begins, unless it is queued or under way. */
  queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#goOnIn(0);
  }

  #goOnIn(delayNs: number): void {
    this.#subscription.add(
      timer(delayNs / NS_PER_MS, this.#clock.scheduler).subscribe(() => {
        const next = this.#part();
        if (next === undefined) this.#isQueued = false;
        else this.#goOnIn(next - this.#clock.now());
      }),
    );
  }
}
