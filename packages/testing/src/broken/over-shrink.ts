import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Says that it freed each frame that was wanted, and keeps nothing that it could free. */
export const overShrink: BrokenCase = {
  breaks: PROMISES.shrink,
  plugin: changedSwap('over-shrink', 'Claims frames that it did not free', () => ({
    shrink: ({ frames }) => frames,
  })),
};
