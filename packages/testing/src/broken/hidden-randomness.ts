import { randomInt } from 'node:crypto';

import { defineStrategy } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Draws its victims from the system's random numbers instead of the host's seed. */
export const hiddenRandomness: BrokenCase = {
  breaks: PROMISES.sameSeed,
  plugin: defineStrategy({
    id: 'hidden-randomness',
    contract: 2,
    title: 'Chooses victims by chance that no seed governs',
    options: noOptions,
    needs: kitSwapNeeds,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const stream = { uint32: () => randomInt(2 ** 32), below: (bound: number) => randomInt(bound) };
      return makeKitSwap({ ...deps, random: { stream: () => stream } }, self);
    },
  }),
};
