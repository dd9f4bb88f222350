import { PAGE_STORE } from '@overbook/core';
import { bind } from '@overbook/core/host';

import { kitSwap } from '../kit/kit-swap.ts';
import { storeWith } from '../kit/store-with.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** A page store that hands on frames as their last owner left them, under a sound strategy. */
export const skippedZeroing: BrokenCase = {
  breaks: PROMISES.newFrame,
  plugin: kitSwap,
  bindings: [bind(PAGE_STORE, (usual) => storeWith(usual, { zero: () => undefined }))],
};
