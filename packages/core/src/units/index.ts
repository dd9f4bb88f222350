/** Units, errors and content vocabulary: the part of core that knows nothing of hosts. */
export {
  type Bytes,
  type Gfn,
  type Gvpn,
  type Mfn,
  type Nanoseconds,
  type Pages,
  type VmId,
  PAGE_BYTES,
  LARGE_PAGE_PAGES,
  PAGES_PER_MIB,
  NS_PER_MS,
  NS_PER_SECOND,
  bytes,
  gfn,
  gvpn,
  mfn,
  mib,
  ns,
  pages,
  vmId,
} from './page.ts';
export { type OverbookErrorCode, OverbookError, isOverbookError } from './errors.ts';
export { type ContentTable, FILL_OTHER, FILL_SAME, FILL_ZERO } from './content.ts';
