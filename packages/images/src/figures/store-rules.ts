/** What zram and zswap do by version of Linux, as far as it decides how much memory they take. */
import type { ZswapKernel } from '@overbook/core/units';
import {
  LINUX_VERSION,
  NEWEST_LTS_KERNEL,
  OverbookError,
  SizeClasses,
  chainsOf,
  zswapOf,
} from '@overbook/core/units';

/** Which kernel's stores. */
export interface StoreKernel {
  /** Version of Linux, as 6.12; DEFAULT_KERNEL when not given. */
  readonly kernel?: string;
  /** CONFIG_ZSMALLOC_CHAIN_SIZE, 4 to 16; the default of that kernel when not given. */
  readonly zsmallocChain?: number;
}

export interface StoreRules {
  readonly kernel: string;
  readonly zsmallocChain: number;
  readonly classes: SizeClasses;
  readonly zswap: ZswapKernel;
}

/** The kernel that this follows when none is named. */
export const DEFAULT_KERNEL = NEWEST_LTS_KERNEL;

/**
 * Rules of a kernel: chains are those of `chainsOf`, what zswap does is `zswapOf`'s.
 *
 * @throws OVB_USAGE for what is no version, or a chain that this kernel cannot have
 */
export function storeRules({ kernel = DEFAULT_KERNEL, zsmallocChain }: StoreKernel = {}): StoreRules {
  if (!LINUX_VERSION.test(kernel)) throw noVersion(kernel);
  const { longest, rule } = chainsOf(kernel);
  const isOld = rule === 'mostUsedPercent';
  const chain = zsmallocChain ?? longest;
  if (isOld ? chain !== 4 : !(Number.isInteger(chain) && chain >= 4 && chain <= 16))
    throw noChain(kernel, chain, isOld);
  return {
    kernel,
    zsmallocChain: chain,
    classes: new SizeClasses(chain, rule),
    zswap: zswapOf(kernel),
  };
}

function noVersion(kernel: string): OverbookError {
  return new OverbookError(
    'OVB_USAGE',
    'kernel',
    `'${kernel}' is not a Linux version`,
    `Give one as \`uname -r\` prints it, such as 6.1 or ${DEFAULT_KERNEL}.`,
  );
}

function noChain(kernel: string, chain: number, isOld: boolean): OverbookError {
  return new OverbookError(
    'OVB_USAGE',
    'zsmalloc chain',
    isOld
      ? `Linux ${kernel} has chains of 4 frames, not of ${chain}`
      : `chains are 4 to 16 frames long, not ${chain}`,
    isOld
      ? 'Leave the chain out, or name a kernel from 6.3 on.'
      : 'Give the CONFIG_ZSMALLOC_CHAIN_SIZE of the kernel.',
  );
}
