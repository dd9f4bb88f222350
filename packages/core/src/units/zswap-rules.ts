import { linuxSince } from './linux-version.ts';

/** What zswap does in one version of Linux and not in another, as far as it decides what takes memory. */
export interface ZswapKernel {
  /** Pages of any one 8-byte word take no memory. False: zero pages alone, in a bitmap of the swap device. */
  readonly keepsWords: boolean;
  /** Pages that do not get smaller are kept as they are, a frame each. False: they are refused. */
  readonly storesIncompressible: boolean;
}

/**
 * 6.12: "mm: store zero pages to be swapped out in a bitmap", "mm: remove code to handle same filled pages". 6.18:
 * "mm/zswap: store <PAGE_SIZE compression failed page as-is".
 */
export function zswapOf(kernel: string): ZswapKernel {
  return { keepsWords: !linuxSince(kernel, 6, 12), storesIncompressible: linuxSince(kernel, 6, 18) };
}
