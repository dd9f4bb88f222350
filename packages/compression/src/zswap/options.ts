import { linuxSince, zswapOf } from '@overbook/core';
import type { output } from 'zod';
import { z } from 'zod';

import { NO_SUCH_CHAIN, hasChain, linuxOptions } from '../linux-options.ts';
import type { SameFilled } from '../vm-entries.ts';

const shape = {
  maxPoolPercent: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe("Maximum size of the pool, in percent of the host's memory (max_pool_percent)."),
  acceptThresholdPercent: z
    .int()
    .min(1)
    .max(100)
    .default(90)
    .describe(
      'Once full, the pool takes no page until it is at this percentage of its maximum (accept_threshold_percent).',
    ),
  ...linuxOptions,
  sameFilled: z
    .union([z.boolean(), z.literal('zeros')])
    .optional()
    .describe(
      'Pages without memory. zeros: zero pages, whether the pool is full or not; true: any 8-byte word; false: none. ' +
        'Default: zeros from Linux 6.12 on, true before.',
    ),
  incompressible: z
    .enum(['store', 'reject'])
    .optional()
    .describe(
      'Pages that do not get smaller. store: as they are; reject: left to the swapper. Default: store from Linux ' +
        '6.18 on, reject before.',
    ),
  secondChance: z
    .boolean()
    .optional()
    .describe(
      'Writeback passes over each entry once before it may go. Default: true from Linux 6.12 on, false before.',
    ),
};

/** Options of zswap; types, defaults, JSON Schema and the README table come from here. */
export const zswapOptions = z.strictObject(shape).refine(hasChain, NO_SUCH_CHAIN);
export type ZswapOptions = output<typeof zswapOptions>;

/** What a policy may change while the host runs, as under /sys/module/zswap/parameters. */
export const zswapTunable = z.strictObject({
  maxPoolPercent: shape.maxPoolPercent.unwrap().optional(),
  acceptThresholdPercent: shape.acceptThresholdPercent.unwrap().optional(),
});

/** What differs between kernels, as the options and the kernel say. */
export interface ZswapRules {
  readonly sameFilled: SameFilled;
  readonly storesIncompressible: boolean;
  readonly secondChance: boolean;
}

/** 6.12: "zswap: implement a second chance algorithm for dynamic zswap shrinker"; the rest is `zswapOf`'s. */
export function zswapRules({ kernel, sameFilled, incompressible, secondChance }: ZswapOptions): ZswapRules {
  const { keepsWords, storesIncompressible } = zswapOf(kernel);
  return {
    sameFilled: sameFilled ?? (keepsWords ? true : 'zeros'),
    storesIncompressible: incompressible === undefined ? storesIncompressible : incompressible === 'store',
    secondChance: secondChance ?? linuxSince(kernel, 6, 12),
  };
}
