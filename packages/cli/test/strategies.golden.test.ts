/**
 * What each shipped strategy does to two real guests, to the last page: exact counts by recording and host size,
 * kept in packages/<strategy>/test/golden. `npm run golden -- --update` writes them anew.
 */
import { balloon } from '@overbook/balloon';
import { compression } from '@overbook/compression';
import type { AnyStrategyPlugin, Chosen, ProfileName } from '@overbook/core/host';
import { toPages } from '@overbook/core';
import { hostswap } from '@overbook/hostswap';
import type { SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';
import { expectGolden } from '@overbook/testing';
import { tps } from '@overbook/tps';
import type { Recording } from '@overbook/traces';
import { readRecording } from '@overbook/traces';
import { describe, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
/** Recordings, and host memory in percent of the two guests'. */
const RUNS = [
  { name: 'idle-b', percents: [35, 50, 70] },
  { name: 'python', percents: [50] },
] as const;
const MIXES: Readonly<Record<string, readonly Chosen<AnyStrategyPlugin>[]>> = {
  hostswap: [hostswap],
  tps: [{ plugin: tps, options: { pagesPerSecond: 20_000, salting: 0 } }, hostswap],
  balloon: [balloon, hostswap],
  compression: [compression, hostswap],
};

/** Mixes of a Linux host: goldens named `linux-…`. */
const LINUX: typeof MIXES = { hostswap: [hostswap], tps: [tps, hostswap] };

function run(
  recording: Recording,
  strategies: (typeof MIXES)[string],
  percent: number,
  profile?: ProfileName,
): SimulationResult {
  return runSimulation({
    name: `golden ${recording.name}`,
    host: {
      memory: toPages(Math.floor((2 * recording.pages * percent) / 100)),
      profile,
      paces: { balance: 1000, sample: 2000 },
    },
    guests: ['a', 'b'].map((name) => ({ kind: 'recorded', name, recording, start: 'work-start' })),
    mix: { strategies },
    run: { seed: 1, order: 'shuffled' },
  });
}

function countsOf({ guests, host, summary }: SimulationResult): Readonly<Record<string, number>> {
  const sum = (of: (guest: SimulationResult['guests'][number]) => number | undefined): number =>
    guests.reduce((total, guest) => total + (of(guest) ?? 0), 0);
  return {
    shared: host.shared,
    cowBreaks: sum((guest) => guest.cowBreaks),
    ballooned: sum((guest) => guest.entered['ballooned']),
    compressed: sum((guest) => guest.entered['compressed']),
    decompressed: sum((guest) => guest.faults['compressed']),
    swapOuts: summary.swapOutPages,
    swapIns: summary.swapInPages,
  };
}

const update = process.env['OVB_UPDATE_GOLDENS'] === '1';

describe.each(Object.entries(MIXES))('%s', (id, strategies) => {
  test.each(RUNS)(
    'does to two guests of $name what its golden says',
    { timeout: 120_000 },
    ({ name, percents }) => {
      const recording = readRecording(`${ROOT}datasets/recordings/${name}.ovr`);
      const counts = percents.map((percent) => [
        `host ${percent} %`,
        countsOf(run(recording, strategies, percent)),
      ]);
      expectGolden(
        `${ROOT}packages/${id}/test/golden/${name}.json`,
        Object.fromEntries(counts) as never,
        update,
      );
    },
  );
});

describe.each(Object.entries(LINUX))('%s on a Linux host', (id, strategies) => {
  test('does to two guests what its golden says', { timeout: 120_000 }, () => {
    const recording = readRecording(`${ROOT}datasets/recordings/python.ovr`);
    const { guests, summary, host, strategyCounters } = run(recording, strategies, 50, 'linux-kvm');
    const counts = {
      'host 50 %': {
        ...countsOf({ guests, summary, host } as SimulationResult),
        ...strategyCounters['hostswap'],
      },
    };
    expectGolden(`${ROOT}packages/${id}/test/golden/linux-python.json`, counts as never, update);
  });
});
