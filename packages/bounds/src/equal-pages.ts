import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { SharingPasses, equalPagesNeeds } from './sharing-passes.ts';
import { equalPagesOptions } from './options.ts';

/** All equal pages on one frame, found and copied for nothing; beside a strategy that swaps. */
export const equalPages: StrategyPlugin<typeof equalPagesNeeds, typeof equalPagesOptions> = defineStrategy({
  id: 'equal-pages',
  contract: 2,
  title: 'Bound: shares every equal page, and costs nothing',
  options: equalPagesOptions,
  needs: equalPagesNeeds,
  claims: ['shared'],
  bound: { free: ['cowBreak', 'minorFault', 'copyPage', 'breakLargePage'] },
  canGive: (_options, vms) => vms.some(({ sharing }) => sharing !== false),
  create: (deps, options) => new SharingPasses(deps, options),
});
