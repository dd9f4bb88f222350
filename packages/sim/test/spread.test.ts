import { toPages } from '@overbook/core';
import { expect, test } from 'vitest';

import type { GuestSpec, RunSettings } from '../src/index.ts';
import { checkSpread, costTable } from '../src/index.ts';
import { smallRecording } from './small-recording.ts';

const SIZE = 16;
const zeros = Array.from({ length: SIZE }, () => 0);
const interval = { instructions: 1_000_000, touches: { 0: 3 as const } };

/** Boots for 10 ms and works for 20. */
const recording = smallRecording(
  SIZE,
  [
    { ...interval, endMs: 10 },
    { ...interval, endMs: 30 },
  ],
  [
    { after: 0, contents: zeros },
    { after: 1, contents: zeros, label: 'work-start' },
    { after: 2, contents: zeros },
  ],
);

const recorded: GuestSpec = {
  kind: 'recorded',
  name: 'works',
  recording,
  start: 'work-start',
  driver: false,
};
/** Runs for 4 s. */
const long: GuestSpec = {
  kind: 'phased',
  name: 'long',
  size: toPages(SIZE),
  contents: [],
  phases: [],
  untilMs: 4_000,
};

function check(guests: readonly GuestSpec[], run: RunSettings): void {
  checkSpread(run, guests, costTable());
}

test.each([
  ['work of a recording', [recorded], 20],
  ['the whole of a recording', [{ ...recorded, start: 'power-on' }], 30],
  ['work that is done three times', [{ ...recorded, repeat: 3 }], 60],
  ['a schedule', [long], 4_000],
  ['the shortest of two guests', [long, recorded], 20],
] as const)('starts may be spread over %s and not over more', (_what, guests, most) => {
  expect(() => check(guests, { offsetSpread: most })).not.toThrow();
  expect(() => check(guests, { offsetSpread: most + 1 })).toThrow(
    expect.objectContaining({
      code: 'OVB_SPREAD_TOO_LONG',
      mend: expect.stringContaining(
        `Give at most ${most < 1_000 ? `${most} ms` : `${most / 1_000} s`}`,
      ) as string,
    }),
  );
});

test('the default spread is held against nothing: it is short, and so may work be', () => {
  expect(() => check([recorded], {})).not.toThrow();
});
