/** From a scenario to results, in process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toPages } from '@overbook/core';
import { readRecording, readTrace } from '@overbook/traces';
import { afterAll, expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import type { CellOutcome } from '../src/experiment/run-experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { guestsCsv, runsCsv, summaryCsv } from '../src/results/csv.ts';
import { METRICS } from '../src/results/metrics.ts';
import { resultsSchema } from '../src/results/results-schema.ts';
import { RESULTS_SCHEMA, resultsJson, resultsOf } from '../src/results/results.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS, small } from './small-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-experiment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function results(file = small(), overrides: Parameters<typeof planExperiment>[1] = {}) {
  const experiment = await planExperiment(file, overrides);
  const outcomes = await runExperiment(experiment);
  const found = resultsOf(experiment, outcomes);
  expect(JSON.parse(resultsJson(found))).toEqual(resultsSchema.parse(JSON.parse(resultsJson(found))));
  return { experiment, outcomes, results: found };
}

test('cells are host sizes × mixes × seeds, in that order', async () => {
  const { cells, memories } = await planExperiment(small(), {
    seeds: [4, 5],
    hostMemory: [{ percentOfGuests: 50 }, toPages(700)],
  });
  expect(memories).toEqual([512, 700]);
  expect(cells.map(({ index, mix, memory, seed }) => [index, memory, mix.name, seed])).toEqual([
    [0, 512, 'swap-only', 4],
    [1, 512, 'swap-only', 5],
    [2, 512, 'tps', 4],
    [3, 512, 'tps', 5],
    [4, 700, 'swap-only', 4],
    [5, 700, 'swap-only', 5],
    [6, 700, 'tps', 4],
    [7, 700, 'tps', 5],
  ]);
});

test('the stable part of the results is there, with null intervals for one seed', async () => {
  const { results: found } = await results();
  const figure = { mean: expect.any(Number) as number, low: null, high: null };
  expect(found).toMatchObject({ schema: RESULTS_SCHEMA, scenario: 'small', seeds: [1] });
  expect(found.hashes.scenario).toMatch(/^[0-9a-f]{64}$/);
  expect(found.hashes.datasets['images/mini.ovd']).toMatch(/^[0-9a-f]{64}$/);
  expect(found.hashes.versions).toMatchObject({ '@overbook/core': expect.any(String) as string });
  expect(found.mixes.map(({ name, strategies }) => [name, strategies])).toEqual([
    ['swap-only', ['hostswap']],
    ['tps', ['tps', 'hostswap']],
  ]);
  const { reclaimedPages, ...figures } = found.mixes[1]!.summary!;
  expect(figures).toEqual(Object.fromEntries(METRICS.map((metric) => [metric, figure])));
  expect(reclaimedPages).toEqual({ tps: figure, hostswap: figure });
  expect(found.mixes[0]!.summary!.swapInPages.mean).toBeGreaterThan(0);
});

test('a guest that is given less than was recorded of it counts with what its VM has', async () => {
  const { memories } = await planExperiment(
    parseScenario(
      'small.yaml',
      `name: small
datasets: ${DATASETS}
host: { memory: 100 % of guests }
guests:
  - { name: one, recording: recordings/idle-b.ovr, size: 32 MiB, reservation: 33 MiB, limit: 40 MiB }
  - { name: two, trace: traces/sort.ovt, size: 1 MiB }
mixes: { swap-only: { strategies: [hostswap] } }
`,
    ),
  );
  const recorded = readRecording(`${DATASETS}/recordings/idle-b.ovr`).pages;
  const traced = readTrace(`${DATASETS}/traces/sort.ovt`).pages;
  expect(memories).toEqual([recorded + traced]);
});

test('the same experiment gives the same bytes, another seed gives others', async () => {
  const json = async (seed: number): Promise<string> =>
    resultsJson((await results(small(), { seeds: [seed] })).results);
  const [once, again, other] = [await json(1), await json(1), await json(2)];
  expect(again).toBe(once);
  expect(other.replace(/"seeds?": \[?\s*\d+/g, '')).not.toBe(once.replace(/"seeds?": \[?\s*\d+/g, ''));
});

test('over seeds there are intervals, and differences to the first mix are taken seed by seed', async () => {
  const { results: found } = await results(small(), { seeds: [1, 2, 3] });
  const [first, second] = found.mixes;
  const { low, mean, high } = second!.summary!.swapInPages;
  expect(low!).toBeLessThan(mean);
  expect(high!).toBeGreaterThan(mean);
  expect(new Set(first!.runs!.map(({ swapInPages }) => swapInPages)).size).toBe(3);
  expect(first!.againstBaseline!.swapInPages).toEqual({ mean: 0, low: 0, high: 0 });
  expect(second!.againstBaseline!.swapInPages.mean).toBeCloseTo(mean - first!.summary!.swapInPages.mean, 0);
});

test('the baseline is the first mix asked for, or the one that is named', async () => {
  const [one, two] = (await results(small())).results.mixes.map(({ name }) => name);
  const asked = (await results(small(), { mixes: [two!, one!], seeds: [1, 2] })).results;
  expect(asked.baseline).toBe(two);
  expect(asked.mixes.map(({ name }) => name)).toEqual([two, one]);
  expect(asked.mixes[0]!.againstBaseline!.slowdown.mean).toBe(0);
  const named = (await results(small(), { baseline: two!, seeds: [1, 2] })).results;
  expect(named.mixes.map(({ name }) => name)).toEqual([one, two]);
  expect(named.mixes[1]!.againstBaseline!.slowdown.mean).toBe(0);
  await expect(results(small(), { baseline: 'none' })).rejects.toMatchObject({ code: 'OVB_MIX_UNKNOWN' });
});

test('nothing in the results tells where this machine keeps its files', async () => {
  const path = join(folder, 'mine.ts');
  writeFileSync(
    path,
    `import { defineStrategy } from '@overbook/core';
     import { z } from 'zod';
     export const mine = defineStrategy({
       id: 'mine', contract: 2, title: 't', options: z.strictObject({}), needs: {}, create: () => ({}),
     });`,
  );
  const { results: found } = await results(small(), {
    plugins: [{ specifier: path, folder: '/', at: '--plugin' }],
  });
  expect(resultsJson(found)).not.toContain(folder);
  expect(found.hashes.plugins['mine.ts']).toMatch(/^[0-9a-f]{64}$/);
  expect(found.mixes.map(({ name, strategies }) => [name, strategies])).toContainEqual([
    'mine',
    ['mine', 'hostswap'],
  ]);
});

test('a strategy that throws fails its own mix by name, and the others go on', async () => {
  const path = join(folder, 'throws.ts');
  writeFileSync(
    path,
    `import { defineStrategy } from '@overbook/core';\nimport { z } from 'zod';
     const options = z.strictObject({});
     const same = { contract: 2, title: 't', options, needs: {}, actsFrom: 'clear' };
     export const thrower = defineStrategy({ ...same, id: 'thrower',
       create: () => ({ reclaim: () => { throw new Error('out of ideas'); } }) });
     export const liar = defineStrategy({ ...same, id: 'liar',
       create: () => ({ reclaim: ({ goal }) => ({ freed: goal, ordered: 0, tried: 0, refused: [] }) }) });\n`,
  );
  const { results: found, outcomes } = await results(small(), {
    plugins: [{ specifier: path, folder: '/', at: '--plugin' }],
  });
  const [swapOnly, tps, liar, thrower] = found.mixes;
  expect(swapOnly!.summary).toBeDefined();
  expect(tps!.summary).toBeDefined();
  expect(thrower).toMatchObject({ name: 'thrower', error: 'seed 1: thrower failed: out of ideas' });
  expect(thrower!.summary).toBeUndefined();
  expect(liar!.error).toMatch(/^seed 1: liar broke a promise/);
  expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['done', 'done', 'failed', 'failed']);
});

test('the tables for other programs have a row for each figure, run and guest', async () => {
  const { results: found, outcomes } = await results(small(), { seeds: [1, 2] });
  const lines = (csv: string): readonly string[] => csv.trimEnd().split('\n');
  const summary = lines(summaryCsv(found));
  expect(summary[0]).toBe(
    'scenario,mix,hostMemoryPages,figure,mean,low,high,seeds,baseline,' +
      'differenceMean,differenceLow,differenceHigh,bound',
  );
  expect(summary).toHaveLength(1 + (11 + 1) + (11 + 2));
  const runs = lines(runsCsv(found, outcomes));
  expect(runs[0]).toBe(
    'scenario,mix,hostMemoryPages,seed,swapInPages,swapOutPages,slowdown,reclaimCpuNs,worstStallNs,' +
      'workSlowdown,worstGuestStall,stallP99Ns,hostCpuNs,pagesWritten,workDone,' +
      'reclaimedPages.tps,reclaimedPages.hostswap,' +
      'alertHeldNs.KubeVirtVMGuestMemoryPressure,alertFiredNs.KubeVirtVMGuestMemoryPressure,' +
      'alertHeldNs.KubeVirtVMGuestMemoryAvailableLow,alertFiredNs.KubeVirtVMGuestMemoryAvailableLow,' +
      'alertHeldNs.NodeHighSwapActivity,alertFiredNs.NodeHighSwapActivity,' +
      'guestsKilled,guestsNotAdmitted,error,bound',
  );
  expect(runs).toHaveLength(1 + 4);
  expect(lines(guestsCsv(found, outcomes))).toHaveLength(1 + 2 * 4);
  for (const table of [summary, runs])
    expect(new Set(table.map((line) => line.split(',').length)).size).toBe(1);
});

test('alerts stand in every table: of each guest, all of a run, and their mean with its interval', async () => {
  const { experiment, outcomes } = await results(small(), { seeds: [1, 2] });
  const alerted = outcomes.map(({ cell, outcome }): CellOutcome => {
    if (outcome.kind !== 'done' || cell.mix.name !== 'tps') return { cell, outcome };
    const [first, ...others] = outcome.result.guests;
    const result = {
      ...outcome.result,
      alerts: { NodeHighSwapActivity: { heldNs: 3e9 * cell.seed, firedNs: 1e9 } },
      guests: [
        { ...first!, alerts: { KubeVirtVMGuestMemoryPressure: { heldNs: 5e9, firedNs: 0 } } },
        ...others.map((guest) => ({
          ...guest,
          alerts: { KubeVirtVMGuestMemoryPressure: { heldNs: 2e9, firedNs: 0 } },
        })),
      ],
    };
    return { cell, outcome: { kind: 'done', result } };
  });
  const found = resultsOf(experiment, alerted);
  const rows = (csv: string): readonly Readonly<Record<string, string>>[] => {
    const [head, ...lines] = csv
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    return lines.map((line) => Object.fromEntries(head!.map((name, i) => [name, line[i]!])));
  };
  const held = 'alertHeldNs.KubeVirtVMGuestMemoryPressure';
  const ofTps = ({ mix }: Readonly<Record<string, string>>): boolean => mix === 'tps';
  const guests = rows(guestsCsv(found, alerted)).filter(ofTps);
  expect(guests.map((row) => row[held])).toEqual(['5000000000', '2000000000', '5000000000', '2000000000']);
  const runs = rows(runsCsv(found, alerted)).filter(ofTps);
  expect(runs.map((row) => row[held])).toEqual(['7000000000', '7000000000']);
  expect(runs.map((row) => row['alertHeldNs.NodeHighSwapActivity'])).toEqual(['3000000000', '6000000000']);
  expect(runs.map((row) => row['alertHeldNs.KubeVirtVMGuestMemoryAvailableLow'])).toEqual(['', '']);
  const summary = rows(summaryCsv(found)).filter((row) => row['figure']!.startsWith('alert') && ofTps(row));
  expect(summary.map(({ figure, mean }) => [figure, mean])).toEqual([
    [held, '7000000000'],
    ['alertFiredNs.KubeVirtVMGuestMemoryPressure', '0'],
    ['alertHeldNs.NodeHighSwapActivity', '4500000000'],
    ['alertFiredNs.NodeHighSwapActivity', '1000000000'],
  ]);
  expect(Number(summary[2]!['low'])).toBeLessThan(4.5e9);
  expect(summary[1]!['low']).toBe('0');
});

test('the results of a run tell what it meant for each guest, exactly', async () => {
  const { results: found, outcomes } = await results(small(), { seeds: [1, 2] });
  const runs = found.mixes.flatMap((mix) => mix.runs ?? []);
  expect(runs).toHaveLength(4);
  runs.forEach(({ guests, guestsKilled, swapInPages }, i) => {
    const { outcome } = outcomes[i]!;
    if (outcome.kind !== 'done') throw new Error('a run failed');
    const { result } = outcome;
    expect([guestsKilled, swapInPages]).toEqual([result.guestsKilled, result.summary.swapInPages]);
    expect(guests.map(({ name, stallNs, busyNs }) => [name, stallNs, busyNs])).toEqual(
      result.guests.map(({ name, stallNs, busyNs }) => [name, stallNs, busyNs]),
    );
  });
});

test('a mix may have a generation of memory states for itself', async () => {
  const mixes = `
  plain: { strategies: [hostswap] }
  old: { strategies: [hostswap], memoryStates: esx-1.5 }
  none: { strategies: [hostswap], memoryStates: direct }
`;
  const { outcomes } = await results(small('', mixes));
  const states = outcomes.map(({ outcome }) =>
    outcome.kind === 'done' ? Object.keys(outcome.result.stateNs) : [],
  );
  // 5 MiB keep 6 % of themselves free under either scale, but only the newer one has a state `clear`.
  expect(states[0]).toContain('clear');
  expect(states[1]).not.toContain('clear');
  expect(states[2]).toEqual(['high']);
  const wrong = '\n  wrong: { strategies: [hostswap], memoryStates: esx-9 }\n';
  expect(() => small('', wrong)).toThrow(/memoryStates.*esx-9/);
});
