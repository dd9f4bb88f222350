import type { ReclaimRequest } from '@overbook/core';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Keeps the object of a request and reads it at the next one, when the host uses it for something else. */
export const keptRequest: BrokenCase = {
  breaks: PROMISES.lent,
  plugin: changedSwap('kept-request', 'Keeps the request object', (sound) => {
    let last: ReclaimRequest | undefined;
    let hard = 0;
    return {
      reclaim: (request) => {
        if (last?.state === 'hard') hard++;
        last = request;
        return sound.reclaim(request);
      },
      counters: () => ({ hard }),
    };
  }),
};
