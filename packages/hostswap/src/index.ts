/** @overbook/hostswap: hypervisor swapping, the last resort of every mix. */
import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { HostSwap } from './host-swap.ts';
import { needs } from './needs.ts';
import { hostSwapOptions } from './options.ts';

export { DEVICE_MODELS } from './devices.ts';
export { HostSwap } from './host-swap.ts';
export type { Victims } from './victims.ts';
export { needs as hostSwapNeeds };
export { hostSwapOptions };

/** Writes victims to a per-VM swap file; needs nothing from the guest. */
export const hostswap: StrategyPlugin<typeof needs, typeof hostSwapOptions> = defineStrategy({
  id: 'hostswap',
  contract: 2,
  title: 'Writes victims to a per-VM swap file; needs nothing from the guest',
  options: hostSwapOptions,
  needs,
  kinds: ['swapped'],
  lastResort: true,
  roles: { swapped: 'swapped' },
  actsFrom: 'hard',
  create: (deps, options, self) => new HostSwap(deps, options, self),
});
