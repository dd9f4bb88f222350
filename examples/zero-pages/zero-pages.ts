/**
 * Takes pages that hold only zeros and gives the guest a fresh zeroed frame when it touches them again (what Linux
 * does to under-used huge pages, and every hypervisor could). It looks at contents through the store, so keys are
 * enough.
 */
import {
  BLOCKED,
  FILL_ZERO,
  FRAMES,
  KIND_MAPPED,
  METER,
  NO_FRAME,
  PAGES,
  PAGE_STORE,
  defineStrategy,
  done,
  toGfn,
  toPages,
} from '@overbook/core';
import { z } from 'zod';

export const zeroPages = defineStrategy({
  id: 'zero-pages',
  contract: 2,
  title: 'Takes pages that hold only zeros',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES, store: PAGE_STORE, meter: METER },
  kinds: ['zeroed'],
  actsFrom: 'soft',
  create: ({ table, frames, store, meter }, _options, self) => {
    const kind = self.kinds['zeroed']!;
    const next = table.vms.map(() => 0); // where the walk over each VM goes on
    return {
      backings: {
        zeroed: {
          fault: (vm, page, _payload, at) => {
            const frame = frames.take(vm, at);
            if (frame === NO_FRAME) return BLOCKED;
            table.install(vm, page, frame);
            return done(at, frames.readyAt, meter.spend('minorFault'));
          },
          release: () => undefined,
          peek: (_vm, _page, _payload, into) => store.zero(into),
          footprint: () => toPages(0),
        },
      },
      reclaim: ({ vm, goal, budget }) => {
        let freed = 0;
        let tried = 0;
        for (; tried < Math.min(budget, table.vms[vm]!.size) && freed < goal; tried++) {
          const page = toGfn(next[vm]!);
          next[vm] = (next[vm]! + 1) % table.vms[vm]!.size;
          if (table.kind(vm, page) !== KIND_MAPPED || table.pinned(vm, page)) continue;
          meter.spend('scanPage');
          if (store.fill(table.frame(vm, page)) === FILL_ZERO) freed += table.evict(vm, page, kind, 0);
        }
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(tried), refused: [] };
      },
    };
  },
});
