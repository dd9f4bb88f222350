import { mib } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import type { Recording } from '@overbook/traces';
import { readRecording } from '@overbook/traces';
import { expect, test } from 'vitest';

import type { RecordedGuestSpec, SimulationConfig } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { balloonTo } from './plain-balloon.ts';
import { plainSwap } from './plain-swap.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

/** Snapshots of each recording that are played: some twenty seconds of work. */
const SNAPSHOTS = 5;

const recordings = new Map<string, Recording>();
function recordingOf(name: string): Recording {
  let recording = recordings.get(name);
  if (recording === undefined) {
    const whole = readRecording(
      new URL(`../../../datasets/recordings/${name}.ovr`, import.meta.url).pathname,
    );
    recording = { ...whole, snapshots: whole.snapshots.slice(0, SNAPSHOTS) };
    recordings.set(name, recording);
  }
  return recording;
}

function config(memoryMiB: number, names: readonly string[], more: More = {}): SimulationConfig {
  return withMore(
    {
      name: 'test',
      host: { memory: mib(memoryMiB) },
      guests: names.map((name) => ({
        kind: 'recorded',
        name,
        recording: recordingOf(name),
        start: 'work-start',
      })),
      mix: { strategies: [plainSwap] },
      run: { seed: 1, order: 'shuffled', edges: { swapDevice: new InstantDevice() }, check: true },
    },
    more,
  );
}

test('a real guest on a host with room for it waits for nothing', () => {
  const { summary, guests } = runSimulation(config(160, ['idle-b']));
  expect(summary).toMatchObject({ swapInPages: 0, slowdown: 1, worstStallNs: 0 });
  expect(guests[0]!.touches).toBeGreaterThan(10_000);
});

test('two real guests under pressure read what they last wrote, and the books hold', () => {
  const { summary, checkedReads, touches, guestsKilled } = runSimulation(config(160, ['idle-b', 'python']));
  expect(guestsKilled).toBe(0);
  expect(summary.swapInPages).toBeGreaterThan(1000);
  expect(checkedReads).toBe(touches);
});

test('a run that sees each touch in its order ends as one whose intervals are served whole where they can be', () => {
  const ballooned = { plugin: balloonTo, options: { targetMiB: 100 } };
  const tight = (check: boolean): SimulationConfig =>
    config(150, ['idle-b', 'python'], { run: { check }, mix: { strategies: [ballooned, plainSwap] } });
  const { checkedReads, ...seen } = runSimulation(tight(true));
  const { checkedReads: none, ...whole } = runSimulation(tight(false));
  expect(checkedReads).toBeGreaterThan(0);
  expect(none).toBe(0);
  expect(whole).toEqual(seen);
});

test('at its end a guest holds what the recording shows in its last snapshot', () => {
  const { host } = runSimulation(config(256, ['python']));
  const { pages: size, snapshots } = recordingOf('python');
  let zero = size as number;
  const fill = new Uint8Array(size).fill(1);
  for (const { changed, fill: now } of snapshots) changed.forEach((page, row) => (fill[page] = now[row]!));
  for (const one of fill) if (one !== 1) zero--;
  const vm = host.vms[0]!;
  expect(vm.zero + vm.untouched).toBe(zero);
});

test('a balloon makes the guest read again what it gave of its cache, and only where it must', () => {
  const ballooned = (targetMiB: number) =>
    runSimulation(
      config(256, ['sqlite'], { mix: { strategies: [{ plugin: balloonTo, options: { targetMiB } }] } }),
    ).guests[0]!;
  const mild = ballooned(100);
  expect(mild.balloon!.given).toEqual({ free: 60 * 256 });
  expect(mild.balloon!.diskNs).toBe(0);
  expect(mild.slowdown).toBe(1);
  const hard = ballooned(80);
  expect(hard.balloon!.given['file clean']).toBeGreaterThan(0);
  expect(hard.balloon!.reread['file clean']).toBeGreaterThan(0);
  expect(hard.stallNs).toBe(hard.balloon!.diskNs);
  expect(hard.balloonPops).toBe(0);
  expect(hard.killed).toBeUndefined();
});

test('a guest that is left less than it needs is out of memory, and its VM is ended', () => {
  const { guests } = runSimulation(
    config(256, ['python'], { mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 80 } }] } }),
  );
  expect(guests[0]!.killed?.why).toBe('the guest has no free pages left');
  expect(guests[0]!.balloon!.outOfMemory).toBeGreaterThan(0);
});

test('a guest that swaps for its own need waits for its work on each page-out', () => {
  const swapping = (guestSwapOut: number) => {
    const { guests, ...rest } = config(256, ['python'], {
      mix: { strategies: [{ plugin: balloonTo, options: { targetMiB: 70 } }] },
      run: { costs: { guestSwapOut } },
    });
    const withSwap = guests.map((guest) => ({ ...guest, guestSwap: mib(128) }) as RecordedGuestSpec);
    const [guest] = runSimulation({ ...rest, guests: withSwap }).guests;
    return { ...guest!.balloon!, stallNs: guest!.stallNs };
  };
  const [cheap, dear] = [swapping(1000), swapping(51_000)];
  expect({ ...dear, diskNs: 0, stallNs: 0 }).toEqual({ ...cheap, diskNs: 0, stallNs: 0 });
  // What the balloon's own thread swaps out is written too, and no access waits for it.
  const waitedFor = (dear.diskNs - cheap.diskNs) / 50_000;
  expect(waitedFor).toBeGreaterThan(100);
  expect(waitedFor).toBeLessThanOrEqual(dear.guestSwapOuts);
  expect(Number.isInteger(waitedFor)).toBe(true);
  expect(dear.stallNs - cheap.stallNs).toBe(dear.diskNs - cheap.diskNs);
});

test('a host that swaps much is told of by the published alert rule, and a guest by its driver', () => {
  const { alerts, guests, measuredNs } = runSimulation(
    config(64, ['python', 'redis'], { run: { check: false } }),
  );
  const { heldNs, firedNs } = alerts!['NodeHighSwapActivity']!;
  expect(heldNs).toBeGreaterThan(0);
  expect(heldNs).toBeLessThan(measuredNs);
  expect(firedNs).toBe(0); // it has to hold for a minute
  expect(Object.keys(guests[0]!.alerts!)).toEqual([
    'KubeVirtVMGuestMemoryPressure',
    'KubeVirtVMGuestMemoryAvailableLow',
  ]);
  const [silent] = config(60, ['python']).guests;
  const without = runSimulation({
    ...config(60, ['python']),
    guests: [{ ...(silent as RecordedGuestSpec), driver: false }],
  });
  expect(without.guests[0]).not.toHaveProperty('alerts');
});
