import { toPages } from '@overbook/core';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Counts arrivals that it never ordered: fewer than no pages are pending. */
export const negativePending: BrokenCase = {
  breaks: PROMISES.pending,
  plugin: changedSwap('negative-pending', 'Waits for fewer than no pages', () => ({
    pending: () => toPages(-1),
  })),
};
