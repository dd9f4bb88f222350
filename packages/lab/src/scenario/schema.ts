/**
 * The one schema of scenario files: types, validation, the JSON Schema for editors (docs/scenario.schema.json) and the
 * reference (docs/scenarios.md) all come from here.
 */
import { HOST_SETTINGS, PROFILE_NAMES } from '@overbook/core/host';
import { COSTS, RUN_SETTINGS } from '@overbook/sim';
import { z } from 'zod';

import { PREDICATE } from './problems.ts';
import { guestRights, overhead, pool } from './entitlement-keys.ts';
import { driverFrom, memoryStates, mixMemoryStates } from './pressure-keys.ts';
import { hostMemory, size, time } from './quantity.ts';
import { settingKeys } from './setting-keys.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'is not a name\nUse lowercase letters, digits, `-`, `_` and `.`.');

const options = z.record(z.string(), z.json());

/** `tps`, or `tps: { salting: 0 }`. */
const plugin = z
  .union([z.string().min(1), options])
  .meta({ description: 'An id or a module specifier; with options as a map of that one key.' });

const common = {
  name: name.meta({ description: 'Unique in its host.' }),
  count: z
    .int()
    .min(1)
    .max(1000)
    .meta({
      description:
        'Number of guests like this, named `name-1`, `name-2` and so on; default one, `name`. Of a recording, each ' +
        'is a machine of its own: see `clones`.',
    })
    .exactOptional(),
  ...guestRights,
  salt: z
    .string()
    .meta({
      description:
        "Pages may be shared with VMs of the same salt; an empty salt matches no other. `%n` is the copy's number.",
    })
    .exactOptional(),
  sharing: z
    .enum(['on', 'off'])
    .meta({ description: 'off: page sharing skips the VM (sched.mem.pshare.enable); default on.' })
    .exactOptional(),
  offset: time(
    'Time from the start of the measured part to the work (without `work-start`, to power-on); default none.',
  ).exactOptional(),
  repeat: z
    .int()
    .min(1)
    .max(1000)
    .meta({ description: 'How many times in a row the work is done; default 1.' })
    .exactOptional(),
};

const FEW_TAKES = 'has fewer than two takes\nName two files or more, or one without a list.';

const disk = z
  .enum(['own', 'host'])
  .meta({
    description:
      'own (default): its disk is its own. host: files and swap are on the device that the host swaps to, ' +
      'in one queue with it.',
  })
  .exactOptional();

const recorded = z
  .strictObject({
    ...common,
    recording: z.union([z.string().min(1), z.array(z.string().min(1)).min(2, { error: FEW_TAKES })]).meta({
      description:
        'Recording file (.ovr), relative to `datasets`; or a list of takes of one work, of which the seed draws one.',
    }),
    start: z.enum(['power-on', 'work-start']).default('work-start').meta({
      description: 'power-on: replays the boot too. work-start: arrives with the memory it had then.',
    }),
    size: size('Size of the VM; default and minimum: the recorded size.').exactOptional(),
    driver: z
      .boolean()
      .meta({ description: 'Whether a balloon driver runs in it; default true.' })
      .exactOptional(),
    driverFrom,
    swap: size("The guest's own swap; default none, as in the recorded guests.").exactOptional(),
    disk,
    clones: z
      .boolean()
      .meta({
        description:
          'If several guests replay one recording: true, they are clones of one machine and their pages are equal; ' +
          'false (default), each is a machine of its own and shares what any other of its release would.',
      })
      .exactOptional(),
  })
  .meta({ title: 'A recorded guest', description: 'A real guest, replayed from a recording.' });

const flat = z
  .strictObject({
    ...common,
    trace: z.string().min(1).meta({ description: 'Trace file (.ovt), relative to `datasets`.' }),
    size: size("Size of the VM; default and minimum: the trace's pages.").exactOptional(),
    image: z
      .string()
      .min(1)
      .meta({ description: 'Image (.raw, .raw.gz) or digest (.ovd) whose pages the guest writes.' })
      .exactOptional(),
    compressedBytes: z
      .int()
      .min(1)
      .max(4096)
      .meta({ description: 'Compressed size of written pages if no image is given; default 4096.' })
      .exactOptional(),
  })
  .meta({
    title: 'A flat guest',
    description: "One program's pages as a whole VM: no operating system, no driver.",
  });

const script = z
  .strictObject({
    ...common,
    image: z
      .string()
      .min(1)
      .meta({ description: 'Image (.raw, .raw.gz) or digest (.ovd) whose pages the guest writes.' }),
    script: z
      .strictObject({
        intervals: z.int().min(1).max(1_000_000).meta({ description: 'Intervals of the script.' }),
        pagesPerInterval: z.int().min(1).meta({ description: 'Pages touched in each interval.' }),
        writePercent: z
          .number()
          .min(0)
          .max(100)
          .meta({ description: 'Percentage of touches that write; default 30.' })
          .exactOptional(),
        hotPercent: z
          .number()
          .min(0)
          .max(100)
          .meta({ description: 'Percentage of touches in the hot tenth of memory; default 80.' })
          .exactOptional(),
        instructionsPerInterval: z
          .int()
          .min(1)
          .meta({ description: 'Instructions in each interval; default 2 000 000.' })
          .exactOptional(),
      })
      .meta({ description: 'Which pages are touched: generated from the seed, so synthetic.' }),
    size: size('Size of the VM.'),
    driver: z
      .boolean()
      .meta({
        description:
          'Whether a balloon driver runs in it and gives the pages that the script does not use; default false.',
      })
      .exactOptional(),
    driverFrom,
  })
  .meta({
    title: 'A scripted guest',
    description: 'A generated script over real contents; its choice of pages is synthetic.',
  });

