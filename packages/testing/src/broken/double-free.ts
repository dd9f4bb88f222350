import { defineStrategy, toMfn } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Reads pages in through a frame of its own, and gives that frame back twice. */
export const doubleFree: BrokenCase = {
  breaks: PROMISES.conserved,
  plugin: defineStrategy({
    id: 'double-free',
    contract: 2,
    title: 'Gives a frame back twice',
    options: noOptions,
    needs: kitSwapNeeds,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const sound = makeKitSwap(deps, self);
      const backing = sound.backings[KIT_SWAPPED]!;
      return {
        reclaim: (request) => sound.reclaim(request),
        backings: {
          [KIT_SWAPPED]: {
            ...backing,
            fault: (vm, page, slot, at, write) => {
              const bounce = deps.frames.takeOwn();
              const completion = backing.fault(vm, page, slot, at, write);
              deps.frames.giveOwn(toMfn(bounce));
              deps.frames.giveOwn(toMfn(bounce));
              return completion;
            },
          },
        },
      };
    },
  }),
};
