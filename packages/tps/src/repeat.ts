import type { Clock } from '@overbook/core';
import type { SchedulerAction, Subscription } from 'rxjs';

/**
 * Does `work` again and again in virtual time until the subscription ends.
 * @param firstMs until the first time, in milliseconds
 * @param work returns the milliseconds until it wants to be called again
 */
export function repeat(clock: Clock, firstMs: number, work: () => number): Subscription {
  return clock.scheduler.schedule(function again(this: SchedulerAction<undefined>) {
    this.schedule(undefined, work());
  }, firstMs);
}
