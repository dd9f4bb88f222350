/** What a ranking varies of an experiment, and what its runs then are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import type { Factor } from '../src/rank/factors.ts';
import { factorsOf } from '../src/rank/factors.ts';
import { designRank } from '../src/rank/rank.ts';
import type { ScenarioFile } from '../src/scenario/read-scenario.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { smallText } from './small-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-factors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two guests whose work takes two minutes each. */
function file(mixes: string, host = '', plugins = ''): ScenarioFile {
  return parseScenario(
    join(folder, 'small.yaml'),
    smallText(plugins, mixes)
      .replace('paces:', `${host}paces:`)
      .replaceAll('intervals: 60', 'intervals: 60, instructionsPerInterval: 2000000000'),
  );
}

async function others(of: ScenarioFile): Promise<readonly Factor[]> {
  return factorsOf(await planExperiment(of)).filter(({ kind }) => kind !== 'cost');
}

const SWAP = `\n  swap-only: { strategies: [hostswap: { sharedVictims: true }] }\n`;

describe('the spread of arrivals', () => {
  test('is varied from next to none to the shortest work, also where the scenario gives one', async () => {
    const range = { name: 'host.offsetSpread', kind: 'spread', unit: 'ms', low: 1000, high: 120_000 };
    expect(await others(file(SWAP))).toEqual([expect.objectContaining({ ...range, settled: 1000 })]);
    expect(await others(file(SWAP, 'offsetSpread: 60 s, '))).toEqual([
      expect.objectContaining({ ...range, settled: 60_000 }),
    ]);
    expect(await others(file(SWAP, 'offsetSpread: 200 ms, '))).toEqual([
      expect.objectContaining({ ...range, low: 200, settled: 200 }),
    ]);
  });

  test('of 0 says that all arrive together, and stays', async () => {
    expect(await others(file(SWAP, 'offsetSpread: 0 s, '))).toEqual([]);
  });
});

describe('options', () => {
  const mixes = `
  open: { strategies: [balloon, hostswap: { sharedVictims: false }] }
  fixed: { strategies: [balloon: { safePercent: 60 }, hostswap: { sharedVictims: false }] }
  linux: { profile: linux-kvm, strategies: [balloon, hostswap] }
`;

  test('that are assumed are varied in the mixes that leave them open; a profile sets them too', async () => {
    const found = await others(file(mixes, 'offsetSpread: 0 s, '));
    const open = found.flatMap((one) => (one.kind === 'option' ? [[one.name, one.mixes]] : []));
    expect(Object.fromEntries(open)).toEqual({
      'balloon.plateauPercent': ['open', 'fixed', 'linux'],
      'balloon.safePercent': ['open'],
      'balloon.blindPercent': ['open', 'fixed', 'linux'],
    });
  });

  test('are in the runs of their mixes, and in no others; the first setting has none', async () => {
    const experiment = await planExperiment(file(mixes, 'offsetSpread: 30 s, '));
    const { cells } = designRank(experiment, 2);
    const safe = cells.map(({ mix, run }) => [
      mix.name,
      mix.strategies[0]!.options?.['safePercent'],
      run?.offsetSpread === undefined,
    ]);
    expect(safe.slice(0, 3)).toEqual([
      ['open', undefined, true],
      ['fixed', 60, true],
      ['linux', 100, true],
    ]);
    const drawn = safe[3]![1] as number;
    expect(drawn).toBeGreaterThanOrEqual(50);
    expect(drawn).toBeLessThanOrEqual(95);
    expect(Number.isInteger(drawn)).toBe(true);
    expect(safe.slice(3, 6)).toEqual([
      ['open', drawn, false],
      ['fixed', 60, false],
      ['linux', 100, false],
    ]);
    expect(safe[6]![1]).not.toBe(drawn);
  });

  function plugin(name: string, option: string): string {
    const path = join(folder, `${name}.ts`);
    writeFileSync(
      path,
      `import { defineStrategy } from '@overbook/core';
       import { z } from 'zod';
       export const mine = defineStrategy({
         id: '${name}', contract: 2, title: 't', needs: {}, create: () => ({}),
         options: z.strictObject({ pace: ${option} }),
       });`,
    );
    return `plugins: [./${name}.ts]`;
  }

  test('of a plugin of others are varied where its schema states a range', async () => {
    const range = `.meta({ assumedRange: { low: 0, high: 10, source: 'assumed' } })`;
    const plugins = plugin('paced', `z.number().default(4)${range}`);
    const found = await others(
      file(
        `${SWAP}  mine: { strategies: [paced, hostswap: { sharedVictims: false }] }\n`,
        'offsetSpread: 0 s, ',
        plugins,
      ),
    );
    expect(found).toEqual([
      expect.objectContaining({ name: 'paced.pace', low: 0, high: 10, settled: 4, mixes: ['mine'] }),
    ]);
  });

  test('whose range is none are refused by the name of the plugin', async () => {
    const range = `.meta({ assumedRange: { low: 5, high: 10, source: 'assumed' } })`;
    const plugins = plugin('outside', `z.number().default(4)${range}`);
    await expect(
      others(file(`${SWAP}  mine: { strategies: [outside, hostswap] }\n`, '', plugins)),
    ).rejects.toMatchObject({
      code: 'OVB_PLUGIN_OPTIONS',
      at: 'outside',
      message: expect.stringContaining("states a range of 'pace' from 5 to 10 that its default 4 is not in"),
    });
  });
});
