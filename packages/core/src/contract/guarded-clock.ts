import type { SchedulerLike } from 'rxjs';

import type { Clock } from '../ports/clock.ts';
import { guardDelivery } from './plugin-guard.ts';

/** A plugin's view of the clock: what its timers throw carries the plugin's name. */
export function guardedClock(clock: Clock, plugin: string): Clock {
  const scheduler: SchedulerLike = {
    now: () => clock.scheduler.now(),
    schedule: (work, delay, state) =>
      clock.scheduler.schedule(
        function guarded(now) {
          guardDelivery(plugin, () => work.call(this, now!));
        },
        delay,
        state!,
      ),
  };
  return { now: () => clock.now(), scheduler };
}
