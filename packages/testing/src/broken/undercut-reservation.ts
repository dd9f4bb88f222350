import { KIND_MAPPED, toGfn } from '@overbook/core';
import { interval } from 'rxjs';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

const EVERY_MS = 5000;

/** Empties all VMs on a timer, the one with a reservation among them. */
export const undercutReservation: BrokenCase = {
  breaks: PROMISES.reservation,
  plugin: changedSwap('undercut-reservation', 'Takes reserved memory on a timer', (sound, deps) => ({
    start: () =>
      interval(EVERY_MS, deps.clock.scheduler).subscribe(() => {
        const { pages } = deps;
        for (const { id, size } of pages.vms) {
          for (let page = 0; page < size; page++) {
            if (pages.kind(id, toGfn(page)) !== KIND_MAPPED || pages.pinned(id, toGfn(page))) continue;
            pages.evict(id, toGfn(page), sound.kind, sound.put(pages.frame(id, toGfn(page))));
          }
        }
      }),
  })),
};
