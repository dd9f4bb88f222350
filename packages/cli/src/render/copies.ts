/** Says where guests have one file: nothing else does, and how they share pages rests on it. */
import type { Copies } from '@overbook/lab';
import { listed, percent } from '@overbook/lab/words';
import { basename } from 'node:path';

import type { Assumption } from './assumption.ts';

/** Names are listed up to so many. */
const NAMED = 4;

/** What is said of them, or nothing where every guest has files of its own. */
export function copiesSaid(copies: readonly Copies[]): Assumption | undefined {
  const all = [machinesOfTheirOwn, clonesOfOne, usersOfOneImage].flatMap((say) => say(copies) ?? []);
  if (all.length === 0) return undefined;
  return { whole: all.map(({ whole }) => whole).join(' '), brief: all.map(({ brief }) => brief).join('; ') };
}

function machinesOfTheirOwn(copies: readonly Copies[]): Assumption | undefined {
  const all = copies.flatMap(({ dataset, guests, clones = [], rekeyed }) =>
    rekeyed === undefined || clones.length === guests.length
      ? []
      : `${guestsSaid(guests.filter((name) => !clones.includes(name)))} of ${basename(dataset)}, ` +
        `${percent(rekeyed)} of its pages re-keyed for each copy`,
  );
  if (all.length === 0) return undefined;
  return {
    whole:
      `Copies: ${all.join('; ')} (of those with more than one repeated byte). Each copy is a machine of its own. ` +
      'All have in common the contents that other recordings have too, what was there when the work began, and the ' +
      'text of programs.',
    brief: `copies: ${all.join('; ')}`,
  };
}

function clonesOfOne(copies: readonly Copies[]): Assumption | undefined {
  const all = copies.flatMap(({ dataset, clones = [] }) =>
    clones.length < 2 ? [] : `${guestsSaid(clones)} of ${basename(dataset)}`,
  );
  if (all.length === 0) return undefined;
  return {
    whole:
      `Clones of one machine, with equal pages: ${all.join('; ')}. What they share is more than machines that were ` +
      'set up alike would.',
    brief: `clones with equal pages: ${all.join('; ')}`,
  };
}

/** Contents of images are drawn from for what scripted guests write. */
function usersOfOneImage(copies: readonly Copies[]): Assumption | undefined {
  const all = copies.flatMap(({ dataset, guests, rekeyed }) =>
    rekeyed === undefined ? `${guestsSaid(guests)} replay ${basename(dataset)}` : [],
  );
  if (all.length === 0) return undefined;
  return {
    whole:
      `One image for several guests: ${all.join('; ')}. They hold equal pages that separate machines would not: what ` +
      'they share across guests is an upper bound. With a different `salt` each they share nothing: a lower bound.',
    brief: `${all.join('; ')}, so what they share across guests is an upper bound`,
  };
}

function guestsSaid(guests: readonly string[]): string {
  return guests.length <= NAMED
    ? listed([...guests])
    : `${guests.length} guests (${guests[0]!} to ${guests.at(-1)!})`;
}
