import { KIND_UNTOUCHED } from '@overbook/core';

import { changedBlocks } from '../kit/kit-blocks.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Has guests unplug blocks and leaves the frames behind them where they are: nobody gains anything. */
export const hoardedBlocks: BrokenCase = {
  breaks: PROMISES.given,
  plugin: changedBlocks('hoarded-blocks', 'Keeps what guests give', {
    gave: (table, ...page) => (table.kind(page[0], page[1]) === KIND_UNTOUCHED ? table.drop(...page) : 0),
  }),
};
