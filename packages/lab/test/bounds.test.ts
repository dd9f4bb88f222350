/** Mixes with a bound stand apart: in `bounds`, ranked with none, and the others say how far they went to them. */
import { isOverbookError } from '@overbook/core';
import { expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { runsCsv, summaryCsv } from '../src/results/csv.ts';
import { resultsSchema } from '../src/results/results-schema.ts';
import { resultsJson, resultsOf } from '../src/results/results.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS } from './small-scenario.ts';

const TEXT = `name: bounded
datasets: ${DATASETS}
host: { memory: 28 MiB, memoryStates: direct }
guests:
  - { name: sqlite, trace: traces/sqlite.ovt }
mixes:
  optimum: { strategies: [belady] }
  fifo: { strategies: [hostswap: { victims: fifo }] }
  lru: { strategies: [hostswap: { victims: lru }] }
  unlimited: { strategies: [unlimited-memory] }
`;

async function plan(overrides: Parameters<typeof planExperiment>[1] = {}) {
  return planExperiment(parseScenario('bounded.yaml', TEXT), overrides);
}

test('bounds are lines of their own, and each mix went a part of the way to each', async () => {
  const experiment = await plan();
  const outcomes = await runExperiment(experiment);
  const results = resultsOf(experiment, outcomes);
  expect(JSON.parse(resultsJson(results))).toEqual(resultsSchema.parse(JSON.parse(resultsJson(results))));
  const { mixes, bounds, baseline } = results;
  expect(mixes.map(({ name }) => name)).toEqual(['fifo', 'lru']);
  expect(bounds.map(({ name }) => name)).toEqual(['optimum', 'unlimited']);
  expect(baseline).toBe('fifo');

  const slowdown = Object.fromEntries(
    [...mixes, ...bounds].map(({ name, summary }) => [name, summary!.workSlowdown.mean]),
  ) as Record<'fifo' | 'lru' | 'optimum' | 'unlimited', number>;
  expect(slowdown.unlimited).toBe(1);
  expect(slowdown.optimum).toBeLessThan(Math.min(slowdown.fifo, slowdown.lru));
  expect(slowdown.lru).toBeLessThan(slowdown.fifo);
  const [fifo, lru] = mixes;
  expect(fifo!.reached).toEqual({ optimum: 0, unlimited: 0 });
  expect(lru!.reached!['optimum']).toBeCloseTo(
    (slowdown.fifo - slowdown.lru) / (slowdown.fifo - slowdown.optimum),
    3,
  );
  expect(lru!.reached!['unlimited']).toBeLessThan(lru!.reached!['optimum']!);

  const [, ...summaryRows] = summaryCsv(results).trimEnd().split('\n');
  const marked = (rows: readonly string[], mark: string): string[] => [
    ...new Set(rows.filter((row) => row.endsWith(mark)).map((row) => row.split(',')[1]!)),
  ];
  expect(marked(summaryRows, ',1')).toEqual(['optimum', 'unlimited']);
  expect(runsCsv(results, outcomes).split('\n')[0]).toMatch(/,error,bound$/);
  expect(marked(runsCsv(results, outcomes).trimEnd().split('\n'), ',1')).toEqual(['optimum', 'unlimited']);
});

test('a bound is no baseline', async () => {
  const refusal = await plan({ baseline: 'optimum' }).catch((error: unknown) => error);
  expect(isOverbookError(refusal) && `${refusal.code}: ${refusal.what} ${refusal.mend}`).toMatch(
    /^OVB_MIX_UNKNOWN: 'optimum' is a bound, .* Name a mix: fifo, lru\./,
  );
});

test('where only bounds are wanted they run, and there is no mix', async () => {
  const experiment = await plan({ mixes: ['unlimited'] });
  const { mixes, bounds } = resultsOf(experiment, await runExperiment(experiment));
  expect(mixes).toEqual([]);
  expect(bounds.map(({ name, summary }) => [name, summary!.swapInPages.mean])).toEqual([['unlimited', 0]]);
});
