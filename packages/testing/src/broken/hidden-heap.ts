import { BLOCKED, toNs } from '@overbook/core';

import { changedSwap, withBacking } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/**
 * Calls itself a swap and keeps its pages in this process, whole and within reach: the host has the memory back on
 * paper alone. What gives it away is that a page comes back in no time.
 */
export const hiddenHeap: BrokenCase = {
  breaks: PROMISES.storage,
  plugin: changedSwap('hidden-heap', 'Keeps pages in memory that it does not account for', (sound, deps) =>
    withBacking(sound, {
      fault: (...given) => {
        const done = sound.backing.fault(...given);
        return done === BLOCKED ? done : toNs(deps.frames.readyAt);
      },
    }),
  ),
};
