import type { GuestStatistics, VmFacts } from '@overbook/core';
import { PAGES_PER_MIB } from '@overbook/core';

/** How large a balloon may be, and what keeps it from being larger: the phrase a refusal gives. */
export interface BalloonLimit {
  readonly pages: number;
  readonly why: 'at maximum' | 'at reservation' | 'guest has nothing to give' | 'guest tells nothing';
}

type Sized = Pick<VmFacts, 'name' | 'size' | 'reservation'>;

/** The options of the same names. */
export interface LimitSettings {
  readonly maxPercent: number;
  readonly maxMiB: Readonly<Record<string, number>>;
  readonly plateauPercent: number;
  readonly safePercent: number;
  readonly blindPercent: number;
}

/**
 * Most pages the VM's balloon may hold now: the least of the set maximum, what the reservation leaves, and what the
 * guest can give without harm. A guest could give what its balloon holds and what it still has available; of that sum
 * only a part is taken, so that orders which follow each other do not creep up to the last page, and the part is held
 * only as long as the guest can spare it. A guest asked for more kills its programs: real ones did when told to shrink
 * from 144 to 75 MiB with 9 MiB available, and did not at 80 % of it.
 *
 * `available` counts the page cache that can go; a guest that tells only its free pages has at least those. One that
 * tells neither may have much or nothing: only a small fixed part is taken.
 */
export function balloonLimit(
  vm: Sized,
  ballooned: number,
  told: GuestStatistics | undefined,
  settings: LimitSettings,
): BalloonLimit {
  const spare = told?.available ?? told?.free;
  const guest: BalloonLimit =
    spare === undefined
      ? { pages: percentOf(vm.size, settings.blindPercent), why: 'guest tells nothing' }
      : { pages: percentOf(ballooned + spare, settings.safePercent), why: 'guest has nothing to give' };
  const most = percentOf(setMaximum(vm, settings), settings.plateauPercent);
  const set: BalloonLimit = { pages: most, why: 'at maximum' };
  const reserved: BalloonLimit = { pages: vm.size - vm.reservation, why: 'at reservation' };
  return [set, reserved, guest].reduce((least, one) => (one.pages < least.pages ? one : least));
}

/** Most pages the balloon of a VM may hold whatever the guest says (esxtop MCTLMAX). */
export function mostEver(vm: Sized, settings: LimitSettings): number {
  return Math.min(setMaximum(vm, settings), vm.size - vm.reservation);
}

/** What the VM's owner set (sched.mem.maxmemctl), else the host's part of its size (Mem.CtlMaxPercent). */
function setMaximum({ name, size }: Sized, { maxPercent, maxMiB }: LimitSettings): number {
  return Object.hasOwn(maxMiB, name)
    ? Math.min(size, maxMiB[name]! * PAGES_PER_MIB)
    : percentOf(size, maxPercent);
}

function percentOf(pages: number, percent: number): number {
  return Math.floor((pages * percent) / 100);
}
