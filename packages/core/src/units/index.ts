/** Units, errors and content vocabulary: the part of core that knows nothing of hosts. */
export { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from './access.ts';
export type { Bytes, Gfn, Gvpn, Mfn, Nanoseconds, Pages, VmId } from './page.ts';
export {
  PAGE_BYTES,
  LARGE_PAGE_PAGES,
  PAGES_PER_MIB,
  NS_PER_MS,
  NS_PER_SECOND,
  toBytes,
  toGfn,
  toGvpn,
  toMfn,
  mib,
  toNs,
  toPages,
  toVmId,
} from './page.ts';
export type { OverbookErrorCode } from './error-codes.ts';
export { ERROR_CODES } from './error-codes.ts';
export type { ErrorSubject } from './errors.ts';
export { OverbookError, isOverbookError } from './errors.ts';
export type { ContentTable } from './content.ts';
export { FILL_OTHER, FILL_SAME, FILL_ZERO } from './content.ts';
export { inMiB } from './in-mib.ts';
export { keySlot } from './key-slot.ts';
export { LINUX_VERSION, NEWEST_LTS_KERNEL, linuxSince } from './linux-version.ts';
export type { ChainRule, SizeClass } from './size-classes.ts';
export { SizeClasses, chainsOf } from './size-classes.ts';
export type { ZswapKernel } from './zswap-rules.ts';
export { zswapOf } from './zswap-rules.ts';
