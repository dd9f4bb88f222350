/** What the shipped scenarios are for, shown on them or on a part of them that is quick. */
import { readFileSync } from 'node:fs';

import type { SimulationResult } from '@overbook/sim';
import { describe, expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import type { Overrides } from '../src/experiment/overrides.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS } from './small-scenario.ts';

const scenarios = new URL('../../../scenarios/', import.meta.url).pathname;

/** A shipped scenario, its text changed, run to its end: results by mix. */
async function runs(
  file: string,
  change: (text: string) => string,
  overrides: Overrides = {},
): Promise<Readonly<Record<string, SimulationResult>>> {
  const text = readFileSync(scenarios + file, 'utf8');
  const changed = change(text);
  const outcomes = await runExperiment(
    await planExperiment(parseScenario(scenarios + file, changed), overrides),
  );
  return Object.fromEntries(
    outcomes.map(({ cell, outcome }) => {
      if (outcome.kind !== 'done') throw new Error(outcome.what);
      return [cell.mix.name, outcome.result];
    }),
  );
}

describe('mini-bytes.yaml', () => {
  const shorter = (text: string): string => text.replace('intervals: 400', 'intervals: 120');
  const counts = ({ summary, host, strategyCounters, guests }: SimulationResult) => ({
    swaps: [summary.swapInPages, summary.swapOutPages],
    reclaimed: summary.reclaimedPages,
    vms: host.vms,
    shared: [host.shared, host.common, host.saving],
    strategyCounters,
    guests: guests.map(({ faults, entered, cowBreaks, firstTouches, balloonPops }) => ({
      faults,
      entered,
      cowBreaks,
      firstTouches,
      balloonPops,
    })),
  });

  test('a host of bytes and a host of keys agree on every page count, in every mix', async () => {
    const bytes = await runs('mini-bytes.yaml', shorter);
    const keys = await runs('mini-bytes.yaml', (text) =>
      shorter(text).replace('store: bytes', 'store: keys'),
    );
    expect(Object.keys(bytes)).toHaveLength(6);
    for (const [mix, result] of Object.entries(bytes)) {
      expect(result.checkedReads).toBeGreaterThan(0);
      expect(counts(keys[mix]!), mix).toEqual(counts(result));
    }
  });
});

describe('no-driver.yaml', () => {
  test('the balloon gets nothing from a guest without a driver, and swapping takes over', async () => {
    const oneGuest = (text: string): string =>
      text.replace(/guests:\n(.*\n)+?\n/, (all) => `guests:\n${/.*python.*\n/.exec(all)![0]}\n`);
    const { balloon } = await runs('no-driver.yaml', oneGuest, { mixes: ['balloon'] });
    expect(balloon!.guests.map(({ name }) => name)).toEqual(['python']);
    expect(balloon!.summary.reclaimedPages['balloon']).toBe(0);
    expect(balloon!.summary.reclaimedPages['hostswap']).toBeGreaterThan(1000);
    expect(balloon!.summary.swapInPages).toBeGreaterThan(0);
  });
});

describe('page-replacement.yaml', () => {
  test('first touches and swap-ins are the misses that libCacheSim counts', async () => {
    const known = JSON.parse(
      readFileSync(`${DATASETS}/policies/page-replacement-misses.json`, 'utf8'),
    ) as readonly { trace: string; frames: number; policy: string; misses: number }[];
    const found = await runs('page-replacement.yaml', (text) => text, { mixes: ['clock', 'optimum'] });
    for (const [mix, policy] of [
      ['clock', 'clock'],
      ['optimum', 'belady'],
    ] as const) {
      const wanted = known.find(
        (one) => one.trace === 'sort' && one.frames === 8192 && one.policy === policy,
      );
      const { guests, summary } = found[mix]!;
      expect(guests[0]!.firstTouches + summary.swapInPages, mix).toBe(wanted!.misses);
    }
  });
});

describe('everyone-at-once.yaml', () => {
  test('every mix meets every generation of memory states, and all guests start in the same moment', async () => {
    const text = readFileSync(`${scenarios}everyone-at-once.yaml`, 'utf8');
    const { mixes, plan, guests } = await planExperiment(
      parseScenario('everyone-at-once.yaml', text.replace('../datasets', DATASETS)),
    );
    expect(mixes.map(({ name }) => name)).toEqual(
      ['swap-only', 'balloon', 'classic'].flatMap((mix) =>
        ['esx-1.5', 'esx-4.1', 'esxi-6.x'].map((model) => `${mix}.${model}`),
      ),
    );
    for (const { name, memoryStates } of mixes) expect(name.endsWith(`.${memoryStates}`)).toBe(true);
    expect(plan.scenario.host.offsetSpread).toBe(0);
    expect(guests.map((guest) => (guest.kind === 'recorded' ? guest.start : guest.kind))).toEqual([
      ...Array.from({ length: 5 }, () => 'power-on'),
      'linux',
    ]);
  });
});
