import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { GuestSpec, SimulationConfig } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap, steadyDevice } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallRecording, smallTrace } from './small-recording.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

const MS = 1_000_000;

function config(memory: number, guests: readonly GuestSpec[], more: More = {}): SimulationConfig {
  return withMore(
    {
      name: 'test',
      host: { memory: toPages(memory), memoryStates: 'direct' },
      guests,
      mix: { strategies: [plainSwap] },
      run: { seed: 7, order: 'recorded', offsetSpread: 0, edges: { swapDevice: new InstantDevice() } },
    },
    more,
  );
}

/** A recorded guest that touches pages 0, 1, 2, … in intervals of 1 ms of work that begin every 10 ms. */
function steadyGuest(name: string, size: number, touches: readonly SmallInterval['touches'][]): GuestSpec {
  const intervals = touches.map((touched, i) => ({
    instructions: MS,
    endMs: 10 * (i + 1),
    touches: touched,
  }));
  const zeros = Array.from({ length: size }, () => 0);
  const recording = smallRecording(size, intervals, [
    { after: 0, contents: zeros },
    { after: intervals.length, contents: zeros },
  ]);
  return { kind: 'recorded', name, recording, start: 'power-on', driver: false };
}

test('with memory for all, no guest waits and the slowdown is exactly 1', () => {
  const touches = [{ 0: 3, 1: 2 }, { 1: 3, 2: 3 }, { 0: 1 }] as const;
  const { summary, guests } = runSimulation(
    config(64, [steadyGuest('a', 3, touches), steadyGuest('b', 3, touches)]),
  );
  expect(summary).toMatchObject({
    swapInPages: 0,
    swapOutPages: 0,
    slowdown: 1,
    worstStallNs: 0,
    reclaimCpuNs: 0,
  });
  expect(guests.map((guest) => [guest.busyNs, guest.stalls, guest.firstTouches])).toEqual([
    [3 * MS, 0, 3],
    [3 * MS, 0, 3],
  ]);
  expect(guests[0]!.endNs).toBe(21 * MS);
});

test('a wait is as long as the device takes, and idle gaps absorb it', () => {
  const touches = [{ 0: 3 }, { 1: 3 }, { 0: 2 }, { 1: 2 }] as const;
  const device = { run: { edges: { swapDevice: steadyDevice(2 * MS) } } };
  const { guests, summary } = runSimulation(config(1, [steadyGuest('a', 2, touches)], device));
  expect(summary.swapInPages).toBe(2);
  expect(guests[0]).toMatchObject({
    stalls: 2,
    stallNs: 4 * MS,
    worstStallNs: 2 * MS,
    slowdown: 2,
    // 10 ms between beginnings, 1 ms of work and 2 ms of waiting: the last one begins on time and ends 2 ms
    // late.
    delayNs: 2 * MS,
    endNs: 33 * MS,
  });
});

test('an idle guest weighs by what it worked, and by how much of its life it waited', () => {
  // One frame for both: the other takes it after 10 ms, and the idle guest waits for its page after 100.
  const idle = steadyGuest('idle', 1, [{ 0: 3 }, {}, {}, {}, {}, {}, {}, {}, {}, {}, { 0: 2 }]);
  const device = { run: { edges: { swapDevice: steadyDevice(2 * MS) } } };
  const { guests, summary } = runSimulation(
    config(1, [idle, steadyGuest('other', 1, [{}, { 0: 3 }])], device),
  );
  expect(guests[0]).toMatchObject({ stallNs: 2 * MS, stallP50Ns: 2 * MS, stallP99Ns: 2 * MS, workDone: 1 });
  expect(guests[0]!.lifeNs).toBe(guests[0]!.endNs);
  expect(summary.worstGuestStall).toBe((2 * MS) / guests[0]!.lifeNs);
  const busyNs = guests[0]!.busyNs + guests[1]!.busyNs;
  expect(summary).toMatchObject({
    workSlowdown: (busyNs + 2 * MS) / busyNs,
    stallP99Ns: 2 * MS,
    workDone: 1,
  });
  expect(summary.pagesWritten).toBe(summary.swapOutPages);
});

test('what idle gaps do not absorb delays the rest', () => {
  const touches = [{ 0: 3 }, { 1: 3 }, { 0: 2 }, { 1: 2 }] as const;
  const device = { run: { edges: { swapDevice: steadyDevice(20 * MS) } } };
  const { guests } = runSimulation(config(1, [steadyGuest('a', 2, touches)], device));
  // Third interval 20..41 ms, fourth begins at 41 instead of 30 and ends at 62.
  expect(guests[0]).toMatchObject({ stallNs: 40 * MS, delayNs: 31 * MS, endNs: 62 * MS });
});

test('the wait for a write is the wait of the access that needed the frame', () => {
  const device = { run: { edges: { swapDevice: steadyDevice(0, 5 * MS) } } };
  const { guests } = runSimulation(config(1, [steadyGuest('a', 2, [{ 0: 3 }, { 1: 3 }])], device));
  expect(guests[0]).toMatchObject({ stalls: 1, worstStallNs: 5 * MS });
});

