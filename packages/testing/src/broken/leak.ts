import { defineStrategy, NO_FRAME } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

const LEAKS_MOST = 8;

/** Takes a frame for itself now and then and forgets about it. */
export const leak: BrokenCase = {
  breaks: PROMISES.ownFrames,
  plugin: defineStrategy({
    id: 'leak',
    contract: 2,
    title: 'Takes frames that it never gives back',
    options: noOptions,
    needs: kitSwapNeeds,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const sound = makeKitSwap(deps, self);
      const backing = sound.backings[KIT_SWAPPED]!;
      let leaked = 0;
      return {
        reclaim: (request) => sound.reclaim(request),
        backings: {
          [KIT_SWAPPED]: {
            ...backing,
            release: (vm, page, slot) => {
              backing.release(vm, page, slot);
              if (leaked < LEAKS_MOST && deps.frames.takeOwn() !== NO_FRAME) leaked++;
            },
            fault: (vm, page, slot, at, write) => {
              const completion = backing.fault(vm, page, slot, at, write);
              if (leaked < LEAKS_MOST && deps.frames.takeOwn() !== NO_FRAME) leaked++;
              return completion;
            },
          },
        },
      };
    },
  }),
};
