/** Layout of what commands print with `--json`: docs/*.schema.json are made from these, and outputs held by them. */
import { OBSERVATION_LOG, observationSchema } from '@overbook/core';
import { z } from 'zod';

import { rankSchema, resultsSchema, runSchema } from '@overbook/lab';
import { studyResultsSchema } from '@overbook/study';

const { copies } = resultsSchema.shape;
const optionRow = z.strictObject({
  name: z.string(),
  values: z.string(),
  default: z.string().exactOptional(),
  description: z.string(),
  assumedRange: z
    .strictObject({ low: z.number(), high: z.number(), source: z.string(), whole: z.boolean() })
    .exactOptional()
    .meta({
      description: 'The default is assumed: `overbook rank` varies it so far. Of a flag, 1 is true.',
    }),
});
const plugin = {
  id: z.string(),
  role: z.enum(['strategy', 'policy']),
  contract: z.int(),
  title: z.string(),
  module: z.string(),
  needs: z.array(z.string()),
  options: z.array(z.strictObject({ title: z.string().exactOptional(), rows: z.array(optionRow) })),
};
const otherName = z.strictObject({
  names: z.array(z.string()),
  id: z.string(),
  role: z.enum(['strategy', 'policy']),
  write: z.string().meta({ description: 'The entry of a mix.' }),
  what: z.string(),
  mix: z.array(z.string()),
});
const totals = {
  intervals: z.int(),
  runs: z.int().exactOptional(),
  instructions: z.number(),
  pageEvents: z.number(),
};

/** A line of an observation log: the first one, or one observation. */
const observationLog = z
  .union([
    z.strictObject({
      format: z.literal(OBSERVATION_LOG.format),
      version: z.literal(OBSERVATION_LOG.version),
    }),
    observationSchema,
  ])
  .meta({
    description: 'One line of an observation log (JSON Lines): the first, or any further one.',
  });

const validated = z.strictObject({
  schema: z.literal('overbook.validate/1'),
  scenario: z.string(),
  guests: z.array(z.string()),
  hostMemoryPages: z.array(z.int()),
  mixes: z.array(z.string()),
  baseline: z.string(),
  seeds: z.array(z.int()),
  runs: z.int(),
  copies,
  mayStarve: z.array(z.string()),
});

const trace = z.strictObject({
  schema: z.literal('overbook.trace/1'),
  name: z.string(),
  source: z.string(),
  space: z.enum(['guest-virtual', 'guest-physical']),
  pages: z.int(),
  everyInstructions: z.number(),
  ...totals,
});

const recordingCheck = z.strictObject({
  schema: z.literal('overbook.recording-check/1'),
  recordings: z.array(
    z.strictObject({
      name: z.string(),
      good: z.boolean(),
      /** Sentences; empty = good. */
      faults: z.array(z.string()),
      /** Frames whose content changed from one snapshot to the next, after boot. */
      changedFrames: z.int(),
      /** Of these: not stored to by the CPU in between. */
      notStoredFrames: z.int(),
      notStoredByRole: z.record(z.string(), z.int()),
      /** Contents between snapshots, where the recorder looked. */
      steadyContents: z.int().optional(),
      /** Frames that nothing had touched and that were not zero. */
      strangeFrames: z.int(),
      /** Snapshots that do not say from where on the recorder disturbed the guest. */
      unmarkedSnapshots: z.array(z.string()),
      /** What the guest's time is: its instructions and its waiting, or the recording machine's. */
      clock: z.enum(['instructions', 'host']),
      guestNs: z.number(),
      instructions: z.number(),
      /** Snapshots before which more instructions ran than nanoseconds passed. */
      crowdedSnapshots: z.array(z.string()),
      steps: z.array(
        z.strictObject({
          label: z.string(),
          changed: z.int(),
          stored: z.int(),
          onlyRead: z.int(),
          untouched: z.int(),
          notStoredByRole: z.record(z.string(), z.int()),
        }),
      ),
    }),
  ),
});
const recording = z.strictObject({
  schema: z.literal('overbook.recording/1'),
  name: z.string(),
  pages: z.int(),
  contentKey: z.string(),
  codec: z.string(),
  /** Where contents between snapshots were recorded: for how long they lasted at least. */
  steadyMs: z.int().optional(),
  origin: z.looseObject({ work: z.string(), seed: z.number(), kernel: z.string() }),
  guestMs: z.number(),
  ...totals,
  snapshots: z.array(
    z.strictObject({
      label: z.string(),
      guestMs: z.number(),
      afterIntervals: z.int(),
      changedPages: z.int(),
      /** Contents between this snapshot and the one before. */
      steadyContents: z.int().optional(),
    }),
  ),
  phases: z.array(z.looseObject({ name: z.string(), guestMs: z.number() })),
});

const datasets = z.strictObject({
  schema: z.literal('overbook.datasets/1'),
  datasets: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['recording', 'trace', 'image', 'digest']),
      file: z.string(),
      what: z.string(),
      from: z.string(),
      bytes: z.int(),
    }),
  ),
});

const counters = z.strictObject({
  schema: z.literal('overbook.counters/1'),
  counters: z.array(z.looseObject({ column: z.string(), level: z.string(), meaning: z.string() })),
});

const walk = z.looseObject({
  paging: z.enum(['nested', 'shadow']),
  guest: z.string(),
  process: z.int(),
  address: z.string(),
  access: z.enum(['read', 'write']),
});

const reproducedRow = z.looseObject({
  quantity: z.string(),
  published: z.union([z.number(), z.string(), z.null()]),
  measured: z.union([z.number(), z.string()]),
  tolerance: z.string(),
  pass: z
    .boolean()
    .describe('Inside the tolerance; rows of input and unpublished compare nothing all the same.'),
  grade: z.enum(['arithmetic', 'shape', 'ordering', 'input', 'unpublished']),
  solved: z.string().optional().describe('Parameter that was chosen so that the published figure comes out.'),
  explanation: z.string().optional().describe('Of a failing row: what differs, and why.'),
});

/** By the name of the file in docs. */
export const JSON_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  compare: resultsSchema,
  rank: rankSchema,
  run: runSchema,
  'study-results': studyResultsSchema,
  validate: validated.meta({ title: 'What overbook validate found' }),
  strategies: z
    .strictObject({
      schema: z.literal('overbook.strategies/1'),
      plugins: z.array(z.strictObject(plugin)),
      otherNames: z.array(otherName),
    })
    .meta({ title: 'What overbook strategies lists' }),
  strategy: z
    .strictObject({ schema: z.literal('overbook.strategy/1'), ...plugin })
    .meta({ title: 'What overbook strategies show prints' }),
  observations: observationLog,
  trace: trace.meta({ title: 'What overbook trace info prints' }),
  recording: recording.meta({ title: 'What overbook recording info prints' }),
  'recording-check': recordingCheck.meta({ title: 'What overbook recording check prints' }),
  datasets: datasets.meta({ title: 'What overbook datasets lists' }),
  counters: counters.meta({ title: 'What overbook counters lists' }),
  translate: z
    .looseObject({ schema: z.literal('overbook.translate/1'), walks: z.array(walk).exactOptional() })
    .meta({ title: 'What overbook translate prints' }),
  reproduce: z
    .strictObject({
      schema: z.literal('overbook.reproduce/1'),
      experiments: z.array(z.looseObject({ id: z.string(), rows: z.array(reproducedRow) })),
    })
    .meta({ title: 'What overbook reproduce prints' }),
};
