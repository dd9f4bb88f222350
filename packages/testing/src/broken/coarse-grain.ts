import { changedBlocks } from '../kit/kit-blocks.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Says that it can give two pages and gives blocks of four: small requests never help anybody. */
export const coarseGrain: BrokenCase = {
  breaks: PROMISES.grain,
  plugin: changedBlocks('coarse-grain', 'Gives more at a time than it says', {}, 2),
};
