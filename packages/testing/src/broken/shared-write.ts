import { changedClones } from '../kit/kit-clones.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Does not look whether a fault writes: the guest would write into the frame of all clones. */
export const sharedWrite: BrokenCase = {
  breaks: PROMISES.writeFault,
  plugin: changedClones('shared-write', 'Shares pages that are about to be written', {
    maySharePage: () => true,
  }),
};
