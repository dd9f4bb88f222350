import type { Pages, SwapDevice } from '@overbook/core';
import type { VmSpec } from '@overbook/core/host';
import { toPages } from '@overbook/core';

import type { Guest, GuestSurroundings } from './engine/guest.ts';
import { GuestDisk } from './engine/guest-disk.ts';
import type { GuestSpec } from './guest-spec.ts';
import { FlatGuest } from './guests/flat-guest.ts';
import { PhasedGuest } from './guests/phased-guest.ts';
import { ScriptGuest } from './guests/script-guest.ts';
import { LinuxGuest } from './linux/linux-guest.ts';
import { RecordedGuest } from './recorded/recorded-guest.ts';

/** The virtual machine that a guest runs in. One that comes later, with nothing to arrive with, is off until then. */
export function vmOf(guest: GuestSpec): VmSpec {
  return {
    name: guest.name,
    size: sizeOf(guest),
    ...(guest.reservation === undefined ? {} : { reservation: guest.reservation }),
    ...(guest.limit === undefined ? {} : { limit: guest.limit }),
    ...(guest.shares === undefined ? {} : { shares: guest.shares }),
    ...(guest.salt === undefined ? {} : { salt: guest.salt }),
    ...(guest.sharing === undefined ? {} : { sharing: guest.sharing }),
    ...(guest.pool === undefined ? {} : { pool: guest.pool }),
    ...(guest.vcpus === undefined ? {} : { vcpus: guest.vcpus }),
    ...(guest.overhead === undefined ? {} : { overhead: guest.overhead }),
    ...(comesLater(guest) ? { poweredOn: false } : {}),
  };
}

/** True where a balloon driver will run in the guest, sooner or later. */
export function runsDriver(guest: GuestSpec): boolean {
  switch (guest.kind) {
    case 'flat':
      return false;
    case 'recorded':
    case 'linux':
      return guest.driver !== false;
    case 'script':
    case 'phased':
      return guest.driver === true;
  }
}

function comesLater(guest: GuestSpec): boolean {
  return (guest.offsetMs ?? 0) > 0 && !(guest.kind === 'recorded' && guest.start === 'work-start');
}

function sizeOf(guest: GuestSpec): Pages {
  switch (guest.kind) {
    case 'recorded':
      return toPages(Math.max(guest.size ?? 0, guest.recording.pages));
    case 'flat':
      return toPages(Math.max(guest.size ?? 0, guest.trace.pages));
    default:
      return guest.size;
  }
}

/** The guest's disk. @param swapDevice the device that the host swaps to, for a guest whose disk is on it */
export function makeDisk(
  { name }: GuestSpec,
  {
    random,
    costs,
    nowNs,
    swapDevice,
  }: Pick<GuestSurroundings, 'random' | 'costs'> & {
    readonly nowNs: () => number;
    readonly swapDevice?: SwapDevice | undefined;
  },
): GuestDisk {
  return new GuestDisk({
    random: random.stream(`guest/${name}/disk`),
    write: costs.guestDiskWrite,
    nowNs,
    shared: swapDevice,
  });
}

/** Makes a guest in its surroundings. @throws OVB_NO_WORK_START */
export function makeGuest(spec: GuestSpec, around: GuestSurroundings): Guest {
  switch (spec.kind) {
    case 'recorded':
      return new RecordedGuest(spec, around);
    case 'flat':
      return new FlatGuest(spec, around);
    case 'script':
      return new ScriptGuest(spec, around);
    case 'linux':
      return new LinuxGuest(spec, around);
    case 'phased':
      return new PhasedGuest(spec, around);
  }
}
