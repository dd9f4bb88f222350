import { SOUND_CLONES, changedClones } from '../kit/kit-clones.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Attaches the pages of a template and gives the guest zeros for every third of them. */
export const forgottenOrigin: BrokenCase = {
  breaks: PROMISES.origin,
  plugin: changedClones('forgotten-origin', 'Forgets what VMs were cloned from', {
    load: (deps, vm, page, into) => {
      if (page % 3 === 0) deps.store.zero(into);
      else SOUND_CLONES.load(deps, vm, page, into);
    },
  }),
};
