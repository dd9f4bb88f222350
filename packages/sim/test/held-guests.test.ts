import { definePolicy, toPages, stepPolicy } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';
import { z } from 'zod';

import type { GuestSpec, SimulationConfig, SimulationResult } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallRecording } from './small-recording.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

const MS = 1_000_000;
const HELD_UNTIL_MS = 300;

/** From its second look on orders far too little memory for the first VM until 300 ms, then all it wants. */
const stingyAtFirst = definePolicy({
  id: 'stingy-at-first',
  contract: 2,
  title: 'For tests',
  options: z.strictObject({}),
  needs: {},
  create: () =>
    stepPolicy({
      initial: null,
      decide: (state, { time, vms }) => ({
        state,
        orders: vms.map(({ vm, name, size }) => ({
          kind: 'target' as const,
          vm,
          pages: name === 'a' && time > MS && time < HELD_UNTIL_MS * MS ? toPages(1) : size,
          reason: { what: 'a test' },
        })),
      }),
    }),
});

/** Touches its first pages again and again: 1 ms of work every 10 ms, without ever needing a further frame. */
function steady(name: string, more: object = {}): GuestSpec {
  const zeros = Array.from({ length: 32 }, () => 0);
  const first: SmallInterval['touches'] = Object.fromEntries(
    Array.from({ length: 16 }, (_, page) => [page, 3 as const]),
  );
  const intervals = Array.from({ length: 60 }, (_, i): SmallInterval => ({
    instructions: MS,
    endMs: 10 * (i + 1),
    touches: i === 0 ? first : { 0: 2, 1: 2 },
  }));
  const recording = smallRecording(32, intervals, [
    { after: 0, contents: zeros },
    { after: intervals.length, contents: zeros },
  ]);
  return { kind: 'recorded', name, recording, start: 'power-on', driver: false, ...more };
}

/** A host whose 64 frames are never enough: always in the low state, and nothing that could reclaim. */
function run(
  blocking: 'execution' | 'allocation',
  more: More & Pick<Partial<SimulationConfig>, 'guests'> = {},
): SimulationResult {
  const config: SimulationConfig = {
    name: 'test',
    host: {
      memory: toPages(64),
      memoryStates: { basis: 'memory', thresholds: { high: 90, low: 80 }, ladder: {}, blocking },
      paces: { balance: 50, reclaim: 10 },
    },
    guests: more.guests ?? [steady('a'), steady('b')],
    mix: { strategies: [], policies: [stingyAtFirst] },
    run: {
      seed: 7,
      order: 'recorded',
      offsetSpread: 0,
      edges: { swapDevice: new InstantDevice() },
      check: true,
    },
  };
  return runSimulation(withMore(config, more));
}

test('a guest that its host stops does no work until it may run again, and others go on', () => {
  const [held, free] = run('execution').guests;
  // Stopped in its first tens of milliseconds, tried again at ever longer waits, at most 128 ms.
  expect(held!.worstStallNs).toBeGreaterThan(200 * MS);
  expect(held!.worstStallNs).toBeLessThan((HELD_UNTIL_MS + 150) * MS);
  expect(held!.stalls).toBe(1);
  expect(held!.busyNs).toBe(60 * MS);
  expect(held!.slowdown).toBeGreaterThan(4);
  expect(free).toMatchObject({ stalls: 0, slowdown: 1, busyNs: 60 * MS });
});

test('where only allocation is blocked a guest that needs no frame is not held up', () => {
  for (const guest of run('allocation').guests) expect(guest).toMatchObject({ stalls: 0, slowdown: 1 });
});

test('a guest that is stopped for too long is ended', () => {
  const never = definePolicy({
    ...stingyAtFirst,
    id: 'never',
    create: () =>
      stepPolicy({
        initial: null,
        decide: (state, { vms }) => ({
          state,
          orders: vms.map(({ vm, name, size }) => ({
            kind: 'target' as const,
            vm,
            pages: name === 'a' ? toPages(1) : size,
            reason: { what: 'a test' },
          })),
        }),
      }),
  });
  const [held, free] = run('execution', { mix: { policies: [never] }, run: { blockedLimit: 1000 } }).guests;
  expect(held!.killed?.why).toMatch(/the host stopped it/);
  expect(free!.killed).toBeUndefined();
});

test('a driver that is loaded late answers only from then on', () => {
  const answers = (driverFromMs?: number): readonly boolean[] => {
    const seen: boolean[] = [];
    const guest = steady('a', { driver: true, ...(driverFromMs === undefined ? {} : { driverFromMs }) });
    run('allocation', {
      guests: [guest],
      host: { memoryStates: 'direct' },
      mix: { strategies: [plainSwap] },
      run: { seriesPeriodMs: 100, onSample: (host) => seen.push(host.observe('period').vms[0]!.hasDriver) },
    });
    return seen.slice(0, 5);
  };
  expect(answers()).toEqual([true, true, true, true, true]);
  expect(answers(250)).toEqual([false, false, true, true, true]);
});

test('sampling goes by the time a guest ran, which idle gaps are no part of', () => {
  const known = (time: 'execution' | 'host'): readonly boolean[] => {
    const seen: boolean[] = [];
    run('allocation', {
      guests: [steady('a')],
      host: { memoryStates: 'direct', paces: { sample: 25 }, sampling: { time } },
      mix: { strategies: [plainSwap] },
      run: {
        seriesPeriodMs: 100,
        onSample: (host) => seen.push(host.counters().vms[0]!.activity !== undefined),
      },
    });
    return seen.slice(0, 5);
  };
  // It runs 1 ms in 10: 25 ms of execution are over after some 250 ms.
  expect(known('host')).toEqual([true, true, true, true, true]);
  expect(known('execution').slice(0, 2)).toEqual([false, false]);
  expect(known('execution').slice(2)).toEqual([true, true, true]);
});
