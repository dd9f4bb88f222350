import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { GuestSpec, SimulationConfig } from '../src/index.ts';
import { pauseSimulation } from '../src/index.ts';
import { smallRecording } from './small-recording.ts';

const SIZE = 16;

/** Arrives with all its pages, and works a millisecond. */
function guest(name: string): GuestSpec {
  const contents = Array.from({ length: SIZE }, (_, page) => page + 1);
  const touches = Object.fromEntries(contents.map((_, page) => [page, 3 as const]));
  const recording = smallRecording(
    SIZE,
    [
      { instructions: 1_000_000, endMs: 1, touches },
      { instructions: 1_000_000, endMs: 2, touches },
    ],
    [
      { after: 0, contents: contents.map(() => 0) },
      { after: 1, contents, label: 'work-start' },
      { after: 2, contents },
    ],
  );
  return { kind: 'recorded', name, recording, start: 'work-start', driver: false };
}

/** Names in the order in which the guests got their frames: frames are handed out one after the other. */
function arrivals(names: readonly string[], seed: number): readonly string[] {
  const config: SimulationConfig = {
    name: 'test',
    host: { memory: toPages(SIZE * names.length + 64), reserve: toPages(16), memoryStates: 'direct' },
    guests: names.map(guest),
    mix: { strategies: [] },
    run: { seed, order: 'recorded', edges: { swapDevice: new InstantDevice() } },
  };
  return pauseSimulation(config, 0, ({ host, guests }) =>
    guests
      .map(({ name, vm }) => ({ name, first: host.memory.pmaps[vm]!.payload(0 as never) }))
      .sort((a, b) => a.first - b.first)
      .map(({ name }) => name),
  );
}

test('guests arrive in an order that the seed draws by their names, wherever they stand in the file', () => {
  const names = ['web', 'mail', 'build', 'files'];
  const seeds = Array.from({ length: 12 }, (_, seed) => seed + 1);
  const drawn = seeds.map((seed) => arrivals(names, seed).join());
  expect(new Set(drawn).size).toBeGreaterThan(4);
  expect(seeds.map((seed) => arrivals([...names].reverse(), seed).join())).toEqual(drawn);
});
