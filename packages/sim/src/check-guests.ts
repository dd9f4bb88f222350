import { OverbookError } from '@overbook/core';

import type { GuestSpec } from './guest-spec.ts';

/** What the contents of a guest's pages are named by; undefined where it writes private contents only. */
function contentKeyOf(guest: GuestSpec): string | undefined {
  if (guest.kind === 'recorded') return guest.recording.contentKey;
  // Keys of phased guests are numbers of their own: they meet no content of others.
  return guest.kind === 'linux' || guest.kind === 'phased' ? undefined : guest.contents?.contentKey;
}

function hasBytes(guest: GuestSpec): boolean {
  return (guest.kind === 'flat' || guest.kind === 'script') && guest.contents?.bytes !== undefined;
}

/**
 * Refuses guests that cannot be in one host, before anything runs.
 * @returns the name of the content keys that all of them share
 * @throws OVB_GUEST_NAME, OVB_CONTENT_KEYS, OVB_NO_BYTES
 */
export function checkGuests(host: string, guests: readonly GuestSpec[], store: 'keys' | 'bytes'): string {
  const names = guests.map((guest) => guest.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (guests.length === 0 || twice !== undefined) {
    throw new OverbookError(
      'OVB_GUEST_NAME',
      host,
      twice === undefined ? 'there is no guest' : `two guests are called '${twice}'`,
      'Give at least one guest, each with a name of its own.',
    );
  }
  if (store === 'bytes') for (const guest of guests) if (!hasBytes(guest)) throw noBytes(guest);
  const keyed = guests.filter((guest) => contentKeyOf(guest) !== undefined);
  const first = keyed[0];
  if (first === undefined) return 'sha256-64';
  const other = keyed.find((guest) => contentKeyOf(guest) !== contentKeyOf(first));
  if (other === undefined) return contentKeyOf(first)!;
  const both = [first, other].map((guest) => `guest ${guest.name} has ${contentKeyOf(guest)}`).join(', ');
  throw new OverbookError(
    'OVB_CONTENT_KEYS',
    host,
    `content keys differ: ${both}; these guests would never share a page`,
    'Digest or record both with the same content key.',
  );
}

function noBytes(guest: GuestSpec): OverbookError {
  return new OverbookError(
    'OVB_NO_BYTES',
    `guest ${guest.name}`,
    'the host keeps real bytes and this guest brings contents that have none',
    'Use the key store (store: keys), or give the guest an input with bytes such as a raw memory image.',
  );
}
