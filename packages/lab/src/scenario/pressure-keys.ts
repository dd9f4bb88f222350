/** What a scenario may say about memory pressure: states of its own, sampling of working sets, late drivers. */
import type { HostMemoryState } from '@overbook/core';
import type { MemoryStateSettings } from '@overbook/core/host';
import { HOST_MEMORY_STATES } from '@overbook/core';
import { MEMORY_STATE_MODELS, readModel } from '@overbook/core/host';
import { z } from 'zod';

// A type alone: an import that stays at run time would close a circle through the schema.
import type { Problem } from './problems.ts';
import { time } from './quantity.ts';

/** Every state with a value of its own. */
function byState<T extends z.ZodType>(
  value: (state: HostMemoryState) => T,
): Record<HostMemoryState, z.ZodExactOptional<T>> {
  return Object.fromEntries(
    HOST_MEMORY_STATES.map((state) => [state, value(state).exactOptional()]),
  ) as Record<HostMemoryState, z.ZodExactOptional<T>>;
}

const state = z.enum(HOST_MEMORY_STATES);
function percent(description: string): z.ZodExactOptional<z.ZodNumber> {
  return z.number().meta({ description }).exactOptional();
}

const model = z
  .strictObject({
    base: z
      .enum(Object.keys(MEMORY_STATE_MODELS))
      .meta({ description: 'The shipped model that is changed; without it the model stands alone.' })
      .exactOptional(),
    title: z.string().min(1).meta({ description: 'Printed under tables.' }).exactOptional(),
    basis: z
      .enum(['memory', 'minFree'])
      .meta({ description: 'What thresholds are percentages of.' })
      .exactOptional(),
    minFreePercent: percent(
      'Percent of memory that minFree is (Mem.MemMinFreePct), 0..50; default 0, the sliding scale.',
    ),
    thresholds: z
      .strictObject(byState((one) => z.number().meta({ description: `Percent of the basis, of ${one}.` })))
      .meta({ description: 'A state below high is entered when free memory falls under its threshold.' })
      .exactOptional(),
    wanted: state
      .meta({
        description: 'State whose threshold reclaim works towards; default clear, or high without it.',
      })
      .exactOptional(),
    enterPercent: percent('A state is entered below so many percent of its threshold; default 100.'),
    leavePercent: percent(
      'A state is left above so many percent of a threshold; default 110 (width not published).',
    ),
    leaveOf: z
      .enum(['own', 'next'])
      .meta({ description: "Of its own threshold, or of the next milder state's; default own." })
      .exactOptional(),
    earlyPercent: percent(
      'Balloon orders start so many percent above the threshold, and below a limit; default 0, shipped ones 0 or 10.',
    ),
    ladder: z
      .strictObject(
        byState((one) =>
          z.array(z.string().min(1)).meta({ description: `Strategies that may act in ${one}, in order.` }),
        ),
      )
      .meta({
        description:
          'Which strategies may act in each state. One that is nowhere named acts as it says itself.',
      })
      .exactOptional(),
    largePages: z
      .strictObject(
        byState((one) =>
          z
            .enum(['keep', 'break-cold', 'break-all'])
            .meta({ description: one === 'high' ? 'Below the high threshold.' : `In ${one}.` }),
        ),
      )
      .meta({ description: 'What is done about large pages; default keep.' })
      .exactOptional(),
    blocking: z
      .enum(['execution', 'allocation', 'none'])
      .meta({
        description:
          'A VM above its target does not run, or runs until it needs a frame; default allocation.',
      })
      .exactOptional(),
    blocksIn: z
      .array(state)
      .meta({ description: 'States in which it is blocked; default low.' })
      .exactOptional(),
    orders: z
      .enum(['kept', 'withdrawn'])
      .meta({
        description:
          'Whether a balloon goes on inflating in a state that would not ask it; default kept, from esx-4.1 withdrawn.',
      })
      .exactOptional(),
  })
  .meta({ description: 'A shipped model with changes, or a model of its own.' });

const generation = z.enum(['direct', ...Object.keys(MEMORY_STATE_MODELS)]);

/** A mix's `memoryStates`: one scenario may set generations side by side. */
export const mixMemoryStates = generation
  .meta({ description: "A generation for this mix alone; default the host's `memoryStates`." })
  .exactOptional();

/** `host.memoryStates`. */
export function memoryStates(description: string): z.ZodType<string | MemoryStateSettings> {
  return z.union([generation, model]).meta({ description }) as z.ZodType<string | MemoryStateSettings>;
}

/** A guest's `driverFrom`. */
export const driverFrom = time(
  'How long after the host started the balloon driver is loaded; default at once.',
).exactOptional();

/** What is wrong with memory states of a scenario's own, beyond types. */
export function memoryStateProblems(settings: string | MemoryStateSettings | undefined): readonly Problem[] {
  const read = settings === undefined || typeof settings === 'string' ? undefined : readModel(settings);
  if (read === undefined || 'model' in read) return [];
  return read.problems.map(({ path, what, mend }) => ({
    path: ['host', 'memoryStates', ...path],
    what,
    mend,
  }));
}

/** Ids on the ladder of a scenario's own memory states, with their places. */
export function* ladderEntries(
  settings: string | MemoryStateSettings | undefined,
): Generator<{ readonly id: string; readonly path: readonly (string | number)[] }> {
  if (settings === undefined || typeof settings === 'string') return;
  for (const [name, rungs] of Object.entries(settings.ladder ?? {}))
    for (const [i, id] of rungs.entries()) yield { id, path: ['host', 'memoryStates', 'ladder', name, i] };
}
