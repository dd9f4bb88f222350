import { toPages } from '@overbook/core';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Says that it looked at one page, however many it took. */
export const understatedTries: BrokenCase = {
  breaks: PROMISES.tried,
  plugin: changedSwap('understated-tries', 'Understates the pages it looked at', (sound) => ({
    reclaim: (request) => {
      const receipt = sound.reclaim(request);
      return { ...receipt, tried: toPages(Math.min(1, receipt.tried)) };
    },
  })),
};
