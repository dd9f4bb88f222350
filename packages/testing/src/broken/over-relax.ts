import { toPages } from '@overbook/core';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Claims to give back twice what a VM may have, and gives nothing. */
export const overRelax: BrokenCase = {
  breaks: PROMISES.relax,
  plugin: changedSwap('over-relax', 'Claims to give back more than was asked', () => ({
    relax: (request) => toPages(2 * request.pages),
  })),
};
