import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Can be tuned and does not say by what: core refuses every order of a policy that tunes it. */
export const unspokenSettings: BrokenCase = {
  breaks: PROMISES.tune,
  plugin: changedSwap('unspoken-settings', 'Tunes by settings of no schema', () => ({
    tune: () => undefined,
  })),
};
