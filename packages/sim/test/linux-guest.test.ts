import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { LinuxGuestSpec, SimulationConfig } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { balloonTo } from './plain-balloon.ts';
import { plainSwap, steadyDevice } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallTrace } from './small-recording.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

const MS = 1_000_000;

/** Works through its pages a quarter at a time, again and again; the first tenth is program code. */
function program(size: number, rounds: number, name: string) {
  const intervals = Array.from({ length: rounds }, (_, round): SmallInterval => {
    const touches: Record<number, 1 | 2 | 3> = {};
    for (let page = 0; page < size / 10; page++) touches[page] = 1;
    const from = Math.floor(((round % 4) * size) / 4);
    for (let page = from; page < from + size / 4; page++) touches[page] ??= 3;
    return { instructions: MS, endMs: round, touches };
  });
  return smallTrace(size, intervals, name);
}

function guest(name: string, size: number, more: Partial<LinuxGuestSpec> = {}): LinuxGuestSpec {
  return {
    kind: 'linux',
    name,
    size: toPages(size),
    programs: [program(800, 24, 'a'), program(600, 16, 'b')],
    ...more,
  };
}

function config(memory: number, guests: readonly LinuxGuestSpec[], more: More = {}): SimulationConfig {
  return withMore(
    {
      name: 'test',
      host: { memory: toPages(memory) },
      guests,
      mix: { strategies: [plainSwap] },
      run: {
        seed: 1,
        order: 'shuffled',
        edges: { swapDevice: new InstantDevice() },
        check: true,
        seriesPeriodMs: 100,
      },
    },
    more,
  );
}

test('with memory for all, nothing waits: program files are in the cache when the guest arrives', () => {
  const { guests, summary } = runSimulation(config(4096, [guest('a', 2048)]));
  expect(summary).toMatchObject({ slowdown: 1, swapInPages: 0 });
  expect(guests[0]!.os).toMatchObject({ fileReads: 0, swapOuts: 0, oomKills: 0, minorFaults: 140 });
  expect(guests[0]!.os!['anonymousFaults']).toBe(720 + 540);
});

test('a guest that is too small pages by itself, and waits for its own disk', () => {
  const { guests, summary } = runSimulation(config(4096, [guest('a', 900, { guestSwap: toPages(2000) })]));
  expect(summary.swapInPages).toBe(0);
  expect(guests[0]!.os!['swapIns']).toBeGreaterThan(100);
  expect(guests[0]!.stallNs).toBeGreaterThan(100 * 100_000);
  expect(guests[0]!.os!['oomKills']).toBe(0);
});

test('without swap its OOM killer ends the larger program, and the other finishes', () => {
  const { guests, guestsKilled, summary } = runSimulation(config(4096, [guest('a', 900)]));
  expect(guestsKilled).toBe(0);
  expect(guests[0]!.os!['oomKills']).toBe(1);
  expect(guests[0]!.workDone).toBeLessThan(1);
  expect(guests[0]!.workDone).toBeGreaterThan(0);
  expect(summary.workDone).toBe(guests[0]!.workDone);
  expect(guests[0]!.touches).toBeLessThan(24 * 280 + 16 * 210);
});

test('host and guest swap at once: pages are read in only to be written out again, and that is counted', () => {
  const guests = [
    guest('a', 900, { guestSwap: toPages(2000) }),
    guest('b', 900, { guestSwap: toPages(2000) }),
  ];
  const alone = runSimulation(config(4096, guests));
  const short = runSimulation(
    config(1100, guests, { run: { edges: { swapDevice: steadyDevice(100_000) } } }),
  );
  const doubled = (result: typeof alone): number =>
    result.guests.reduce((sum, one) => sum + one.os!['doublePaged']!, 0);
  expect(doubled(alone)).toBe(0);
  expect(doubled(short)).toBeGreaterThan(50);
  expect(short.summary.slowdown).toBeGreaterThan(alone.summary.slowdown);
});

test('a balloon gets what the allocator can find: free pages, then cache, then what it pages out', () => {
  const one = guest('a', 4096, { fileCache: toPages(1500), guestSwap: toPages(2000) });
  const balloon = (targetMiB: number) =>
    runSimulation(
      config(8192, [one], {
        mix: { strategies: [{ plugin: balloonTo, options: { targetMiB } }] },
        // Slow enough that the driver looks at its target while the programs run.
        run: { rest: 0, costs: { instruction: 100 } },
      }),
    );
  const mild = balloon(13).guests[0]!;
  expect(mild.entered).toMatchObject({ ballooned: 768 });
  expect(mild.os).toMatchObject({ cacheDrops: 0, swapOuts: 0 });
  const hard = balloon(3).guests[0]!;
  expect(hard.os!['cacheDrops']).toBeGreaterThan(500);
  expect(hard.balloonPops).toBe(0);
});

test('one seed, one result', () => {
  const run = (seed: number): string =>
    JSON.stringify(
      runSimulation(config(1100, [guest('a', 900, { guestSwap: toPages(2000) })], { run: { seed } })),
    );
  expect(run(3)).toBe(run(3));
  expect(run(3)).not.toBe(run(4));
});

test('nested and shadow translation show the same guest and differ in what they cost', () => {
  const guests = [guest('a', 900, { guestSwap: toPages(2000) }), guest('b', 2048)];
  const run = (translation: 'nested' | 'shadow') =>
    runSimulation(config(1100, guests, { host: { translation } }));
  const [nested, shadow] = [run('nested'), run('shadow')];
  const seen = ({ summary, guests: all }: typeof nested) => ({
    summary,
    guests: all.map((one) => ({ ...one, translation: undefined })),
  });
  expect(seen(shadow)).toEqual(seen(nested));
  expect(nested.checkedReads).toBeGreaterThan(nested.touches - 1);
  const [walked, shadowed] = [nested.guests[0]!.translation!, shadow.guests[0]!.translation!];
  expect(walked.trueFaults).toBe(shadowed.trueFaults);
  expect(walked.tlbMisses).toBeGreaterThan(1000);
  expect(walked.hiddenFaults).toBe(0);
  expect(shadowed.hiddenFaults).toBeGreaterThan(0);
  expect(shadowed.references).toBeLessThan(walked.references);
  expect(nested.cpuNs['translation']).toBe(nested.guests.reduce((sum, one) => sum + one.translation!.ns, 0));
});
