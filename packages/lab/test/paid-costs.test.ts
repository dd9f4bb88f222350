/** A run tells which costs it paid, so that rankings leave out what cannot matter. */
import type { CostName } from '@overbook/sim';
import { COSTS } from '@overbook/sim';
import { beforeAll, describe, expect, test } from 'vitest';

import type { Experiment } from '../src/experiment/experiment.ts';
import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { small } from './small-scenario.ts';

const MIXES = ['swap-only', 'compression', 'zswap', 'tps', 'balloon'];
let experiment: Experiment;

beforeAll(async () => {
  experiment = await planExperiment(
    small(
      '',
      `
  swap-only: { strategies: [hostswap] }
  compression: { strategies: [compression, hostswap] }
  zswap: { strategies: [zswap: { compressor: zstd }, hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
  balloon: { strategies: [balloon, hostswap] }
`,
      '  - { name: linux, programs: [traces/sort.ovt], size: 20 MiB, fileCache: 8 MiB, swap: 64 MiB }\n',
    ),
    { anySize: true },
  );
});

/** The run of a mix with such costs. */
async function run(mix: string, costs: Partial<Record<CostName, number>>) {
  const cell = experiment.cells.find((one) => one.mix.name === mix)!;
  const [outcome] = await runExperiment({ ...experiment, cells: [{ ...cell, index: 0, costs }] });
  if (outcome!.outcome.kind !== 'done') throw new Error(`${mix} failed`);
  return outcome!.outcome.result;
}

describe.each(MIXES)('under %s', (mix) => {
  test('a run is the same whatever the costs are that it did not pay', { timeout: 60_000 }, async () => {
    const { paidCosts, ...settled } = await run(mix, {});
    const unpaid = (Object.keys(COSTS) as CostName[]).filter((name) => !paidCosts.includes(name));
    expect(unpaid).toContain('tlbMiss');
    const others = Object.fromEntries(unpaid.map((name) => [name, COSTS[name].ns * 3]));
    expect(await run(mix, others)).toEqual({ paidCosts, ...settled });
  });
});

test('what a mix pays is paid, in the order of the table', { timeout: 60_000 }, async () => {
  const swap = (await run('swap-only', {})).paidCosts;
  expect(swap).toEqual(expect.arrayContaining(['firstTouch', 'swapOut', 'swapIn', 'instruction']));
  expect(swap).not.toContain('compressPage');
  expect((await run('compression', {})).paidCosts).toContain('compressPage');
  expect((await run('zswap', {})).paidCosts).toContain('compressZstd');
  expect((await run('zswap', {})).paidCosts).not.toContain('compressPage');
  expect((await run('tps', {})).paidCosts).toContain('hashPage');
  expect(swap).toEqual((Object.keys(COSTS) as CostName[]).filter((name) => swap.includes(name)));
});
