import { mib } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import type { Recording } from '@overbook/traces';
import { expect, test } from 'vitest';

import type { RecordedGuestSpec } from '../src/index.ts';
import { checkSpread, copiedRecordings, costTable, runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import { smallRecording } from './small-recording.ts';

/** A take is told by how many intervals it has, all of them touching every page. */
function take(intervals: number, pages = 8): Recording {
  const contents = Array.from({ length: pages }, (_, page) => 100 * intervals + page + 1);
  const touches = Object.fromEntries(contents.map((_, page) => [page, 3])) as Record<number, 3>;
  return {
    ...smallRecording(
      pages,
      Array.from({ length: intervals }, (_, i) => ({ instructions: 1000, endMs: 10 * (i + 1), touches })),
      [
        { after: 0, contents: contents.map(() => 0), label: 'work-start' },
        { after: intervals, contents, label: 'end' },
      ],
    ),
    name: `take-${intervals}`,
  };
}

function guest(name: string, takes: readonly Recording[]): RecordedGuestSpec {
  const [recording, ...others] = takes;
  return { kind: 'recorded', name, recording: recording!, takes: others, start: 'work-start' };
}

const TAKES = [take(1), take(2), take(3)];

function run(guests: readonly RecordedGuestSpec[], seed: number, memory = mib(1)) {
  return runSimulation({
    name: 'takes',
    host: { memory },
    guests,
    mix: { strategies: [plainSwap] },
    run: { seed, order: 'shuffled', edges: { swapDevice: new InstantDevice() }, check: true },
  });
}

/** Of each guest the take that was drawn, and its work. */
function drawn(guests: readonly RecordedGuestSpec[], seed: number, memory?: ReturnType<typeof mib>) {
  return Object.fromEntries(
    run(guests, seed, memory).guests.map(({ name, take: which, busyNs, workDone }) => [
      name,
      { take: which, busyNs, workDone },
    ]),
  );
}

test('the seed draws one of the takes, and the guest does the work of that one', () => {
  const seen = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const { a } = drawn([guest('a', TAKES)], seed);
    seen.add(a!.take!);
    expect(a).toEqual({ take: a!.take, busyNs: 1000 * a!.take!, workDone: 1 });
  }
  expect(seen).toEqual(new Set([1, 2, 3]));
});

test('it is drawn by the name: neither other guests, nor their order, nor the host change it', () => {
  const guests = ['a', 'b', 'c', 'd'].map((name) => guest(name, TAKES));
  for (let seed = 1; seed <= 5; seed++) {
    const all = drawn(guests, seed);
    expect(drawn(guests.toReversed(), seed)).toEqual(all);
    expect(drawn(guests, seed, mib(2))).toEqual(all);
    for (const one of guests) expect(drawn([one], seed)[one.name]).toEqual(all[one.name]);
  }
  const together = Array.from({ length: 20 }, (_, i) => drawn(guests, i + 1));
  expect(together.some(({ a, b }) => a!.take !== b!.take)).toBe(true);
});

test('a guest with one recording has no take', () => {
  const [only] = run([{ kind: 'recorded', name: 'a', recording: take(1), start: 'work-start' }], 1).guests;
  expect(only).not.toHaveProperty('take');
});

test('takes of machines of different sizes, or with other content keys, are refused', () => {
  const refused = (other: Recording) => () => run([guest('a', [take(1), other])], 1);
  expect(refused(take(2, 9))).toThrow(
    /guest a: its takes are of different machines: take-1 has 8 pages, take-2 9 pages\. Name recordings/,
  );
  expect(refused({ ...take(2), contentKey: 'xxh3-64' })).toThrow(
    /content keys of sha256-64, take-2 content keys of xxh3/,
  );
});

test('a spread of starts is held against the shortest take', () => {
  const spread = (offsetSpread: number) => () =>
    checkSpread({ offsetSpread }, [guest('a', [take(3), take(1)])], costTable({}));
  expect(spread(10)).not.toThrow();
  expect(spread(11)).toThrow(/guest 'a' is done after 10 ms/);
});

test('guests that may have one take are copies where they do', () => {
  const guests = [guest('a', TAKES.slice(0, 2)), guest('b', TAKES.slice(1)), guest('c', [take(5), take(4)])];
  expect(copiedRecordings(guests).map(({ recording, guests: names }) => [recording.name, names])).toEqual([
    ['take-2', ['a', 'b']],
  ]);
});
