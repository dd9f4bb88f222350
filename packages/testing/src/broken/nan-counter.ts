import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Divides by a count that is 0 at first. */
export const nanCounter: BrokenCase = {
  breaks: PROMISES.counters,
  plugin: changedSwap('nan-counter', 'Counts NaN', (sound) => {
    let asked = 0;
    let freed = 0;
    return {
      reclaim: (request) => {
        const receipt = sound.reclaim(request);
        freed += receipt.freed;
        return receipt;
      },
      relax: (request) => {
        asked += request.pages;
        return request.pages;
      },
      counters: () => ({ freedPerAsked: freed / asked - freed / asked }),
    };
  }),
};
