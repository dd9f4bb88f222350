import { ROLE_NAMES } from '@overbook/formats/roles';

import type { BalloonedGuest } from '../result.ts';

/** Counts what a balloon did to a guest, by the role its kernel gave each page. */
export class BalloonTally {
  readonly given = new Float64Array(ROLE_NAMES.length);
  readonly displaced = new Float64Array(ROLE_NAMES.length);
  readonly reread = new Float64Array(ROLE_NAMES.length);
  returned = 0;
  peak = 0;
  guestSwapOuts = 0;
  guestSwapIns = 0;
  diskNs = 0;
  outOfMemory = 0;
  reported = 0;

  /** The measured part begins: what the guest gave stays counted, what that costs it is counted anew. */
  measure(): void {
    this.reread.fill(0);
    this.guestSwapIns = 0;
    this.diskNs = 0;
    this.outOfMemory = 0;
  }

  /** Plain numbers; roles that did not occur are left out. */
  result(): BalloonedGuest {
    const { returned, peak, guestSwapOuts, guestSwapIns, diskNs, outOfMemory, reported } = this;
    return {
      given: byRole(this.given),
      displaced: byRole(this.displaced),
      returned,
      peak,
      reread: byRole(this.reread),
      guestSwapOuts,
      guestSwapIns,
      diskNs,
      outOfMemory,
      reported,
    };
  }
}

function byRole(counts: Float64Array): Record<string, number> {
  const named: Record<string, number> = {};
  counts.forEach((count, role) => {
    if (count > 0) named[ROLE_NAMES[role]!] = count;
  });
  return named;
}
