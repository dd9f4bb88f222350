import type { Nanoseconds, Observation, Order } from '@overbook/core';
import type { AnyPolicyPlugin } from '@overbook/core/host';
import { CLOCK, OverbookError } from '@overbook/core';
import { VirtualClock } from '@overbook/core/host';
import { Subject } from 'rxjs';

import { shortName } from './kit/kit-host.ts';

/** Orders that a policy gave at one time. */
export interface ReplayedOrders {
  readonly time: Nanoseconds;
  readonly orders: readonly Order[];
}

/**
 * Replays observations through a policy, on a clock of its own: what it would have ordered on that host. What was
 * recorded does not change by its orders, so this shows a policy's judgement, not its effect.
 * @param options the plugin's own options
 * @param untilNs how long its timers go on; default: to the last observation
 * @throws OVB_NEED_UNMET for a policy that needs more than the clock
 */
export function replayPolicy(
  plugin: AnyPolicyPlugin,
  observations: readonly Observation[],
  options?: unknown,
  untilNs?: number,
): readonly ReplayedOrders[] {
  const clock = new VirtualClock();
  const policy = plugin.create(needsOf(plugin, clock), plugin.options.parse(options ?? {}));
  const source = new Subject<Observation>();
  const given: ReplayedOrders[] = [];
  const subscription = policy(source.asObservable(), clock).subscribe((orders) => {
    if (orders.length > 0) given.push({ time: clock.now(), orders });
  });
  for (const observation of observations) {
    clock.advanceTo(observation.time);
    source.next(observation);
  }
  if (untilNs !== undefined) clock.advanceTo(untilNs);
  subscription.unsubscribe();
  source.complete();
  return given;
}

function needsOf(plugin: AnyPolicyPlugin, clock: VirtualClock): never {
  const deps: Record<string, unknown> = {};
  for (const [name, need] of Object.entries(plugin.needs)) {
    if (typeof need === 'object') continue;
    if (need !== (CLOCK as symbol)) {
      throw new OverbookError(
        'OVB_NEED_UNMET',
        plugin.id,
        `it needs ${shortName(need)}, but a replay has only observations and a clock`,
        'Make the need optional, or run the policy on a host.',
      );
    }
    deps[name] = clock;
  }
  return deps as never;
}
