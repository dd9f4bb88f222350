/** Takes: several recordings of one work. The seed draws which of them each guest replays. */
import { OverbookError } from '@overbook/core';
import type { Random } from '@overbook/core';
import type { Recording } from '@overbook/traces';

import type { GuestSpec, RecordedGuestSpec } from '../guest-spec.ts';

/** All recordings that a guest may replay, in the order in which they were given. */
export function takesOf({ recording, takes = [] }: RecordedGuestSpec): readonly Recording[] {
  return [recording, ...takes];
}

/**
 * For each guest which of its takes this run has, by place; undefined where there is nothing to draw. Drawn by the
 * guest's name: neither other guests nor the mix change it.
 */
export function drawnTakes(guests: readonly GuestSpec[], random: Random): readonly (number | undefined)[] {
  return guests.map((guest) =>
    guest.kind === 'recorded' && guest.takes !== undefined && guest.takes.length > 0
      ? random.stream(`guest/${guest.name}/take`).below(guest.takes.length + 1)
      : undefined,
  );
}

/** The guests with the takes that were drawn for them as their only recordings. */
export function withTakes(
  guests: readonly GuestSpec[],
  drawn: readonly (number | undefined)[],
): readonly GuestSpec[] {
  return guests.map((guest, place) => {
    const take = drawn[place];
    if (guest.kind !== 'recorded' || take === undefined) return guest;
    const { takes: _takes, ...rest } = guest;
    return { ...rest, recording: takesOf(guest)[take]! };
  });
}

/** Takes stand in for one another, so they are of machines of one size. @throws OVB_TAKES_DIFFER */
export function checkTakes(guest: RecordedGuestSpec): void {
  const [first, ...others] = takesOf(guest);
  const other = others.find(
    ({ pages, contentKey }) => pages !== first!.pages || contentKey !== first!.contentKey,
  );
  if (other === undefined) return;
  const ofBoth = (say: (recording: Recording) => string): string =>
    `${first!.name} has ${say(first!)}, ${other.name} ${say(other)}`;
  const what =
    other.pages === first!.pages
      ? ofBoth(({ contentKey }) => `content keys of ${contentKey}`)
      : ofBoth(({ pages }) => `${pages} pages`);
  throw new OverbookError(
    'OVB_TAKES_DIFFER',
    `guest ${guest.name}`,
    `its takes are of different machines: ${what}`,
    'Name recordings of one configuration, or make a guest of each.',
    undefined,
    { vm: guest.name, setting: 'recording' },
  );
}
