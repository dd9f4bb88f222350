/** Says where guests replay one recording: nothing else does, and it makes sharing look better than it is. */
import type { Copies } from '@overbook/lab';
import { basename } from 'node:path';

import type { Assumption } from './assumption.ts';
import { listed } from './words.ts';

/** Names are listed up to so many. */
const NAMED = 4;

/** What is said of them, or nothing where every guest has files of its own. */
export function copiesSaid(copies: readonly Copies[]): Assumption | undefined {
  if (copies.length === 0) return undefined;
  const all = copies.map(({ dataset, guests }) => `${guestsSaid(guests)} replay ${basename(dataset)}`);
  return {
    whole:
      `One file for several guests: ${all.join('; ')}. They hold equal pages that separate machines would not: what ` +
      'they share across guests is an upper bound. With a different `salt` each they share nothing: a lower bound.',
    brief: `${all.join('; ')}, so what they share across guests is an upper bound`,
  };
}

function guestsSaid(guests: readonly string[]): string {
  return guests.length <= NAMED
    ? listed([...guests])
    : `${guests.length} guests (${guests[0]!} to ${guests.at(-1)!})`;
}
