import { toPages } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import type { Workload } from '../kit/workload.ts';
import { checkGiven } from './given.ts';

/** Goals of the requests before: some make up a block or two. */
const GOAL = toPages(16);

/**
 * Guests whose programs have ended are asked for memory, and may then have it again: a little, then all that they want.
 * What the strategy says of it is held against what the guest gave and has.
 */
export function checkRelaxes(kit: KitHost, work: Workload): void {
  const { host, guests, clock, watch } = kit;
  const { watched } = watch;
  if (watched?.relax === undefined) return;
  for (const { id, size } of host.memory.vms) {
    guests[id]!.releaseAll();
    if (watched.reclaim !== undefined)
      host.reclaimer.direct(host.strategies[0]!.id, id, GOAL, 'low', clock.now());
    checkGiven(kit);
    for (const pages of [1, 7, size]) {
      watched.relax({ vm: id, pages: toPages(pages), at: clock.now() });
      work.verify();
      checkGiven(kit);
    }
  }
}
