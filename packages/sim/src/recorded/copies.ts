/**
 * Several guests from one recording. As recorded they would be one machine many times over, and share everything.
 * So each but the first is a machine of its own: contents that only this guest has get other keys in each copy,
 * contents that any machine of its release has (CommonContents) keep theirs.
 */
import type { Recording } from '@overbook/traces';

import type { GuestSpec, RecordedGuestSpec } from '../guest-spec.ts';
import type { CopyEvidence } from './copy-evidence.ts';
import { evidenceOf } from './copy-evidence.ts';
import { takesOf } from './takes.ts';

/** Guests that replay one recording. */
export interface CopiedRecording {
  readonly recording: Recording;
  /** Their names, in order of names. */
  readonly guests: readonly string[];
  /** Those of them that are clones of one machine. */
  readonly clones: readonly string[];
  /**
   * Of the pages that hold more than one repeated byte, the part whose content is another in each copy; over all
   * snapshots from the beginning of the work on.
   */
  readonly rekeyed: number;
}

/** Copies among the guests of one configuration; made once for all its runs. */
class Copies {
  readonly #guests: readonly RecordedGuestSpec[];
  #evidence: CopyEvidence | undefined;

  constructor(guests: readonly GuestSpec[]) {
    this.#guests = guests.filter((guest) => guest.kind === 'recorded');
  }

  /** Recordings that several guests have, or may have where their takes are drawn. */
  get copied(): readonly Recording[] {
    return this.#recordings().filter((recording) => usersOf(recording, this.#guests).length > 1);
  }

  about(recording: Recording): CopiedRecording {
    const users = usersOf(recording, this.#guests);
    return {
      recording,
      guests: users.map(({ name }) => name),
      clones: users.flatMap(({ name, clones }) => (clones === true ? [name] : [])),
      rekeyed: this.#copyEvidence().rekeyedPart(recording),
    };
  }

  /** The guest with its own copy of its recording. @param among the guests of its run, with their takes */
  ownCopy(guest: RecordedGuestSpec, among: readonly RecordedGuestSpec[]): RecordedGuestSpec {
    const number = copyNumber(guest, among);
    if (number === 0) return guest;
    return { ...guest, recording: this.#copyEvidence().copy(guest.recording, number) };
  }

  #recordings(): readonly Recording[] {
    return [...new Set(this.#guests.flatMap(takesOf))];
  }

  #copyEvidence(): CopyEvidence {
    if (this.#evidence === undefined) {
      const lists = new Set(this.#guests.flatMap(({ commonContents }) => commonContents ?? []));
      this.#evidence = evidenceOf([...lists], this.#recordings(), this.copied);
    }
    return this.#evidence;
  }
}

/** Guests that have a recording among their takes, in order of names. */
function usersOf(recording: Recording, guests: readonly RecordedGuestSpec[]): readonly RecordedGuestSpec[] {
  return guests
    .filter((guest) => takesOf(guest).includes(recording))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** 0 is the guest that was recorded, and its clones. By names: the order of the list of guests decides nothing. */
function copyNumber(guest: RecordedGuestSpec, among: readonly RecordedGuestSpec[]): number {
  if (guest.clones === true) return 0;
  const users = usersOf(guest.recording, among);
  const own = users.filter(({ clones }) => clones !== true);
  return own.indexOf(guest) + (own.length < users.length ? 1 : 0);
}

const known = new WeakMap<readonly GuestSpec[], Copies>();

function copiesIn(guests: readonly GuestSpec[]): Copies {
  const copies = known.get(guests) ?? new Copies(guests);
  known.set(guests, copies);
  return copies;
}

/** Recordings that several guests replay, and how much of each is another in each copy. */
export function copiedRecordings(guests: readonly GuestSpec[]): readonly CopiedRecording[] {
  const copies = copiesIn(guests);
  return copies.copied.map((recording) => copies.about(recording));
}

/**
 * The guests of a run, each with the contents of a machine of its own.
 * @param guests with the takes that were drawn
 * @param asGiven the same of the configuration, with all their takes
 */
export function ownMachines(
  guests: readonly GuestSpec[],
  asGiven: readonly GuestSpec[] = guests,
): readonly GuestSpec[] {
  const copies = copiesIn(asGiven);
  if (copies.copied.length === 0) return guests;
  const recorded = guests.filter((guest) => guest.kind === 'recorded');
  return guests.map((guest) => (guest.kind === 'recorded' ? copies.ownCopy(guest, recorded) : guest));
}
