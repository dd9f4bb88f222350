import { type Gfn, type VmId } from '../units/page.ts';

/** What the hypervisor tells the translation hardware (and its own shadow tables) when a backing changes. */
export interface TranslationService {
  /**
   * The backing of a guest page changed or its accessed bit was cleared: every cached translation of it is
   * stale.
   */
  invalidate(vm: VmId, gfn: Gfn): void;
}
