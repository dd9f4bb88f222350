/**
 * Which contents of recordings are common, and the copies made by that. It depends on the recordings alone, so all
 * configurations that copy the same ones have it together, whatever their hosts and however many their guests.
 */
import { FILL_OTHER } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';
import type { Recording } from '@overbook/traces';
import { applySnapshot, powerOnStates } from '@overbook/traces/frame-states';

import type { ContentKeys, Contents } from './common-contents.ts';
import { CommonContents } from './common-contents.ts';
import { shareScript } from './recorded-script.ts';

/** Sets of recordings that are kept for the first of them: a study changes its guests a few at a time. Chosen. */
const SETS_KEPT = 4;

export class CopyEvidence {
  readonly #common: CommonContents;
  readonly #copies = new Map<Recording, Map<number, Recording>>();
  readonly #parts = new Map<Recording, number>();

  /** As `evidenceOf`. O(contents and traces of all recordings). */
  constructor(lists: readonly ContentKeys[], recordings: readonly Recording[], copied: readonly Recording[]) {
    this.#common = new CommonContents(lists);
    for (const recording of recordings) this.#common.add(recording);
    for (const recording of copied) this.#common.addOwnEvidence(recording);
  }

  /** A copy of one of the recordings, the same for the same number. @param number 1 or more */
  copy(recording: Recording, number: number): Recording {
    const copies = this.#copies.get(recording) ?? new Map<number, Recording>();
    this.#copies.set(recording, copies);
    const made = copies.get(number);
    if (made !== undefined) return made;
    const copy = rekeyed(recording, number, this.#common);
    shareScript(copy, recording);
    copies.set(number, copy);
    return copy;
  }

  /** See CopiedRecording.rekeyed. */
  rekeyedPart(recording: Recording): number {
    const known = this.#parts.get(recording);
    if (known !== undefined) return known;
    const part = rekeyedPart(recording, this.#common);
    this.#parts.set(recording, part);
    return part;
  }
}

const kept = new WeakMap<Recording, Map<string, CopyEvidence>>();

/**
 * What is known of a set of recordings, made once while it is among the last few.
 * @param lists contents known to be common @param recordings all that guests replay
 * @param copied those of them that several guests replay
 */
export function evidenceOf(
  lists: readonly ContentKeys[],
  recordings: readonly Recording[],
  copied: readonly Recording[],
): CopyEvidence {
  const first = recordings[0]!;
  const sets = kept.get(first) ?? new Map<string, CopyEvidence>();
  kept.set(first, sets);
  const key = [lists, recordings, copied].map(namesOf).join('/');
  const evidence = sets.get(key) ?? new CopyEvidence(lists, recordings, copied);
  // The one that was asked for last is the last to go.
  sets.delete(key);
  sets.set(key, evidence);
  if (sets.size > SETS_KEPT) sets.delete(sets.keys().next().value!);
  return evidence;
}

const numbers = new WeakMap<object, number>();
let objects = 0;

/** The objects of a set, whatever its order. */
function namesOf(set: readonly object[]): string {
  const names = set.map((one) => {
    const number = numbers.get(one) ?? objects++;
    numbers.set(one, number);
    return number;
  });
  return names.sort((a, b) => a - b).join();
}

/**
 * A copy of a recording. Its own contents get keys by a permutation of all keys, one for each number: what is equal
 * within the guest stays equal within the copy, and equals nothing in others.
 */
function rekeyed(recording: Recording, number: number, common: CommonContents): Recording {
  // The same for every seed: which machines share is no matter of luck.
  const draw = new SeededRandom(0).stream(`copy/${number}`);
  const [maskLo, maskHi] = [draw.uint32(), draw.uint32()];
  const masked = <T extends Contents>(contents: T): T => {
    const keyLo = contents.keyLo.slice();
    const keyHi = contents.keyHi.slice();
    for (let row = 0; row < keyLo.length; row++) {
      if (common.has(keyLo[row]!, keyHi[row]!, contents.fill[row]!)) continue;
      keyLo[row] = keyLo[row]! ^ maskLo;
      keyHi[row] = keyHi[row]! ^ maskHi;
    }
    return { ...contents, keyLo, keyHi };
  };
  const { snapshots, steady } = recording;
  return { ...recording, snapshots: snapshots.map(masked), ...(steady && { steady: masked(steady) }) };
}

function rekeyedPart(recording: Recording, common: CommonContents): number {
  const { snapshots } = recording;
  const from = Math.max(
    0,
    snapshots.findIndex(({ label }) => label === 'work-start'),
  );
  const states = powerOnStates(recording);
  let [own, all] = [0, 0];
  snapshots.forEach((snapshot, i) => {
    applySnapshot(states, snapshot);
    if (i < from) return;
    states.fill.forEach((fill, page) => {
      if (fill !== FILL_OTHER) return;
      all++;
      if (!common.has(states.keyLo[page]!, states.keyHi[page]!, fill)) own++;
    });
  });
  return all === 0 ? 0 : own / all;
}
