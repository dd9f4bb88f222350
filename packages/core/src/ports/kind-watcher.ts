import type { Gfn, VmId } from '../units/page.ts';

/**
 * Is told of pages that strategies keep in their own kinds: for measuring a host from outside. It looks and
 * changes nothing; it is told inside faults and reclaim.
 */
export interface KindWatcher {
  /** A page went into a strategy's kind: it was evicted there, or handed on by another strategy. */
  entered(vm: VmId, gfn: Gfn, kind: number): void;
  /** The guest touched a page of such a kind and has it back. @param payload its former backing */
  touched(vm: VmId, gfn: Gfn, kind: number, payload: number): void;
}
