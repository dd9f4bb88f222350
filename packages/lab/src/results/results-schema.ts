/** Layout of results as a schema: docs/compare.schema.json is made from it, and tests hold results against it. */
import { z } from 'zod';

import { METRICS } from './metrics.ts';
import { RESULTS_SCHEMA } from './results.ts';

const figure = z.number().meta({ description: 'Six significant digits.' });

const interval = z
  .strictObject({
    mean: figure,
    low: figure.nullable(),
    high: figure.nullable(),
  })
  .meta({ description: 'Mean over seeds and its 95 % t interval; with one seed low and high are null.' });

const DESCRIPTIONS: Readonly<Record<(typeof METRICS)[number], string>> = {
  swapInPages: 'Pages read back from swap files because a guest touched them.',
  swapOutPages: 'Pages written to swap files.',
  slowdown: '(busy + stall) ÷ busy, geometric mean over guests; 1 = no guest waited.',
  reclaimCpuNs: 'Host CPU time of the strategies, in nanoseconds.',
  worstStallNs: 'Longest single access of any guest, in nanoseconds.',
};

function metrics<T extends z.ZodType>(value: T): Record<(typeof METRICS)[number], T> {
  return Object.fromEntries(
    METRICS.map((metric) => [metric, value.meta({ description: DESCRIPTIONS[metric] })]),
  ) as Record<(typeof METRICS)[number], T>;
}

function byName<T extends z.ZodType>(value: T, description: string): z.ZodRecord<z.ZodString, T> {
  return z.record(z.string(), value).meta({ description });
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const columns = z.record(z.string(), z.array(z.union([z.number(), z.string(), z.null()])));

const run = z.strictObject({
  seed: z.int(),
  ...metrics(figure),
  reclaimedPages: byName(figure, 'Most pages given back at one time, by strategy.'),
  cpuNs: byName(figure, 'CPU time by account: `core` and each strategy.'),
  series: z
    .strictObject({
      timeNs: z.array(z.number()).meta({ description: 'Virtual time of each sample, in nanoseconds.' }),
      host: columns.meta({ description: "The host's counters: docs/model/counters.md." }),
      vms: z.record(z.string(), columns).meta({ description: "Each VM's counters, by its name." }),
    })
    .exactOptional()
    .meta({ description: 'Every counter along the way, with `series` in the scenario or `--series`.' }),
});

const mix = z.strictObject({
  name: z.string(),
  strategies: z.array(z.string()).meta({ description: 'Ids, in order.' }),
  hostMemoryPages: z.int(),
  error: z.string().exactOptional().meta({ description: 'Which run failed and why; no summary then.' }),
  summary: z
    .strictObject({
      ...metrics(interval),
      reclaimedPages: byName(interval, 'Most pages given back at one time, by strategy.'),
    })
    .exactOptional(),
  againstFirst: z
    .strictObject(metrics(interval))
    .exactOptional()
    .meta({ description: 'This mix less the first of the same host size, run by run on the same seeds.' }),
  guestsKilled: z
    .int()
    .exactOptional()
    .meta({ description: 'Guests ended because an access could not be served, over all seeds.' }),
  guestsNotAdmitted: z.int().exactOptional().meta({
    description:
      'Guests that admission control did not let be powered on, over all seeds, where there are any.',
  }),
  runs: z
    .array(run)
    .exactOptional()
    .meta({ description: 'The figures of each run, in the order of `seeds`.' }),
});

/** What `overbook compare --json` prints. */
export const resultsSchema = z
  .strictObject({
    schema: z.literal(RESULTS_SCHEMA),
    scenario: z.string().meta({ description: 'Name of the scenario.' }),
    seeds: z.array(z.int()),
    hashes: z.strictObject({
      scenario: sha256.meta({ description: "SHA-256 of the scenario file's text." }),
      datasets: byName(sha256, 'SHA-256 of each dataset file, by the name that the scenario gives it.'),
      plugins: byName(sha256, 'SHA-256 of each plugin file, by its name.'),
      versions: byName(z.string(), 'Version of each package that took part.'),
    }),
    settings: z.strictObject({
      hostMemoryPages: z.array(z.int()),
      guestPages: z.int().meta({ description: 'What all guests are configured with.' }),
      check: z.boolean(),
    }),
    mixes: z.array(mix).meta({ description: 'One entry for each host size and mix.' }),
  })
  .meta({ title: 'Results of overbook compare' });
