/**
 * The one schema of study files: types, validation, the JSON Schema for editors (docs/study.schema.json) and the
 * reference (docs/studies.md) all come from here.
 */
import type { Metric } from '@overbook/lab';
import { METRICS } from '@overbook/lab';
import { z } from 'zod';

/** What may have to stay below a limit. Work that is not done holds nothing, so it needs no limit of its own. */
export const LIMITED = METRICS.filter((metric) => metric !== 'workDone');

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'is not a name\nUse lowercase letters, digits, `-`, `_` and `.`.');

const end = z.union([z.number(), z.string().min(1)]);

const span = z
  .strictObject({
    from: end.meta({ description: 'First value: a number, or one with a unit, as in `256 MiB`.' }),
    to: end.meta({ description: 'Last value, in the same unit.' }),
    steps: z
      .int()
      .min(2)
      .max(10_000)
      .meta({ description: 'Number of values, both ends among them; needed without `sample`.' })
      .exactOptional(),
    scale: z
      .enum(['linear', 'log'])
      .default('linear')
      .meta({ description: 'log: equal ratios between values, not equal distances.' }),
    whole: z
      .boolean()
      .meta({ description: 'Round to whole numbers; default: where both ends are whole and have no unit.' })
      .exactOptional(),
  })
  .meta({ title: 'A range' });

const varied = z
  .union([
    z.array(z.json()).min(1),
    span,
    z.literal('range').meta({ description: 'Of a cost: the range that its sources leave; needs `sample`.' }),
  ])
  .meta({ description: 'A list of values, a range, or for costs the word `range`.' });

const hold = z
  .strictObject(
    Object.fromEntries(
      LIMITED.map((metric) => [
        metric,
        z.number().min(0).meta({ description: 'At most this.' }).exactOptional(),
      ]),
    ) as Record<Metric, z.ZodExactOptional<z.ZodNumber>>,
  )
  .refine((limits) => Object.keys(limits).length > 0, {
    error: 'There is no limit.\nName one, e.g. `workSlowdown: 1.1`.',
  })
  .meta({ description: 'What must hold, as the mean over seeds; and every guest must do all its work.' });

const find = z
  .strictObject({
    most: z
      .string()
      .min(1)
      .meta({ description: 'Path of what is to be as large as may be, e.g. `guests.redis.count`.' })
      .exactOptional(),
    least: z
      .string()
      .min(1)
      .meta({ description: 'Path of what is to be as small as may be, e.g. `host.memory`.' })
      .exactOptional(),
    from: end.meta({ description: 'Smallest value that is tried.' }),
    to: end.meta({ description: 'Largest value that is tried, in the same unit.' }),
    step: end.meta({ description: 'Distance of two values: how exact the answer is, in the same unit.' }),
    hold,
  })
  .refine(({ most, least }) => (most === undefined) !== (least === undefined), {
    error: '`find` needs one of `most` and `least`.\nGive the path of what is looked for under one of them.',
  })
  .meta({ description: 'A search by bisection, of each mix at each point of `vary`.' });

/** Everything a study file may say. Unknown keys are refused. */
export const studySchema = z
  .strictObject({
    $schema: z.string().meta({ description: 'Path of the schema, for editors.' }).exactOptional(),
    name: name.meta({ description: 'Name of the study, in results.' }),
    description: z.string().meta({ description: 'Purpose of the study, for readers.' }).exactOptional(),
    scenario: z.string().min(1).meta({ description: 'The scenario, relative to this file.' }),
    mixes: z
      .array(name)
      .min(1)
      .meta({ description: 'Mixes of the scenario to run; default all, with its bounds.' })
      .exactOptional(),
    seeds: z
      .union([z.int().min(1).max(10_000), z.array(z.int().min(0).max(0xffff_ffff)).min(1)])
      .meta({ description: 'A number of seeds, 1 to that; or a list. Default: those of the scenario.' })
      .exactOptional(),
    vary: z
      .record(z.string().min(1), varied)
      .default({})
      .meta({
        description:
          'Values by path: `host.memory`, `guests.NAME.KEY`, `guests.*.KEY`, `mixes.NAME.strategies.ID.OPTION`, ' +
          '`options.ID.OPTION` (in every mix with that plugin), `costs.NAME`, `costs.*`. ' +
          'Every value meets every other.',
      }),
    sample: z
      .int()
      .min(1)
      .max(1_000_000)
      .meta({
        description:
          'Number of points, spread evenly over all ranges and lists, in place of every combination.',
      })
      .exactOptional(),
    find: find.exactOptional(),
  })
  .meta({ title: 'Overbook study' });

/** A study as a file says it, checked. */
export type StudySettings = z.output<typeof studySchema>;
export type Varied = StudySettings['vary'][string];
export type Span = z.output<typeof span>;
export type Find = NonNullable<StudySettings['find']>;
