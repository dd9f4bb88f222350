import { BLOCKED, toMfn, toNs } from '@overbook/core';

import { changedSwap, withBacking } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Serves a fault at once although the frame for it is free only when what was in it is written. */
export const earlyFault: BrokenCase = {
  breaks: PROMISES.faultTime,
  plugin: changedSwap('early-fault', 'Ends faults before their frame is ready', (sound, deps) => ({
    ...withBacking(sound, {
      fault: (...given) => {
        const done = sound.backing.fault(...given);
        return done === BLOCKED ? done : toNs(given[3] + 1000);
      },
    }),
    // As a real swap does, it waits for its device before a frame is free.
    reclaim: (request) => {
      const receipt = sound.reclaim(request);
      const { device } = deps;
      const written = receipt.freed > 0 ? device?.write(request.at, toMfn(0)) : undefined;
      return written === undefined ? receipt : { ...receipt, readyAt: written };
    },
  })),
};
