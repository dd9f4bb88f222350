import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Takes a page over and says that it did not: the next strategy would take it over again. */
export const secretAccept: BrokenCase = {
  breaks: PROMISES.accept,
  plugin: changedSwap('secret-accept', 'Takes pages over in secret', (sound) => ({
    accept: (page) => !sound.accept(page),
  })),
};
