import type { StrategyPlugin } from '@overbook/core';
import { CLOCK, GUESTS, PAGES, PAGES_PER_MIB, defineStrategy, toGfn } from '@overbook/core';
import { interval } from 'rxjs';
import { z } from 'zod';

const needs = { pages: PAGES, guests: GUESTS, clock: CLOCK };
const options = z.strictObject({ targetMiB: z.number() });

/**
 * Once a virtual second takes guests down to a fixed size, for tests. The shipped balloon has rates and
 * limits.
 */
export const balloonTo: StrategyPlugin<typeof needs, typeof options> = defineStrategy({
  id: 'balloon-to',
  contract: 2,
  title: 'A balloon of fixed size, for tests',
  options,
  needs,
  claims: ['ballooned'],
  create: ({ pages, guests, clock }, { targetMiB }) => {
    const given = new Uint32Array(65_536);
    return {
      start: () =>
        interval(1000, clock.scheduler).subscribe(() => {
          for (const { id, size } of pages.vms) {
            if (!guests.hasDriver(id)) continue;
            const wanted = Math.max(0, size - Math.ceil(targetMiB * PAGES_PER_MIB)) - pages.count(id, 3);
            const count = guests.inflate(id, Math.max(0, Math.min(wanted, given.length)), given);
            for (let i = 0; i < count; i++) pages.balloon(id, toGfn(given[i]!));
          }
        }),
    };
  },
});
