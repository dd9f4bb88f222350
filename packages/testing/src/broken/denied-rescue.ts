import { changedSwap } from '../kit/changed-swap.ts';
import { KIT_SWAPPED } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Says that it rescued every victim and rescues none. */
export const deniedRescue: BrokenCase = {
  breaks: PROMISES.rescue,
  plugin: changedSwap('denied-rescue', 'Claims rescues that it never makes', (_sound, _deps, self) => ({
    rescue: () => self.kinds[KIT_SWAPPED] !== undefined,
  })),
};
