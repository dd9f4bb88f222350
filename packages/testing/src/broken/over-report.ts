import { defineStrategy, toPages } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Frees one page less than it was asked for and says that it freed them all. */
export const overReport: BrokenCase = {
  breaks: PROMISES.poolGain,
  plugin: defineStrategy({
    id: 'over-report',
    contract: 2,
    title: 'Reports a page that it did not free',
    options: noOptions,
    needs: kitSwapNeeds,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const sound = makeKitSwap(deps, self);
      return {
        backings: sound.backings,
        reclaim: (request) => {
          if (request.goal === 0) return sound.reclaim(request);
          const receipt = sound.reclaim({ ...request, goal: toPages(request.goal - 1) });
          return { ...receipt, freed: toPages(receipt.freed + 1) };
        },
      };
    },
  }),
};
