import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Counts how often it was read: two looks at one moment differ. */
export const restlessCounter: BrokenCase = {
  breaks: PROMISES.counters,
  plugin: changedSwap('restless-counter', 'Counts its own readers', () => {
    let reads = 0;
    return { vmCounters: () => ({ reads: reads++ }) };
  }),
};