const linux = z
  .strictObject({
    ...common,
    programs: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'Trace files (.ovt), one per process, relative to `datasets`.' }),
    size: size('Size of the VM.'),
    swap: size("The guest's own swap; default none.").exactOptional(),
    disk,
    driver: z
      .boolean()
      .meta({ description: 'Whether a balloon driver runs in it; default true.' })
      .exactOptional(),
    driverFrom,
    fileCache: size('File pages from which code and data are read; default none.').exactOptional(),
  })
  .meta({
    title: 'A Linux-like guest',
    description:
      'Programs in a guest whose page tables, allocator, page cache and swap are modelled by Overbook.',
  });

const host = z.strictObject({
  memory: z.union([hostMemory('Machine memory.'), z.array(hostMemory('Machine memory.')).min(1)]).meta({
    description: "Machine memory: a size, a part of all guests' sizes, or a list of both to compare.",
  }),
  ...settingKeys(HOST_SETTINGS, { overhead, memoryStates }),
  ...settingKeys(RUN_SETTINGS),
});

const mix = z.strictObject({
  strategies: z
    .array(plugin)
    .min(1)
    .meta({ description: 'In order: an id, a module specifier, or a map of one of these to its options.' }),
  policies: z
    .array(plugin)
    .min(1)
    .meta({
      description:
        'Policies that give orders; a later one overrides earlier ones. Default: as the profile says.',
    })
    .exactOptional(),
  memoryStates: mixMemoryStates,
  profile: z
    .enum(PROFILE_NAMES)
    .meta({ description: "Family of hosts of this mix; default the host's `profile`." })
    .exactOptional(),
});

const costs = z
  .strictObject(
    Object.fromEntries(
      Object.entries(COSTS).map(([cost, entry]) => [
        cost,
        z
          .number()
          .min(0)
          .meta({ description: `Default ${entry.ns} ns: ${entry.source}.` })
          .exactOptional(),
      ]),
    ),
  )
  .meta({ description: 'Costs that replace those of the table, in nanoseconds.' });

/** Everything a scenario file may say. Unknown keys are refused. */
export const scenarioSchema = z
  .strictObject({
    $schema: z.string().meta({ description: 'Path of the schema, for editors.' }).exactOptional(),
    name: name.meta({ description: 'Name of the scenario, in results.' }),
    description: z.string().meta({ description: 'Purpose of the scenario, for readers.' }).exactOptional(),
    notes: z
      .array(z.string())
      .meta({ description: 'Note for readers of the results; printed under the table.' })
      .exactOptional(),
    datasets: z
      .string()
      .default('.')
      .meta({ description: 'Folder to which dataset paths are relative; itself relative to this file.' }),
    seeds: z
      .array(z.int().min(0).max(0xffff_ffff))
      .min(1)
      .default([1])
      .meta({ description: 'Each mix runs once for each host size and seed.' }),
    host: host.meta({ description: 'The machine that all guests run on.' }),
    pools: z
      .record(name, pool)
      .meta({ description: 'Resource pools, by name; a guest names its own with `pool`.' })
      .exactOptional(),
    guests: z
      .array(z.union([recorded, flat, script, linux]))
      .min(1)
      .meta({
        description: 'The VMs on it. An entry has one of `recording`, `trace`, `script` or `programs`.',
      }),
    order: z.enum(['shuffled', 'recorded']).default('shuffled').meta({
      description: 'Order of pages within an interval: drawn by the seed, or ascending (recorded).',
    }),
    costs: costs.exactOptional(),
    plugins: z.array(z.string().min(1)).default([]).meta({
      description: 'Modules with strategies or policies: paths relative to this file, or package names.',
    }),
    mixes: z
      .record(name, mix)
      .meta({ description: 'The mixes to compare, by name. The first is the baseline.' }),
    series: time('Period at which every counter is sampled; default never. Reads every guest page.')
      .refine((ms) => ms >= 1, { error: 'is not a period\nGive at least `1 ms`.', ...PREDICATE })
      .exactOptional(),
    check: z.boolean().default(false).meta({
      description: "Checks every guest read against an independent record, and recounts the host's tables.",
    }),
  })
  .meta({ title: 'Overbook scenario' });

/** A scenario as a file says it, checked, with sizes in pages and times in milliseconds. */
export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioGuest = Scenario['guests'][number];
export type ScenarioMix = Scenario['mixes'][string];
/** A strategy or policy as a mix names it. */
export type PluginEntry = ScenarioMix['strategies'][number];
