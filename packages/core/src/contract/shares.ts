import type { Pages } from '../units/page.ts';
import { PAGES_PER_MIB } from '../units/page.ts';

/** Shares by name, as in vSphere, or as a number. Only their ratio to siblings' shares counts. */
export type Shares = ShareLevel | number;
export type ShareLevel = 'high' | 'normal' | 'low';

/** vSphere's shares of a VM per MiB of its size; high : normal : low is 4 : 2 : 1. */
const VM_SHARES_PER_MIB: Readonly<Record<ShareLevel, number>> = { high: 20, normal: 10, low: 5 };
/** vSphere's memory shares of a resource pool: those of a VM of 16 GiB. */
const POOL_SHARES: Readonly<Record<ShareLevel, number>> = { high: 327_680, normal: 163_840, low: 81_920 };

/** Shares of a VM of `size` pages; `normal` when it says nothing. */
export function vmShares(shares: Shares = 'normal', size: Pages): number {
  return typeof shares === 'number' ? shares : (size * VM_SHARES_PER_MIB[shares]) / PAGES_PER_MIB;
}

/** Shares of a resource pool; `normal` when it says nothing. */
export function poolShares(shares: Shares = 'normal'): number {
  return typeof shares === 'number' ? shares : POOL_SHARES[shares];
}
