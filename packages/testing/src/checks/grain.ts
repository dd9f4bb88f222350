import { toPages } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import type { Workload } from '../kit/workload.ts';
import { BrokenPromise } from '../promises.ts';

/** Requests that are made for one grain, and for several. */
const MULTIPLE = 8;

/**
 * A strategy that gives so many pages at a time is asked for just so many, of guests with free memory: where it gives
 * more when it is asked for more, it must be able to give one grain. Goals that fall between grains are rounded up by
 * core.
 */
export function checkGrain(kit: KitHost, work: Workload): void {
  const { host, guests, clock, watch } = kit;
  const { id, grain, strategy } = host.strategies[0]!;
  if (strategy.reclaim === undefined || grain === 1) return;
  let one = 0;
  let several = 0;
  for (const vm of host.memory.vms) {
    guests[vm.id]!.releaseAll();
    const ask = (goal: number): number => {
      const before = host.pool.free + (watch.ordered.get(vm.id) ?? 0);
      host.reclaimer.direct(id, vm.id, toPages(goal), 'low', clock.now());
      work.verify();
      return host.pool.free + (watch.ordered.get(vm.id) ?? 0) - before;
    };
    // Fewer than a grain is a grain.
    one += ask(1) + ask(grain);
    several += ask(grain * MULTIPLE);
  }
  if (one + several > 0) watch.looked('grain');
  if (one > 0 || several === 0) return;
  throw new BrokenPromise(
    'grain',
    `asked for ${grain} pages it gave none, asked for ${grain * MULTIPLE} it gave ${several}`,
  );
}
