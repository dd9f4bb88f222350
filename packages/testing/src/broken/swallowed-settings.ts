import { z } from 'zod';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Its schema of settings lets anything pass: a policy that mistypes one never hears of it. */
export const swallowedSettings: BrokenCase = {
  breaks: PROMISES.tune,
  plugin: changedSwap('swallowed-settings', 'Swallows any settings', () => ({ tune: () => undefined }), {
    tunable: () => z.looseObject({ pace: z.number().optional() }),
  }),
};
