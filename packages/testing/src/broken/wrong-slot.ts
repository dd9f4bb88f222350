import { FILL_ZERO, defineStrategy } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from '../kit/kit-swap.ts';
import { storeWith } from '../kit/store-with.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Reads every eighth page that is not zero back from the slot that was written last. */
export const wrongSlot: BrokenCase = {
  breaks: PROMISES.reads,
  plugin: defineStrategy({
    id: 'wrong-slot',
    contract: 2,
    title: 'Swaps in what another page left',
    options: noOptions,
    needs: kitSwapNeeds,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const slots = deps.store.slots();
      let written = 0;
      let loads = 0;
      const wrong = {
        save: (slot: number, from: Parameters<typeof slots.save>[1]) => {
          written = slot;
          slots.save(slot, from);
        },
        load: (slot: number, into: Parameters<typeof slots.load>[1]) => {
          slots.load(slot, into);
          // A page never written would break another promise first: that new frames read as zero.
          if (deps.store.fill(into) === FILL_ZERO || ++loads % 8 !== 0) return;
          slots.load(written, into);
        },
        drop: (): void => undefined,
      };
      return makeKitSwap({ ...deps, store: storeWith(deps.store, { slots: () => wrong }) }, self);
    },
  }),
};
