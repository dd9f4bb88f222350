import type { Gfn, VmId } from '../units/page.ts';

/**
 * What guests will touch, where that is known before they run. No real host knows it: who asks for it is a bound, not
 * a technique. A VM's time is counted in the accesses of its guest since power-on.
 */
export interface FutureService {
  /** Accesses that the VM's guest has finished; the one that waits for the host now is not among them. */
  now(vm: VmId): number;
  /**
   * When the page is touched next: the number of accesses before that one, counted as in `now`. At least `now`, which
   * is the access that waits or comes next; Infinity where no access will touch it. No two pages of a VM have the same
   * finite answer.
   */
  nextAccess(vm: VmId, gfn: Gfn): number;
}
