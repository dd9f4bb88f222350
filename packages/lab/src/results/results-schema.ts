/** Layout of results as a schema: docs/compare.schema.json is made from it, and tests hold results against it. */
import { z } from 'zod';

import { METRICS } from './metrics.ts';
import { RESULTS_SCHEMA } from './results.ts';
import { RUN_SCHEMA } from './run-results.ts';

const figure = z.number().meta({ description: 'Six significant digits.' });

const interval = z
  .strictObject({
    mean: figure,
    low: figure.nullable(),
    high: figure.nullable(),
  })
  .meta({ description: 'Mean over seeds and its 95 % t interval; low and high are null with one seed.' });

const DESCRIPTIONS: Readonly<Record<(typeof METRICS)[number], string>> = {
  swapInPages: 'Pages read back from swap files because a guest touched them.',
  swapOutPages: 'Pages written to swap files.',
  slowdown: '(busy + stall) ÷ busy, geometric mean over guests; 1 = no guest waited.',
  reclaimCpuNs: 'Host CPU time of the strategies, in nanoseconds.',
  worstStallNs: 'Longest single access of any guest, in nanoseconds.',
  workSlowdown: 'Σ (busy + stall) ÷ Σ busy over guests: each guest weighs as much as it worked.',
  worstGuestStall: 'The largest stall ÷ life of any guest, idle time included: 0.01 is 1 % of its life.',
  stallP99Ns: '99 of 100 waits of all guests were at most this long, in nanoseconds; accurate to 1/16.',
  hostCpuNs:
    "Host CPU time for memory, in nanoseconds: the strategies' and core's own (first touches, copies on write).",
  pagesWritten: "Pages written to swap, the host's and the guests' own.",
  workDone:
    'Part of its work that a guest completed, mean over guests; below 1, other figures cover less work.',
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

const alerts = z
  .record(
    z.string(),
    z.strictObject({
      heldNs: z.number().meta({ description: 'Time its condition held, in nanoseconds.' }),
      firedNs: z.number().meta({
        description: 'Time its alert fired: from when the condition had held for as long as the rule asks.',
      }),
    }),
  )
  .meta({ description: 'By the name of the published alert rule: docs/model/pain.md.' });

const run = z.strictObject({
  seed: z.int(),
  alerts: alerts.exactOptional(),
  guestsKilled: z.int().meta({ description: 'Guests ended because an access could not be served.' }),
  ...metrics(figure),
  reclaimedPages: byName(figure, 'Most pages given back at one time, by strategy.'),
  cpuNs: byName(figure, 'CPU time by account: `core` and each strategy.'),
  guests: z
    .array(
      z.strictObject({
        name: z.string(),
        take: z.string().exactOptional().meta({
          description: 'The recording that the seed drew for it, if the scenario gives it several takes.',
        }),
        busyNs: figure.meta({ description: 'Time it ran, in nanoseconds.' }),
        stallNs: figure.meta({
          description: 'Time its accesses waited, and what reclaim took of its core (`stolenNs`).',
        }),
        stolenNs: figure.exactOptional().meta({
          description:
            'CPU time that reclaim took from it, where the host has few `cores`; absent where none was.',
        }),
        lifeNs: figure.meta({
          description: 'Time from the beginning of its work to the end, idle gaps included.',
        }),
        delayNs: figure.meta({ description: 'How much later than recorded its work ended.' }),
        stallP99Ns: figure.meta({ description: '99 of 100 of its waits were at most this long.' }),
        worstStallNs: figure.meta({ description: 'Its longest wait.' }),
        workDone: figure.meta({ description: 'Part of its work that it completed: 1 = all.' }),
        alerts: alerts.exactOptional(),
        ended: z
          .enum(['killed', 'not admitted'])
          .exactOptional()
          .meta({ description: 'Why it ended before its work did; absent if it did not.' }),
      }),
    )
    .meta({ description: 'One entry for each guest, in the order of the scenario.' }),
  series: z
    .strictObject({
      timeNs: z.array(z.number()).meta({ description: 'Virtual time of each sample, in nanoseconds.' }),
      host: columns.meta({ description: "The host's counters: docs/model/counters.md." }),
      vms: z.record(z.string(), columns).meta({ description: "Each VM's counters, by its name." }),
    })
    .exactOptional()
    .meta({ description: 'Every counter over time, with `series` in the scenario or `--series`.' }),
});

const pluginWithOptions = z.strictObject({ id: z.string(), options: z.json() });

const settledMix = z
  .strictObject({
    strategies: z.array(pluginWithOptions).meta({ description: 'In order.' }),
    policies: z.array(pluginWithOptions).meta({ description: 'In order; empty: those of the profile.' }),
    memoryStates: z
      .json()
      .meta({ description: 'The memory-state model, by name or as the scenario gives it.' }),
    profile: z.string().meta({ description: 'The family of its host: HOST_PROFILES.' }),
  })
  .meta({ description: 'The mix with every option, including defaults.' });

const setting = z.strictObject({
  key: z.string().meta({ description: 'Its path in the host: `reserve`, `paces.balance`.' }),
  value: z.json().meta({ description: 'In pages and milliseconds; null: no limit.' }),
  unit: z.string().exactOptional(),
  said: z.string().meta({ description: 'The value in words.' }),
  from: z.enum(['default', 'given', 'profile', 'model']),
  basis: z.string().exactOptional().meta({ description: 'Basis of a default or of a value of a profile.' }),
  source: z.string().exactOptional(),
});

const cost = z.strictObject({
  ns: z.number().meta({ description: 'Nanoseconds.' }),
  source: z.string(),
  assumed: z.boolean().meta({ description: 'True if no publication gives the value.' }),
});

const mix = z.strictObject({
  name: z.string(),
  strategies: z.array(z.string()).meta({ description: 'Ids, in order.' }),
  hostMemoryPages: z.int(),
  error: z
    .string()
    .exactOptional()
    .meta({ description: 'Which run failed and why; then there is no summary.' }),
  summary: z
    .strictObject({
      ...metrics(interval),
      reclaimedPages: byName(interval, 'Most pages given back at one time, by strategy.'),
    })
    .exactOptional(),
  settled: settledMix,
  againstBaseline: z
    .strictObject(metrics(interval))
    .exactOptional()
    .meta({ description: 'This mix minus the baseline on the same host size, paired by seed.' }),
  lostWork: z
    .boolean()
    .exactOptional()
    .meta({ description: 'True where, in some run, a guest or a program in it did not do all its work.' }),
  guestsKilled: z
    .int()
    .exactOptional()
    .meta({ description: 'Guests ended because an access could not be served, over all seeds.' }),
  alerts: alerts.exactOptional().meta({
    description: 'How long alert rules held, over all guests and the host: mean over seeds, by rule.',
  }),
  guestsNotAdmitted: z.int().exactOptional().meta({
    description: 'Guests that admission control refused to power on, over all seeds, if any.',
  }),
  silentPolicies: z.array(z.string()).exactOptional().meta({
    description: 'Policies that gave no order in any run, if any: they changed nothing.',
  }),
  reached: byName(
    figure,
    'Part of the way from the worst mix to each bound that it went, by slow-down of all work: 0 is the worst mix, ' +
      '1 the bound. Absent for what lost work, and where a bound is no better than the worst mix.',
  ).exactOptional(),
  reachedBetween: byName(
    z.strictObject({ low: figure, high: figure }),
    'Interval of 95 % of `reached` over 2,000 draws of seeds and guests, by bound; absent with one guest.',
  ).exactOptional(),
  rank: z.int().exactOptional().meta({
    description:
      'Place among the mixes of its host size by slow-down of all work: 1 is the least. Absent for what lost work.',
  }),
  overGuests: z
    .strictObject({
      leastIn: figure.meta({ description: 'Part of the draws in which it slowed the guests least.' }),
      low: figure,
      high: figure,
    })
    .exactOptional()
    .meta({
      description:
        'Paired bootstrap over seeds and guests: 2,000 draws with replacement, the same for all mixes; low and high ' +
        'are the 95 % interval of the slow-down of all work. Absent for what lost work, with one guest or one mix.',
    }),
  runs: z
    .array(run)
    .exactOptional()
    .meta({ description: 'The figures of each run, in the order of `seeds`.' }),
});

/** Guests that have one file; `overbook validate` tells them too. */
const copies = z.strictObject({
  dataset: z.string(),
  guests: z.array(z.string()),
  clones: z.array(z.string()).exactOptional().meta({
    description:
      'Of a recording: guests that are clones of one machine; the others are machines of their own.',
  }),
  rekeyed: figure.exactOptional().meta({
    description:
      'Of a recording: of the pages that hold more than one repeated byte, the part whose content is another in each ' +
      'guest that is no clone. Without it all pages are equal in all of the guests: an upper bound of what they share.',
  }),
});

/** What both say of the experiment. */
const about = {
  scenario: z.string().meta({ description: 'Name of the scenario.' }),
  command: z.string().exactOptional().meta({
    description: 'A command line that produces these results; paths are shortened to their last part.',
  }),
  seeds: z.array(z.int()),
  scenarioText: z.string().meta({ description: "The scenario file's text." }),
  assumptions: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Assumptions behind the figures, as printed below the table.' }),
  copies: z.array(copies).meta({ description: 'Files that several guests have.' }),
  hosts: z
    .array(z.strictObject({ memoryPages: z.int(), settings: z.array(setting) }))
    .meta({ description: 'Every setting of each host, including defaults.' }),
  costs: byName(cost, 'Cost charged for each operation.'),
  hashes: z.strictObject({
    scenario: sha256.meta({ description: "SHA-256 of the scenario file's text." }),
    datasets: byName(sha256, 'SHA-256 of each dataset file, by the name that the scenario gives it.'),
    plugins: byName(sha256, 'SHA-256 of each plugin file, by its name.'),
    versions: byName(z.string(), 'Version of each package used.'),
  }),
  settings: z.strictObject({
    hostMemoryPages: z.array(z.int()),
    guestPages: z.int().meta({ description: 'Configured memory of all guests together.' }),
    check: z.boolean(),
  }),
};

const file = z.string().meta({ description: 'The ranking beside the scenario.' });

const order = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unknown') }),
    z.strictObject({ kind: z.literal('outdated'), file }),
    z.strictObject({
      kind: z.literal('ranked'),
      file,
      lead: z.string().nullable().meta({ description: 'The mix that was best most often.' }),
      bestIn: z.int().meta({ description: 'Settings of all costs in which it was best.' }),
      of: z.int().meta({ description: 'Settings that were tried.' }),
      turns: z.array(z.string()).meta({ description: 'What turns the order, the clearest first.' }),
    }),
  ])
  .meta({
    description:
      'Whether the order of the mixes is known to turn with what is assumed: by `overbook rank --keep`, for the same ' +
      'text of the scenario.',
  });

