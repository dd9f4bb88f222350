import type { Decision } from '@overbook/core';
import { toPages } from '@overbook/core';
import { expect, test } from 'vitest';

import type { GuestSpec, SimulationConfig, SimulationResult } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap, steadyDevice } from './plain-swap.ts';
import { smallRecording } from './small-recording.ts';

const SIZE = 40;
const NAMES = ['web', 'mail', 'build', 'files'];

/** Each guest touches its pages round and round; four of them do not fit, so every access may cost another a page. */
function guest(name: string): GuestSpec {
  const contents = Array.from({ length: SIZE }, (_, page) => page + 1);
  const touches = Object.fromEntries(contents.map((_, page) => [page, 3 as const]));
  const steps = [1, 2, 3, 4].map((endMs) => ({ instructions: 1_000_000, endMs, touches }));
  const recording = smallRecording(SIZE, steps, [
    { after: 0, contents: contents.map(() => 0) },
    { after: 1, contents, label: 'work-start' },
    { after: 4, contents },
  ]);
  return { kind: 'recorded', name, recording, start: 'work-start', driver: false };
}

function run(names: readonly string[], seed: number): SimulationResult {
  const config: SimulationConfig = {
    name: 'test',
    host: { memory: toPages(3 * SIZE), reserve: toPages(4), memoryStates: 'direct' },
    guests: names.map(guest),
    mix: { strategies: [plainSwap] },
    run: {
      seed,
      order: 'shuffled',
      offsetSpread: 1,
      seriesCounters: true,
      decisionsKept: 1000,
      edges: { swapDevice: steadyDevice(50_000, 20_000) },
    },
  };
  return runSimulation(config);
}

/** What was decided, with names in place of VMs. */
function named(decisions: readonly Decision[], names: readonly string[]): readonly unknown[] {
  return decisions.map((decision) => ('vm' in decision ? { ...decision, vm: names[decision.vm] } : decision));
}

test('permuting guests in the configuration changes nothing but the order of what is told', () => {
  const permuted = ['files', 'web', 'build', 'mail'];
  for (const seed of [1, 2, 3]) {
    const one = run(NAMES, seed);
    const other = run(permuted, seed);
    expect(one.summary.swapInPages).toBeGreaterThan(0);
    expect(one.guests.map(({ name }) => name)).toEqual(NAMES);
    expect(other.guests.map(({ name }) => name)).toEqual(permuted);
    expect(other.guests.toSorted(byName)).toEqual(one.guests.toSorted(byName));
    expect(other.summary).toEqual(one.summary);
    expect(other.series).toEqual(one.series);
    expect(Object.keys(other.series.consumed)).toEqual(permuted);
    expect(named(other.decisions, permuted)).toEqual(named(one.decisions, NAMES));
    for (const { host, hostBefore, guests } of [one, other]) {
      expect(host.vms.map(({ vm, name }) => [vm, name])).toEqual(guests.map(({ name }, i) => [i, name]));
      expect(hostBefore.vms.map(({ name }) => name)).toEqual(guests.map(({ name }) => name));
    }
  }
});

test('which guest gets the first VM is up to the seed', () => {
  const seeds = Array.from({ length: 16 }, (_, seed) => seed + 1);
  const firstArrived = seeds.map((seed) => {
    const { guests } = run(NAMES, seed);
    return guests.map(({ stallNs }) => stallNs).join();
  });
  expect(new Set(firstArrived).size).toBeGreaterThan(8);
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
