import type { Gfn, VmId } from '../units/page.ts';

/** A cache of translations made from the mapping tables: TLBs, shadow tables. */
export interface CachedTranslations {
  /**
   * The backing of a guest page changed or its accessed bit was cleared: every cached translation of it is stale.
   */
  invalidate(vm: VmId, gfn: Gfn): void;
}
