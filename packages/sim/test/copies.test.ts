/** What copies of real recordings share, held against what different real guests of one release share. */
import { readDigest } from '@overbook/formats';
import type { Recording } from '@overbook/traces';
import { applySnapshot, powerOnStates, readRecording } from '@overbook/traces';
import { expect, test } from 'vitest';

import { ownMachines } from '../src/recorded/copies.ts';
import type { GuestSpec, RecordedGuestSpec } from '../src/index.ts';
import { copiedRecordings } from '../src/index.ts';

const folder = new URL('../../../datasets/recordings', import.meta.url).pathname;
const recordings = new Map<string, Recording>();

function recordingOf(name: string): Recording {
  const recording = recordings.get(name) ?? readRecording(`${folder}/${name}.ovr`);
  recordings.set(name, recording);
  return recording;
}

function guest(name: string, recording: string, more: Partial<RecordedGuestSpec> = {}): RecordedGuestSpec {
  return { kind: 'recorded', name, recording: recordingOf(recording), start: 'work-start', ...more };
}

/** Keys of the pages at a snapshot, but those of one repeated byte. */
function pagesAt(recording: Recording, label: string): readonly string[] {
  const states = powerOnStates(recording);
  for (const snapshot of recording.snapshots) {
    applySnapshot(states, snapshot);
    if (snapshot.label === label) break;
  }
  return Array.from(states.keyLo, (lo, page) => `${states.keyHi[page]}.${lo}`).filter(
    (_, page) => states.fill[page] === 0,
  );
}

/** Part of the first one's pages whose content the second has, too. */
function shared(first: Recording, second: Recording, label: string): number {
  const theirs = new Set(pagesAt(second, label));
  const own = pagesAt(first, label);
  return own.filter((key) => theirs.has(key)).length / own.length;
}

function own(guests: readonly GuestSpec[]): readonly Recording[] {
  return ownMachines(guests).map((one) => (one as RecordedGuestSpec).recording);
}

test('when work begins, copies share what different guests of the release share', () => {
  const list = readDigest(`${folder}/common.ovd`);
  const [a, b, other] = own([
    guest('a', 'redis', { commonContents: list }),
    guest('b', 'redis', { commonContents: list }),
    guest('c', 'sqlite'),
  ]);
  const strangers = shared(a!, other!, 'work-start');
  expect(strangers).toBeGreaterThan(0.5);
  expect(shared(a!, b!, 'work-start') - strangers).toBeGreaterThanOrEqual(0);
  expect(shared(a!, b!, 'work-start') - strangers).toBeLessThan(0.01);
  // As recorded they would share all of it, later too.
  expect(shared(a!, b!, 'end')).toBeGreaterThan(shared(a!, other!, 'end'));
  expect(shared(a!, b!, 'end')).toBeLessThan(0.5);
});

test('copies share what two real guests did that did the same work with different data, where they are as far', () => {
  const others = ['idle-b', 'sqlite', 'redis', 'python', 'compile'].map((name) => guest(name, name));
  const [a, b] = own([guest('a', 'files'), guest('b', 'files'), ...others]);
  const real = recordingOf('balloon');
  // `balloon` did the work of `files` with other data; later a balloon takes what it has cached.
  for (const label of ['work-start', 't+20s', 't+40s'])
    expect(Math.abs(shared(a!, b!, label) - shared(a!, real, label)), label).toBeLessThan(0.005);
  expect(shared(a!, b!, 'end')).toBeLessThan(shared(a!, real, 'end'));
});

test('the less is known of other machines, the more of a copy is its own', () => {
  const part = (guests: readonly GuestSpec[]): number => copiedRecordings(guests)[0]!.rekeyed;
  const copies = [guest('a', 'redis'), guest('b', 'redis')];
  const alone = part(copies);
  const beside = part([...copies, guest('c', 'sqlite')]);
  const list = readDigest(`${folder}/common.ovd`);
  const listed = part(copies.map((copy) => ({ ...copy, commonContents: list })));
  expect([alone, beside, listed].map((one) => Math.round(one * 1000) / 10)).toEqual([66.4, 54.5, 50.8]);
});
