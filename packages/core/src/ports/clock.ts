import type { SchedulerLike, SchedulerAction } from 'rxjs';
import { Subscription } from 'rxjs';

import type { Nanoseconds } from '../units/page.ts';
import { NS_PER_MS, toNs } from '../units/page.ts';

/** Virtual time. Wall time exists in the command line only. */
export interface Clock {
  now(): Nanoseconds;
  /**
   * For RxJS's time operators, in virtual milliseconds: `auditTime(1000, clock.scheduler)` is one simulated
   * second.
   */
  readonly scheduler: SchedulerLike;
}

/** A clock that the host can advance. */
export interface ClockPort extends Clock {
  advanceTo(untilNs: number): void;
  /** Stands at a time without running what is due: see VirtualClock. */
  passTo(atNs: number): void;
  nextDueNs(): number;
  after(delayNs: number, run: () => void): () => void;
}

interface Timer {
  readonly dueNs: number;
  /** Order of scheduling: timers due together run in that order. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order);
}

/**
 * A clock that moves only when it is told to advance, and then runs the timers that fall due, in order.
 * RxJS's own VirtualTimeScheduler sorts all timers at each insertion and chains a new action to the old one for
 * every tick of an interval, which a run of many simulated hours cannot afford; this is a binary heap.
 */
export class VirtualClock implements Clock {
  readonly scheduler: SchedulerLike;
  readonly #heap: Timer[] = [];
  #nowNs = 0;
  #order = 0;

  constructor() {
    this.scheduler = {
      now: () => this.#nowNs / NS_PER_MS,
      schedule: <T>(work: Work<T>, delayMs?: number, state?: T): Subscription =>
        new Action<T>(this, work as Work<T | undefined>).schedule(state, delayMs),
    };
  }

  now(): Nanoseconds {
    return toNs(this.#nowNs);
  }

  /** Time of the next timer, or Infinity. */
  nextDueNs(): number {
    while (this.#heap.length > 0 && this.#heap[0]!.cancelled) this.#pop();
    return this.#heap[0]?.dueNs ?? Infinity;
  }

  /**
   * Runs everything due up to and including `untilNs`, and stops there. An earlier time is ignored: the clock never
   * goes back.
   */
  advanceTo(untilNs: number): void {
    while (this.nextDueNs() <= untilNs) {
      const timer = this.#pop();
      this.#nowNs = Math.max(this.#nowNs, timer.dueNs);
      timer.run();
    }
    this.#nowNs = Math.max(this.#nowNs, untilNs);
  }

  /**
   * Stands at `atNs` and runs nothing: an access between two settlings says how late it is. What is due by then runs
   * at the next settling. Going back is refused silently.
   */
  passTo(atNs: number): void {
    if (atNs > this.#nowNs) this.#nowNs = atNs;
  }

  /** Calls `run` at `delayNs` from now; the returned function cancels. */
  after(delayNs: number, run: () => void): () => void {
    const timer: Timer = {
      dueNs: this.#nowNs + Math.max(0, delayNs),
      order: this.#order++,
      run,
      cancelled: false,
    };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isEarlier(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

type Work<T> = (this: SchedulerAction<T>, state: T) => void;

/**
 * One piece of scheduled work, in RxJS's shape: `schedule` again from inside re-arms it; unsubscribing
 * cancels it.
 */
class Action<T> extends Subscription implements SchedulerAction<T> {
  readonly #clock: VirtualClock;
  readonly #work: Work<T | undefined>;
  #cancel: (() => void) | undefined;

  constructor(clock: VirtualClock, work: Work<T | undefined>) {
    super(() => this.#cancel?.());
    this.#clock = clock;
    this.#work = work;
  }

  schedule(state?: T, delayMs = 0): Subscription {
    if (this.closed) return this;
    this.#cancel?.();
    // Fractions of a millisecond are given as such: times stay whole nanoseconds.
    this.#cancel = this.#clock.after(Math.round(delayMs * NS_PER_MS), () => {
      this.#cancel = undefined;
      if (!this.closed) this.#work.call(this as SchedulerAction<T | undefined>, state);
    });
    return this;
  }
}
