import type { Gfn, Mfn, Strategy, SwapDevice, VmId } from '@overbook/core';
import {
  BLOCKED,
  FRAMES,
  KIND_MAPPED,
  PAGES,
  PAGE_STORE,
  RESCUERS,
  defineStrategy,
  toGfn,
  toPages,
  NO_FRAME,
} from '@overbook/core';
import { z } from 'zod';

const needs = { pages: PAGES, frames: FRAMES, store: PAGE_STORE, rescuers: RESCUERS };

/** A swapper for tests: it takes the victims that a test names, in that order, and asks for rescue as hostswap does. */
export function farStore(device?: SwapDevice) {
  /** Pages to offer next, first one first; when it is empty the lowest mapped page is taken. */
  const victims: number[] = [];
  /** With `onlyOnce` nothing but the victims named is offered. */
  const control = { victims, capacity: Infinity, accepted: [] as number[], onlyOnce: false };
  const plugin = defineStrategy({
    id: 'far',
    contract: 2,
    title: 'Test swapper',
    options: z.strictObject({}),
    needs,
    kinds: ['far'],
    create: (deps, _options, self): Strategy => {
      const slots = deps.store.slots();
      const kind = self.kinds['far']!;
      let used = 0;
      const slotOf = (vm: VmId, page: Gfn): number => page * deps.pages.vms.length + vm;
      const save = (vm: VmId, page: Gfn, frame: Mfn): boolean => {
        if (used >= control.capacity) return false;
        used++;
        slots.save(slotOf(vm, page), frame);
        return true;
      };
      const lowestMapped = (vm: VmId): number => {
        for (let page = 0; page < deps.pages.vms[vm]!.size; page++) {
          if (deps.pages.kind(vm, toGfn(page)) === KIND_MAPPED && !deps.pages.pinned(vm, toGfn(page)))
            return page;
        }
        return -1;
      };
      return {
        backings: {
          far: {
            fault: (vm, page, slot, at) => {
              const frame = deps.frames.take(vm, at);
              if (frame === NO_FRAME) return BLOCKED;
              slots.load(slot, frame);
              deps.pages.install(vm, page, frame);
              used--;
              return deps.frames.readyAt;
            },
            release: () => {
              used--;
            },
            peek: (_vm, _page, slot, into) => slots.load(slot, into),
            footprint: () => toPages(0),
          },
        },
        reclaim: ({ vm, goal, budget, at }) => {
          const before = deps.frames.free;
          let tried = 0;
          while (deps.frames.free - before < goal && tried < budget) {
            const next = victims.shift() ?? (control.onlyOnce ? -1 : lowestMapped(vm));
            if (next < 0) break;
            tried++;
            const page = toGfn(next);
            if (deps.rescuers.rescue(vm, page, at)) continue;
            if (!save(vm, page, deps.pages.frame(vm, page))) break;
            deps.pages.evict(vm, page, kind, slotOf(vm, page));
          }
          return {
            freed: toPages(deps.frames.free - before),
            ordered: toPages(0),
            tried: toPages(tried),
            refused: [],
          };
        },
        accept: ({ vm, gfn: page, mfn: frame, at }) => {
          if (!save(vm, page, frame)) return false;
          control.accepted.push(page);
          deps.pages.relocate(vm, page, kind, slotOf(vm, page), device?.write(at, page));
          return true;
        },
      };
    },
  });
  return { plugin, control };
}
