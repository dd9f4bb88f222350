import { hostSwapOptions } from '@overbook/hostswap';
import { z } from 'zod';

const { device, hostCacheMiB, directory } = hostSwapOptions.shape;

/** Options of belady: those of hostswap, without the choice of victims. */
export const beladyOptions = z.strictObject({ device, hostCacheMiB, directory });

/** Options of equal-pages. */
export const equalPagesOptions = z.strictObject({
  everyMs: z
    .int()
    .min(1)
    .default(1000)
    .describe(
      'Time between two passes over all pages, in milliseconds (chosen: a pass looks at every private page).',
    ),
  salting: z
    .literal([0, 1, 2])
    .default(0)
    .describe(
      'As of tps. 0: any VMs share; 1: VMs of equal salt, or without one; 2: within a VM, or equal salt.',
    ),
});
