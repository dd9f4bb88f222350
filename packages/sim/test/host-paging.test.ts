import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { ROLE_ANONYMOUS, ROLE_FILE_CLEAN, ROLE_FILE_DIRTY, ROLE_FREE } from '@overbook/formats/roles';
import { expect, test } from 'vitest';

import type { GuestSpec, SimulationConfig } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallRecording, smallTrace } from './small-recording.ts';

function config(memory: number, guests: readonly GuestSpec[]): SimulationConfig {
  return {
    name: 'test',
    host: { memory: toPages(memory), memoryStates: 'direct' },
    guests,
    mix: { strategies: [plainSwap] },
    run: { seed: 1, order: 'recorded', edges: { swapDevice: new InstantDevice() }, check: true },
  };
}

test('a recorded guest tells what was taken and why it was touched again', () => {
  const touched: readonly Readonly<Record<number, 1 | 2 | 3>>[] = [
    { 0: 3 },
    { 1: 2 },
    { 2: 2 },
    { 3: 2 }, // 0, anonymous, is swapped out
    { 0: 2 }, // … and wanted; 1, clean file, goes: a silent write
    { 4: 2 }, // 2, free, goes
    { 2: 3 }, // … and is allocated: a false read; 3, dirty file, goes
    { 4: 2 },
  ];
  const roles = [ROLE_ANONYMOUS, ROLE_FILE_CLEAN, ROLE_FREE, ROLE_FILE_DIRTY, ROLE_ANONYMOUS];
  const rolesAfter = [roles[0]!, roles[1]!, ROLE_ANONYMOUS, roles[3]!, roles[4]!];
  const recording = smallRecording(
    5,
    touched.map((touches, i) => ({ instructions: 1000, endMs: i + 1, touches })),
    [
      { label: 'power-on', after: 0, contents: [0, 0, 0, 0, 0], roles },
      { label: 'work', after: 7, contents: [1, 0, 2, 0, 0], roles: rolesAfter },
      // Page 1 has changed and nothing touched it: a disk block was read into it, a stale read; 0 goes again.
      { after: 8, contents: [1, 5, 2, 0, 0], roles: rolesAfter },
    ],
  );
  const [guest] = runSimulation(
    config(3, [{ kind: 'recorded', name: 'a', recording, start: 'power-on' }]),
  ).guests;
  expect(guest!.hostPaging).toEqual({
    entered: { swapped: { anonymous: 2, 'file clean': 1, free: 1, 'file dirty': 1 } },
    touched: { swapped: { use: 1, overwrite: 1, 'device write': 1 } },
    swapping: { silentWrites: 1, staleReads: 1, falseReads: 1, falseAnonymity: 2, doublePaged: 0 },
  });
});

/** Reads all of its file in order, then writes memory of its own, again and again. */
function scanner(filePages: number, ownPages: number, rounds: number) {
  return smallTrace(
    filePages + ownPages,
    Array.from({ length: 2 * rounds }, (_, round): SmallInterval => {
      const [from, to, kind] =
        round % 2 === 0 ? ([0, filePages, 2] as const) : ([filePages, filePages + ownPages, 3] as const);
      const touches: Record<number, 1 | 2 | 3> = {};
      for (let page = from; page < to; page++) touches[page] = kind;
      return { instructions: 1_000_000, endMs: round, touches };
    }),
  );
}

test('a Linux-like guest tells its file pages too, and every swap-in has one cause', () => {
  const guest: GuestSpec = {
    kind: 'linux',
    name: 'a',
    size: toPages(600),
    programs: [scanner(200, 450, 4)],
    guestSwap: toPages(1000),
  };
  const [told] = runSimulation(config(300, [guest])).guests;
  const { entered, touched, swapping } = told!.hostPaging!;
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  expect(sum(touched['swapped']! as Record<string, number>)).toBe(told!.faults['swapped']);
  expect(sum(entered['swapped']!)).toBe(told!.entered['swapped']);
  expect(swapping!.doublePaged).toBe(told!.os!['doublePaged']);
  expect(swapping).toMatchObject({
    silentWrites: entered['swapped']!['file clean'],
    falseAnonymity: swapping!.silentWrites,
  });
  // Frames come back from the guest's own swap, and new ones are zeroed, while the host has them swapped out.
  expect(Math.min(swapping!.staleReads, swapping!.falseReads, swapping!.doublePaged)).toBeGreaterThan(0);
});

test('neighbours in a file that are swapped out are counted, and those that do not lie side by side', () => {
  const guest: GuestSpec = { kind: 'linux', name: 'a', size: toPages(900), programs: [scanner(200, 450, 4)] };
  const swapping = (victims: string) => {
    const strategies = [{ plugin: plainSwap, options: { victims } }];
    return runSimulation({ ...config(300, [guest]), mix: { strategies } }).guests[0]!.hostPaging!.swapping!;
  };
  const { filePairs, decayedPairs } = swapping('lru');
  expect(filePairs).toBeGreaterThan(400);
  // Slots freed one by one are used again last first: order decays though the file is read in order.
  expect(decayedPairs).toBeGreaterThan(0);
  expect(decayedPairs).toBeLessThanOrEqual(filePairs!);
});

test('a guest of a kind that does not know its pages tells nothing, not 0', () => {
  const flat: GuestSpec = { kind: 'flat', name: 'a', trace: scanner(20, 45, 2) };
  const [told] = runSimulation(config(30, [flat])).guests;
  expect(told!.faults['swapped']).toBeGreaterThan(0);
  expect(told!.hostPaging).toBeUndefined();
});
