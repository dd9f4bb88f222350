import { OverbookError } from '@overbook/core';

import type { GuestSpec } from './guest-spec.ts';
import { checkTakes } from './recorded/takes.ts';

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
 * @throws OVB_NO_GUESTS, OVB_TAKES_DIFFER, OVB_CONTENT_KEYS, OVB_NO_BYTES
 */
export function checkGuests(host: string, guests: readonly GuestSpec[], store: 'keys' | 'bytes'): string {
  if (guests.length === 0)
    throw new OverbookError('OVB_NO_GUESTS', host, 'there is no guest', 'Give at least one guest.');
  for (const guest of guests) if (guest.kind === 'recorded') checkTakes(guest);
  if (store === 'bytes') for (const guest of guests) if (!hasBytes(guest)) throw noBytes(guest);
  const keyed = guests.filter((guest) => contentKeyOf(guest) !== undefined);
  const first = keyed[0];
  if (first === undefined) return 'sha256-64';
  const other = keyed.find((guest) => contentKeyOf(guest) !== contentKeyOf(first));
  if (other === undefined) return contentKeyOf(first)!;
  throw new OverbookError(
    'OVB_CONTENT_KEYS',
    `guest ${other.name}`,
    `its content keys are ${contentKeyOf(other)}, those of guest '${first.name}' ${contentKeyOf(first)}`,
    'Digest the images again with one content key and secret: guests with different keys would share nothing.',
    undefined,
    { vm: other.name },
  );
}

function noBytes(guest: GuestSpec): OverbookError {
  return new OverbookError(
    'OVB_NO_BYTES',
    `guest ${guest.name}`,
    'it has no page bytes, but the host keeps bytes',
    'Use `store: keys`, or a guest whose pages come from a raw image.',
    undefined,
    { vm: guest.name },
  );
}
