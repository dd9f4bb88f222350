/** Layout of a ranking as a schema: docs/rank.schema.json is made from it, and tests hold rankings against it. */
import { z } from 'zod';

import { RANK_SCHEMA } from './rank-results.ts';

const pain = z.record(z.string(), z.number().nullable()).meta({
  description: 'Σ (busy + stall) ÷ Σ busy over guests, mean over seeds, by mix; null where it lost work.',
});

/** What `overbook rank --json` prints. */
export const rankSchema = z
  .strictObject({
    schema: z.literal(RANK_SCHEMA),
    scenario: z.string(),
    command: z.string().meta({ description: 'The command line that gives these results again.' }),
    scenarioText: z.string(),
    seeds: z.array(z.int()),
    hashes: z.strictObject({ datasets: z.record(z.string(), z.string()) }),
    factors: z.array(
      z.strictObject({
        name: z.string().meta({ description: 'What is varied.' }),
        kind: z.enum(['cost', 'spread', 'option']).exactOptional().meta({
          description:
            'A cost, the spread of arrivals, or an option, `PLUGIN.OPTION`, of each mix that leaves it open.',
        }),
        settled: z.number().meta({ description: 'What `overbook compare` takes; 1 for true.' }),
        assumed: z.boolean().meta({ description: 'No publication gives the settled value.' }),
        range: z.tuple([z.number(), z.number()]),
        unit: z.enum(['ns', 'ms']).exactOptional().meta({ description: "Options have their plugin's." }),
      }),
    ),
    unpaid: z
      .array(z.string())
      .exactOptional()
      .meta({ description: 'Costs that no run of any mix paid: what they are changes nothing.' }),
    lead: z
      .string()
      .nullable()
      .meta({ description: 'The mix that was best most often; null where none did all its work anywhere.' }),
    mixes: z.array(
      z.strictObject({
        name: z.string(),
        best: z
          .int()
          .meta({ description: 'Points at which it had the least pain of all that lost no work.' }),
        lostWork: z.int().meta({ description: 'Points at which it lost work, or at which a run failed.' }),
      }),
    ),
    turns: z
      .array(
        z.strictObject({
          factor: z.string(),
          mix: z.string().meta({ description: 'The mix that gains on the lead as the factor rises.' }),
          correlation: z
            .number()
            .meta({ description: "Spearman's; below 0, the mix gains as the factor falls." }),
        }),
      )
      .meta({
        description: 'Factors that turn the order, the clearest first: 5 % in all to name one by chance.',
      }),
    points: z
      .array(
        z.strictObject({
          hostMemoryPages: z.int(),
          costs: z
            .record(z.string(), z.number())
            .meta({ description: 'Costs in nanoseconds; empty for the settled ones.' }),
          others: z
            .record(z.string(), z.number())
            .exactOptional()
            .meta({ description: 'Other factors in their units; empty for the settled ones.' }),
          best: z.string().nullable(),
          pain,
        }),
      )
      .meta({ description: 'On each host size: the settled costs, then those drawn.' }),
  })
  .meta({ title: 'Results of overbook rank' });
