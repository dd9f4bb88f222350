import type { Recording } from '@overbook/traces';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { SmallSnapshot } from '../../test/small-recording.ts';
import { smallRecording } from '../../test/small-recording.ts';
import type { RecordedGuestSpec } from '../guest-spec.ts';
import { copiedRecordings, ownMachines } from './copies.ts';
import { scriptOf } from './recorded-script.ts';

const PAGES = 4;
/** Roles that decide: free, anonymous, clean page cache. */
const ROLES = [1, 6, 7];

const snapshot = fc.record({
  contents: fc.array(fc.nat(9), { minLength: PAGES, maxLength: PAGES }),
  roles: fc.array(fc.constantFrom(...ROLES), { minLength: PAGES, maxLength: PAGES }),
});
/** Which page is executed, read or written in the one interval between two snapshots. */
const touches = fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fc.constantFrom(1, 2, 3));
const recording = fc.record({
  snapshots: fc.array(snapshot, { minLength: 2, maxLength: 4 }),
  touches: fc.array(touches, { minLength: 3, maxLength: 3 }),
  workStart: fc.nat(3),
  seed: fc.nat(2),
});
type Drawn = typeof recording extends fc.Arbitrary<infer T> ? T : never;

function made({ snapshots, touches: touched, workStart, seed }: Drawn): Recording {
  const intervals = touched.map((one, i) => ({ instructions: 1000, endMs: 10 * (i + 1), touches: one }));
  const all = snapshots.map((one, i): SmallSnapshot => ({
    ...one,
    after: i,
    label: i === workStart ? 'work-start' : `s${i}`,
  }));
  const small = smallRecording(PAGES, intervals, all);
  return { ...small, origin: { ...small.origin, seed } };
}

/** What each page holds at each snapshot: 0 for zeros, else its key. */
function held({ pages, snapshots }: Recording): readonly (readonly string[])[] {
  const now = Array.from({ length: pages }, () => 'zero');
  return snapshots.map(({ changed, keyLo, keyHi, fill }) => {
    changed.forEach((page, row) => (now[page] = fill[row] === 1 ? 'zero' : `${keyHi[row]}.${keyLo[row]}`));
    return [...now];
  });
}

/** Contents that any machine has, by the rules, recounted with plain sets. */
function commonOf(copied: Drawn, others: readonly Drawn[], known: readonly number[]): ReadonlySet<number> {
  const common = new Set([0, ...known]);
  const bySeed = new Map<number, Set<number>>();
  for (const { seed, snapshots } of [copied, ...others]) {
    const contents = bySeed.get(seed) ?? new Set();
    for (const one of snapshots) for (const content of one.contents) contents.add(content);
    bySeed.set(seed, contents);
  }
  for (let content = 1; content < 10; content++)
    if ([...bySeed.values()].filter((contents) => contents.has(content)).length > 1) common.add(content);
  const { snapshots, workStart, touches: touched } = copied;
  snapshots.forEach(({ contents, roles }, i) =>
    contents.forEach((content, page) => {
      const isEarly = workStart < snapshots.length && i <= workStart;
      const isExecuted = i > 0 && touched[i - 1]![page as unknown as '0'] === 1;
      if (isEarly && roles[page] !== 6) common.add(content);
      if (isExecuted && roles[page] === 7) common.add(content);
    }),
  );
  return common;
}

function guest(name: string, of: Recording, more: Partial<RecordedGuestSpec> = {}): RecordedGuestSpec {
  return { kind: 'recorded', name, recording: of, start: 'power-on', ...more };
}

