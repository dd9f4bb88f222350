import type { Gfn } from '@overbook/core';
import {
  BLOCKED,
  FRAMES,
  PAGES,
  PAGE_STORE,
  RESCUERS,
  defineStrategy,
  toGfn,
  toPages,
  NO_FRAME,
} from '@overbook/core';
import { z } from 'zod';

/**
 * A last resort for tests: takes the victims it is told to, after asking rescuers, and keeps contents in
 * slots.
 */
export function stubSwap() {
  const victims: number[] = [];
  const rescued: number[] = [];
  const plugin = defineStrategy({
    id: 'stub-swap',
    contract: 2,
    title: 'Takes the victims it is told to',
    options: z.strictObject({}),
    needs: { pages: PAGES, frames: FRAMES, store: PAGE_STORE, rescuers: RESCUERS },
    kinds: ['parked'],
    create: ({ pages: tables, frames, store, rescuers }, _options, self) => {
      const kind = self.kinds['parked']!;
      const slots = store.slots();
      const slotOf = (vm: number, page: Gfn): number => vm * 100_000 + page;
      return {
        backings: {
          parked: {
            fault: (vm, page, slot, at) => {
              const frame = frames.take(vm, at);
              if (frame === NO_FRAME) return BLOCKED;
              slots.load(slot, frame);
              tables.install(vm, page, frame);
              slots.drop(slot);
              return at;
            },
            release: (_vm, _page, slot) => slots.drop(slot),
            peek: (_vm, _page, slot, into) => slots.load(slot, into),
            footprint: () => toPages(0),
          },
        },
        reclaim: ({ vm, at, goal }) => {
          const before = frames.free;
          let tried = 0;
          while (frames.free - before < goal && victims.length > 0) {
            const page = toGfn(victims.shift()!);
            tried++;
            if (rescuers.rescue(vm, page, at)) {
              rescued.push(page);
              continue;
            }
            slots.save(slotOf(vm, page), tables.frame(vm, page));
            tables.evict(vm, page, kind, slotOf(vm, page));
          }
          return {
            freed: toPages(frames.free - before),
            ordered: toPages(0),
            tried: toPages(tried),
            refused: [],
          };
        },
      };
    },
  });
  return { plugin, victims, rescued };
}
