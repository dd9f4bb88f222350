import type { StrategyPlugin } from '@overbook/core';
import {
  BLOCKED,
  FRAMES,
  PAGES,
  PAGE_STORE,
  SWAP_DEVICE,
  defineStrategy,
  toGfn,
  toNs,
  toPages,
  NO_FRAME,
} from '@overbook/core';
import { z } from 'zod';

const needs = { pages: PAGES, frames: FRAMES, store: PAGE_STORE, device: SWAP_DEVICE };
const options = z.strictObject({ victims: z.enum(['lru', 'fifo', 'clock']).default('lru') });

/**
 * Swapping as a textbook has it: one victim at a time, no rescuers. The shipped one lives in a package of its
 * own.
 */
export const plainSwap: StrategyPlugin<typeof needs, typeof options> = defineStrategy({
  id: 'plain-swap',
  contract: 2,
  title: 'Textbook swapping, for tests',
  options,
  needs,
  kinds: ['swapped'],
  roles: { swapped: 'swapped' },
  create: (deps, { victims }, self) => {
    const kind = self.kinds['swapped']!;
    const slots = deps.store.slots();
    const order = victims === 'lru' ? deps.pages.byLastTouch() : deps.pages.byArrival();
    const freeSlots: number[] = [];
    let slotCount = 0;
    const used = victims === 'clock' ? deps.pages.accessedBits() : undefined;
    let stored = 0;
    return {
      device: deps.device,
      reclaim({ vm, goal, at }) {
        let freed = 0;
        let readyAt = at;
        while (freed < goal) {
          const page = order.takeOldest(vm);
          if (page < 0) break;
          const victim = toGfn(page);
          if (victims === 'clock' && used?.accessed(vm, victim) === true) {
            used.clear(vm, victim);
            order.putNewest(vm, victim);
            continue;
          }
          const slot = freeSlots.pop() ?? slotCount++;
          slots.save(slot, deps.pages.frame(vm, victim));
          deps.pages.evict(vm, victim, kind, slot);
          readyAt = toNs(Math.max(readyAt, deps.device.write(at, slot)));
          freed++;
          stored++;
        }
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(freed), refused: [], readyAt };
      },
      verify() {
        const counted = deps.pages.vms.reduce((sum, vm) => sum + deps.pages.count(vm.id, kind), 0);
        if (counted !== stored) throw new Error(`${counted} pages swapped, ${stored} slots used`);
      },
      backings: {
        swapped: {
          fault(vm, page, slot, at) {
            const frame = deps.frames.take(vm, at);
            if (frame === NO_FRAME) return BLOCKED;
            slots.load(slot, frame);
            deps.pages.install(vm, page, frame);
            freeSlots.push(slot);
            stored--;
            return deps.device.read(deps.frames.readyAt, slot);
          },
          release(_vm, _page, slot) {
            freeSlots.push(slot);
            stored--;
          },
          peek: (_vm, _page, slot, into) => slots.load(slot, into),
          footprint: () => toPages(0),
        },
      },
    };
  },
});

/** A device that takes the same time for every page, alone in the world: waits can be counted by hand. */
export function steadyDevice(readNs: number, writeNs = 0) {
  return {
    name: 'steady',
    read: (at: number) => toNs(at + readNs),
    write: (at: number) => toNs(at + writeNs),
  };
}