/** What `overbook compare --json` prints. */
export const resultsSchema = z
  .strictObject({
    schema: z.literal(RESULTS_SCHEMA),
    ...about,
    baseline: z.string().meta({ description: 'Name of the mix that the others are compared with.' }),
    mixes: z.array(mix).meta({ description: 'One entry for each host size and mix, bounds left out.' }),
    bounds: z.array(mix).meta({
      description:
        'One entry for each host size and bound: a mix that no real host can have, ranked with no other.',
    }),
    order,
  })
  .meta({ title: 'Results of overbook compare' });

const simulated = z
  .looseObject({
    measuredNs: z.number().meta({ description: 'Virtual time of the measured part, in nanoseconds.' }),
    summary: z.looseObject(metrics(z.number())),
    guests: z
      .array(
        z.looseObject({
          name: z.string(),
          take: z.int().exactOptional().meta({
            description:
              'Which of its takes the seed drew, the first being 1, if the scenario gives it several.',
          }),
          busyNs: z.number().meta({ description: 'Time it ran, in nanoseconds.' }),
          alerts: alerts.exactOptional(),
          stallNs: z.number().meta({ description: 'Time its accesses waited.' }),
          slowdown: z.number().meta({ description: '(busy + stall) ÷ busy.' }),
        }),
      )
      .meta({ description: 'One entry for each guest, in the order of the scenario.' }),
    alerts: alerts.exactOptional(),
    cpuNs: byName(z.number(), 'CPU time by account: `core` and each strategy.'),
    stateNs: byName(z.number(), 'Time in each memory state.'),
  })
  .meta({ description: 'The whole result of a run: SimulationResult of @overbook/sim.' });

/** What `overbook run --json` prints. */
export const runSchema = z
  .strictObject({
    schema: z.literal(RUN_SCHEMA),
    ...about,
    runs: z.array(
      z.strictObject({
        mix: z.string(),
        settled: settledMix,
        hostMemoryPages: z.int(),
        seed: z.int(),
        result: simulated.exactOptional(),
        error: z.string().exactOptional().meta({ description: 'Why it failed; then there is no result.' }),
      }),
    ),
  })
  .meta({ title: 'Results of overbook run' });
