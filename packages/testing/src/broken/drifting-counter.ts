import { changedSwap, withBacking } from '../kit/changed-swap.ts';
import { KIT_SWAPPED } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Counts pages in its swap and forgets those that are released unread: the count drifts from the tables. */
export const driftingCounter: BrokenCase = {
  breaks: PROMISES.counters,
  plugin: changedSwap('drifting-counter', 'Counts pages that are gone', (sound, { pages }, self) => {
    const kind = self.kinds[KIT_SWAPPED]!;
    let released = 0;
    const counted = (): number => pages.vms.reduce((sum, { id }) => sum + pages.count(id, kind), 0);
    return {
      ...withBacking(sound, {
        release: (vm, page, slot) => {
          sound.backing.release(vm, page, slot);
          released++;
        },
      }),
      counters: () => ({ [KIT_SWAPPED]: counted() + released }),
    };
  }),
};