test('copies share what any machine has, and nothing else; what repeats in a guest repeats in its copy', () => {
  const drawn = fc.record({
    copied: recording,
    others: fc.array(recording, { maxLength: 2 }),
    known: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(drawn, ({ copied, others, known }) => {
      const of = made(copied);
      const keys = { keyLo: Uint32Array.from(known), keyHi: Uint32Array.from(known) };
      const guests = [
        guest('c', of, { commonContents: keys }),
        guest('a', of),
        guest('b', of),
        ...others.map((other, i) => guest(`other-${i}`, made(other))),
      ];
      const [c, a, b] = ownMachines(guests).map((one) => held((one as RecordedGuestSpec).recording));
      const common = commonOf(copied, others, known);
      // The first by name is the guest that was recorded.
      expect(a).toEqual(held(of));
      const places = copied.snapshots.flatMap(({ contents }, i) =>
        contents.map((content, page) => ({ content, a: a![i]![page]!, b: b![i]![page]!, c: c![i]![page]! })),
      );
      const pairs = [
        ['a', 'a'],
        ['b', 'b'],
        ['c', 'c'],
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ] as const;
      const wrong = places.flatMap((one) =>
        places.flatMap((other) => {
          const same = one.content === other.content;
          return pairs.filter(
            ([x, y]) => (one[x] === other[y]) !== (same && (x === y || common.has(one.content))),
          );
        }),
      );
      expect(wrong).toEqual([]);
      const from = copied.workStart < copied.snapshots.length ? copied.workStart : 0;
      const filled = copied.snapshots
        .slice(from)
        .flatMap(({ contents }) => contents.filter((one) => one > 0));
      const own = filled.filter((content) => !common.has(content)).length;
      expect(copiedRecordings(guests)).toEqual([
        { recording: of, guests: ['a', 'b', 'c'], clones: [], rekeyed: own / Math.max(1, filled.length) },
      ]);
    }),
    { seed: 0x0b00c },
  );
});

test('sizes, roles, what changed and the trace are those of the recording; clones are the recorded machine', () => {
  fc.assert(
    fc.property(recording, (drawn) => {
      const of = made(drawn);
      const specs = [guest('a', of, { clones: true }), guest('b', of), guest('c', of, { clones: true })];
      const [a, b, c] = ownMachines(specs).map((one) => (one as RecordedGuestSpec).recording);
      expect(a).toBe(of);
      expect(c).toBe(of);
      expect(b!.trace).toBe(of.trace);
      const [script, shared] = [scriptOf(of), scriptOf(b!)];
      expect(shared).toEqual({ ...script, recording: b, contents: shared.contents });
      const { keyLo, keyHi } = scriptOf({ ...b! }).contents;
      expect(shared.contents).toEqual({ ...script.contents, keyLo, keyHi });
      b!.snapshots.forEach((snapshot, i) => {
        const { keyLo, keyHi } = of.snapshots[i]!;
        expect({ ...snapshot, keyLo, keyHi }).toEqual(of.snapshots[i]);
      });
      expect(copiedRecordings(specs)).toMatchObject([{ guests: ['a', 'b', 'c'], clones: ['a', 'c'] }]);
    }),
  );
});

test('contents between snapshots are re-keyed as those of snapshots are', () => {
  const of = smallRecording(2, [], [{ after: 0, contents: [1, 2], label: 'work-start', roles: [1, 6] }]);
  const column = (...keys: readonly number[]) => Uint32Array.from(keys);
  const steady = {
    steadyMs: 1000,
    interval: column(0, 0, 1),
    frame: column(0, 1, 0),
    keyLo: column(1, 2, 3),
    keyHi: column(1, 2, 3),
    compressedBytes: new Uint16Array(3),
    fill: new Uint8Array(3),
  };
  const told = { ...of, steady };
  const [, copy] = ownMachines([guest('a', told), guest('b', told)]) as readonly RecordedGuestSpec[];
  const { snapshots, steady: now } = copy!.recording;
  expect([now!.keyLo[0], now!.keyHi[0]]).toEqual([1, 1]); // free when the work began
  expect([now!.keyLo[1], now!.keyHi[1]]).toEqual([snapshots[0]!.keyLo[1], snapshots[0]!.keyHi[1]]);
  expect(now!.keyLo[2]).not.toBe(3);
  expect({ ...now, keyLo: 0, keyHi: 0 }).toEqual({ ...steady, keyLo: 0, keyHi: 0 });
});

test('which guest is which copy does not depend on the order of the list', () => {
  const of = made({
    snapshots: [
      { contents: [1, 2, 3, 4], roles: [6, 6, 6, 6] },
      { contents: [1, 2, 3, 4], roles: [6, 6, 6, 6] },
    ],
    touches: [{}, {}, {}],
    workStart: 0,
    seed: 1,
  });
  const guests = ['x', 'y', 'z'].map((name) => guest(name, of));
  const keysOf = (specs: readonly RecordedGuestSpec[]): Record<string, unknown> =>
    Object.fromEntries(
      ownMachines(specs).map((one) => [one.name, held((one as RecordedGuestSpec).recording)]),
    );
  expect(keysOf([guests[2]!, guests[0]!, guests[1]!])).toEqual(keysOf(guests));
});

test('configurations that copy the same recordings have the same copies, while they are among the last few', () => {
  const drawn = { snapshots: [{ contents: [1, 2], roles: [6, 6] }], touches: [{}], workStart: 0, seed: 1 };
  const of = made(drawn);
  const copyAmong = (...more: readonly RecordedGuestSpec[]): Recording => {
    const specs = ownMachines([guest('a', of), guest('b', of), ...more]) as readonly RecordedGuestSpec[];
    return specs[1]!.recording;
  };
  const copy = copyAmong();
  expect(copyAmong(guest('c', of))).toBe(copy);
  const others = [2, 3, 4, 5].map((seed) => guest(`o${seed}`, made({ ...drawn, seed })));
  // What another recording has, too, is common: no copy of its own.
  expect(copyAmong(others[0]!)).not.toBe(copy);
  expect(held(copyAmong(others[0]!))).toEqual(held(of));
  expect(held(copy)).not.toEqual(held(of));
  expect(copyAmong()).toBe(copy);
  for (const other of others) copyAmong(other);
  const again = copyAmong();
  expect(again).not.toBe(copy);
  expect(held(again)).toEqual(held(copy));
});

test('a guest alone with its recording is left as it is', () => {
  const of = smallRecording(1, [], [{ after: 0, contents: [1] }]);
  const guests = [guest('a', of)];
  expect(ownMachines(guests)).toBe(guests);
  expect(copiedRecordings(guests)).toEqual([]);
});