test('the guest whose next access to the host is earliest runs first, ties by VM', () => {
  const flat = (name: string): GuestSpec => ({
    kind: 'flat',
    name,
    trace: smallTrace(2, [{ instructions: MS, endMs: 1, touches: { 0: 3, 1: 3 } }]),
  });
  const order: number[] = [];
  runSimulation(
    config(2, [flat('a'), flat('b')], {
      run: {
        decisionsKept: 9,
        onDecision: (one) => {
          if ('vm' in one) order.push(one.vm);
        },
      },
    }),
  );
  // Both have their first page before either wants its second: each then pushes out its own.
  expect(order).toEqual([0, 1]);
});

test('a VM whose access can never be served is ended, the others go on', () => {
  const hungry = steadyGuest('hungry', 40, [
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i, 3])),
  ]);
  const small = steadyGuest('small', 2, [{ 0: 3 }, {}, { 1: 3 }]);
  const result = runSimulation(
    config(32, [small, hungry], { mix: { strategies: [] }, run: { blockedLimit: 500, check: true } }),
  );
  expect(result.guestsKilled).toBe(1);
  expect(result.guests[1]!.killed?.why).toBe('the host has no frame left');
  expect(result.guests[1]!.blocked).toBeGreaterThan(3);
  expect(result.guests[1]!.worstStallNs).toBeGreaterThanOrEqual(500 * MS);
  expect(result.guests[0]).toMatchObject({ firstTouches: 2, touches: 2 });
  expect(result.guests[0]!.killed).toBeUndefined();
  expect(result.guests.map(({ workDone }) => workDone < 1)).toEqual([false, true]);
  expect(result.summary.workDone).toBeLessThan(1);
  expect(result.host.free).toBe(result.host.total - 2);
});

test('repeating starts again from where the work began, with the memory it had then', () => {
  const zeros = [0, 0, 0];
  const recording = smallRecording(
    3,
    [
      { instructions: MS, endMs: 10, touches: { 0: 3 } },
      { instructions: MS, endMs: 20, touches: { 1: 3 } },
    ],
    [
      { after: 0, contents: zeros },
      { label: 'work-start', after: 1, contents: [5, 0, 0] },
      { label: 'end', after: 2, contents: [5, 6, 0] },
    ],
  );
  const guest = (start: 'power-on' | 'work-start', repeat: number): GuestSpec => ({
    kind: 'recorded',
    name: 'a',
    recording,
    start,
    repeat,
    driver: false,
  });
  const touchesOf = (start: 'power-on' | 'work-start', repeat: number): number =>
    runSimulation(config(64, [guest(start, repeat)], { run: { check: true } })).guests[0]!.touches;
  // A round is page 1 written; between rounds page 1 is put back to zero.
  expect([touchesOf('work-start', 1), touchesOf('work-start', 3)]).toEqual([1, 5]);
  expect([touchesOf('power-on', 1), touchesOf('power-on', 2)]).toEqual([2, 4]);
});

test('arrival is not measured', () => {
  const recording = smallRecording(
    4,
    [
      { instructions: MS, endMs: 10, touches: { 0: 3, 1: 3, 2: 2 } },
      { instructions: MS, endMs: 20, touches: { 0: 2 } },
    ],
    [
      { after: 0, contents: [0, 0, 0, 0] },
      { label: 'work-start', after: 1, contents: [5, 6, 0, 0] },
      { label: 'end', after: 2, contents: [5, 6, 0, 0] },
    ],
  );
  const guest: GuestSpec = { kind: 'recorded', name: 'a', recording, start: 'work-start' };
  const { guests, summary, measuredFromNs, touches, host } = runSimulation(
    config(2, [guest], { run: { check: true } }),
  );
  expect(touches).toBe(4);
  expect(guests[0]).toMatchObject({ touches: 1, firstTouches: 0 });
  expect(summary.swapInPages).toBe(1);
  // Page 3 was never touched by the guest.
  expect(host.vms[0]!.untouched).toBe(1);
  expect(measuredFromNs).toBe(1_000 * MS);
});

test('one configuration gives one result, another seed another', () => {
  const touches = Array.from({ length: 60 }, (_, i) => ({
    [i % 7]: 3,
    [(i * 3) % 7]: 2,
  })) as SmallInterval['touches'][];
  const run = (seed: number): string =>
    JSON.stringify(
      runSimulation(
        config(8 as Pages, [steadyGuest('a', 7, touches), steadyGuest('b', 7, touches)], {
          run: { seed, order: 'shuffled', offsetSpread: 1_000, edges: { swapDevice: steadyDevice(MS) } },
        }),
      ),
    );
  expect(run(1)).toBe(run(1));
  expect(run(1)).not.toBe(run(2));
});
