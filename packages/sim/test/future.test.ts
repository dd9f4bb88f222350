/** What guests will touch is known before they run, where they are replayed; elsewhere it is refused. */
import { isOverbookError, mib, toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { readRecording } from '@overbook/traces';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { GuestSpec, SimulationConfig } from '../src/index.ts';
import { rehearseSimulation, runSimulation } from '../src/index.ts';
import { balloonTo } from './plain-balloon.ts';
import { plainSwap } from './plain-swap.ts';
import type { Foretold } from './seer.ts';
import { seer } from './seer.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallRecording, smallTrace } from './small-recording.ts';

interface How {
  readonly frames: number;
  readonly guests: readonly GuestSpec[];
  readonly order?: 'shuffled' | 'recorded';
  readonly seed?: number;
}

function config({ frames, guests, order = 'shuffled', seed = 1 }: How): SimulationConfig {
  return {
    name: 'test',
    host: { memory: toPages(frames), memoryStates: 'direct' },
    guests,
    mix: { strategies: [plainSwap] },
    run: { seed, order, edges: { swapDevice: new InstantDevice() } },
  };
}

/** Runs it and returns how often a page was wanted at another time than was foretold, of how many times. */
function run(how: How): { readonly wrong: readonly Foretold[]; readonly asked: number } {
  const wrong: Foretold[] = [];
  let asked = 0;
  const plugin = seer((foretold) => {
    asked++;
    if (foretold.next !== foretold.now) wrong.push(foretold);
  });
  runSimulation({ ...config(how), mix: { strategies: [plugin] } });
  return { wrong, asked };
}

const SIZE = 12;
const touches = fc.dictionary(
  fc.nat(SIZE - 1).map(String),
  fc.constantFrom(1 as const, 2 as const, 3 as const),
);
const intervals = fc
  .array(touches, { minLength: 1, maxLength: 12 })
  .map((all) => all.map((one, i): SmallInterval => ({ instructions: 1000, endMs: i + 1, touches: one })));
const runs = fc.record({
  frames: fc.integer({ min: 2, max: 8 }),
  order: fc.constantFrom('shuffled' as const, 'recorded' as const),
  seed: fc.nat(1000),
});

test('a trace touches each page when it was foretold, in every order and round', () => {
  fc.assert(
    fc.property(intervals, runs, fc.integer({ min: 1, max: 3 }), (list, how, repeat) => {
      const guests: GuestSpec[] = ['a', 'b'].map((name) => ({
        kind: 'flat',
        name,
        trace: smallTrace(SIZE, list),
        repeat,
      }));
      expect(run({ ...how, frames: how.frames + 2, guests }).wrong).toEqual([]);
    }),
  );
});

test('a recording does, with what arrives, what devices write and the way back to the first snapshot', () => {
  const contents = fc.array(fc.nat(3), { minLength: SIZE, maxLength: SIZE });
  const shape = fc.record({
    contents: fc.tuple(contents, contents, contents),
    repeat: fc.integer({ min: 1, max: 3 }),
  });
  let asked = 0;
  fc.assert(
    fc.property(intervals, runs, shape, (list, how, { contents: [at, between, end], repeat }) => {
      const recording = smallRecording(SIZE, list, [
        { label: 'power-on', after: 0, contents: Array.from({ length: SIZE }, () => 0) },
        { label: 'work-start', after: Math.floor(list.length / 3), contents: at },
        { after: Math.floor((2 * list.length) / 3), contents: between },
        { after: list.length, contents: end },
      ]);
      const guests: GuestSpec[] = (['power-on', 'work-start'] as const).map((start) => ({
        kind: 'recorded',
        name: start,
        recording,
        start,
        repeat,
      }));
      const found = run({ ...how, frames: how.frames + 2, guests });
      expect(found.wrong).toEqual([]);
      asked += found.asked;
    }),
  );
  expect(asked).toBeGreaterThan(500);
});

test('a real guest does', () => {
  const path = new URL('../../../datasets/recordings/idle-b.ovr', import.meta.url).pathname;
  const whole = readRecording(path);
  const recording = { ...whole, snapshots: whole.snapshots.slice(0, 4) };
  const guests: GuestSpec[] = [{ kind: 'recorded', name: 'idle-b', recording, start: 'work-start' }];
  const { wrong, asked } = run({ frames: mib(24), guests });
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(2000);
});

const trace = smallTrace(SIZE, [{ instructions: 1000, endMs: 1, touches: { 0: 2 } }]);
const flat: GuestSpec = { kind: 'flat', name: 'a', trace };
const noSnapshot = smallRecording(
  SIZE,
  [],
  [{ label: 'power-on', after: 0, contents: Array.from({ length: SIZE }, () => 0) }],
);
const phased: GuestSpec = {
  kind: 'phased',
  name: 'p',
  size: toPages(SIZE),
  contents: [],
  phases: [{ atMs: 0, active: 1 }],
  untilMs: 10,
};
const asks = seer(() => undefined);

test.each<[string, Partial<SimulationConfig>, RegExp]>([
  [
    'a guest whose kernel decides what it touches',
    { guests: [flat, { kind: 'linux', name: 'l', size: toPages(4096), programs: [trace] }] },
    /^guest l: strategy 'seer' needs to know .*a linux guest decides .*Make it a guest that is replayed/s,
  ],
  ['a guest with a schedule', { guests: [phased] }, /^guest p: .*a phased guest decides/s],
  [
    'another strategy that moves what the guest touches',
    {
      guests: [{ kind: 'recorded', name: 'r', recording: noSnapshot, start: 'power-on' }],
      mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 1 } }, asks] },
    },
    /^guest r: .*'balloon-to' asks their drivers for pages.*Leave 'balloon-to' or 'seer' out.*`driver: false`/s,
  ],
  [
    'more accesses than there is room for',
    { guests: [{ ...flat, repeat: 2 ** 29 }] },
    /^guest a: .*536870912 accesses, 268435456 at most.*smaller `repeat`/s,
  ],
])('refused before anything runs: %s', (_what, more, said) => {
  const refusal = refusalOf({
    ...config({ frames: 64, guests: [flat] }),
    mix: { strategies: [asks] },
    ...more,
  });
  expect(refusal).toMatch(said);
});

function refusalOf(refused: SimulationConfig): string {
  try {
    rehearseSimulation(refused);
  } catch (error) {
    if (isOverbookError(error) && error.code === 'OVB_NO_FUTURE')
      return `${error.at}: ${error.what}\n${error.mend}`;
    throw error;
  }
  return 'not refused';
}

test.each<[string, Partial<SimulationConfig>]>([
  [
    'a recorded guest without a driver beside a balloon',
    {
      guests: [{ kind: 'recorded', name: 'r', recording: noSnapshot, start: 'power-on', driver: false }],
      mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 1 } }, asks] },
    },
  ],
  ['phased guests where nobody asks', { guests: [phased], mix: { strategies: [plainSwap] } }],
])('not refused: %s', (_what, more) => {
  const allowed = { ...config({ frames: 64, guests: [flat] }), mix: { strategies: [asks] }, ...more };
  expect(() => rehearseSimulation(allowed)).not.toThrow();
});
