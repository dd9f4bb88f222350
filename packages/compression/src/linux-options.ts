import { LINUX_VERSION, NEWEST_LTS_KERNEL, SizeClasses, chainsOf } from '@overbook/core';
import { z } from 'zod';

import { COMPRESSOR_NAMES } from './compressor.ts';

/** Options that zswap and zram have in common. */
export const linuxOptions = {
  kernel: z
    .string({ error: 'is not text\nPut the version in quotes: without them, YAML reads 6.10 as 6.1.' })
    .regex(
      LINUX_VERSION,
      `is not a Linux version\nGive one as \`uname -r\` prints it, such as "6.1" or "6.18".`,
    )
    .default(NEWEST_LTS_KERNEL)
    .describe('Version of Linux whose rules apply where versions differ.'),
  compressor: z
    .enum(COMPRESSOR_NAMES)
    .default('lz4')
    .describe(
      'Sets the cost of each page alone: sizes are those that the recording or the host knows, which are LZ4. ' +
        'Kernels come with lzo or lzo-rle.',
    ),
  chainSize: z
    .int()
    .min(4)
    .max(16)
    .optional()
    .describe(
      'Maximum frames in a chain (CONFIG_ZSMALLOC_CHAIN_SIZE). Default: 8 from Linux 6.3 on, 4 before, which is fixed.',
    ),
  compactSeconds: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Moves objects together that often and frees the chains that fall empty; 0: never. Linux does so when told, or ' +
        'under pressure where a gigabyte could be gained.',
    ),
} as const;

interface Chains {
  readonly kernel: string;
  readonly chainSize?: number | undefined;
}

/** A chain that the kernel cannot have: for `refine`. */
export function hasChain({ kernel, chainSize }: Chains): boolean {
  // A kernel that is no version is refused under its own name.
  if (!LINUX_VERSION.test(kernel)) return true;
  const { longest, rule } = chainsOf(kernel);
  return chainSize === undefined || rule === 'leastWaste' || chainSize === longest;
}
export const NO_SUCH_CHAIN = {
  path: ['chainSize'],
  error: 'is 4 in kernels before 6.3\nLeave out `chainSize`, or set a `kernel` from "6.3" on.',
};

/** Size classes by the options. */
export function sizeClasses({ kernel, chainSize }: Chains): SizeClasses {
  const { longest, rule } = chainsOf(kernel);
  return new SizeClasses(chainSize ?? longest, rule);
}
