/** Layout of `study --json` and summary.json: docs/study-results.schema.json is made from this. */
import { z } from 'zod';

import { SUMMARISED } from './point-summary.ts';

const interval = z.strictObject({
  mean: z.number(),
  low: z.number().nullable().meta({ description: '95 % interval over seeds; null with one seed.' }),
  high: z.number().nullable(),
});
const values = z.record(z.string(), z.json()).meta({ description: 'What varies, by path.' });

const mixAtPoint = z.strictObject({
  name: z.string(),
  bound: z.literal(true).exactOptional(),
  runs: z.int().meta({ description: 'Seeds whose runs did not fail.' }),
  lostWork: z.boolean().meta({ description: 'In some run a guest did not do all its work.' }),
  figures: z.strictObject(Object.fromEntries(SUMMARISED.map((metric) => [metric, interval]))).exactOptional(),
  reclaimedPages: z
    .int()
    .meta({ description: 'Sum of the most that each strategy gave back at one time, mean over seeds.' })
    .exactOptional(),
});

const point = z.strictObject({
  point: z.int(),
  values,
  hostMemoryPages: z.int(),
  mixes: z.array(mixAtPoint),
  best: z
    .string()
    .meta({ description: 'Least slow-down of all work of those that lost none, bounds apart.' })
    .exactOptional(),
  tied: z
    .array(z.string())
    .meta({ description: 'Mixes that cannot be told from it over paired seeds; absent with one seed.' })
    .exactOptional(),
});

const answer = z.strictObject({
  point: z.int(),
  values,
  mix: z.string(),
  bound: z.literal(true).exactOptional(),
  path: z.string(),
  value: z.json().exactOptional(),
  between: z.strictObject({ from: z.json(), to: z.json() }).exactOptional(),
  outside: z.enum(['holds everywhere', 'holds nowhere']).exactOptional(),
  runs: z.int(),
  gridRuns: z.int(),
});

export const studyResultsSchema = z
  .strictObject({
    schema: z.literal('overbook.study-results/1'),
    study: z.string(),
    scenario: z.string(),
    mixes: z.array(z.string()),
    bounds: z.array(z.string()),
    baseline: z.string(),
    seeds: z.array(z.int()),
    vary: z.array(z.string()),
    pointCount: z.int(),
    runs: z
      .int()
      .meta({ description: 'Runs of the whole study; a search makes some of them at each value.' }),
    points: z.array(point).meta({ description: 'Empty for a search.' }),
    answers: z.array(answer).meta({ description: 'Empty without a search.' }),
    failed: z.array(z.strictObject({ point: z.int(), mix: z.string(), seed: z.int(), what: z.string() })),
  })
  .meta({ title: 'Results of a study' });
