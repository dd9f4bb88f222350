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
function amount(description: string): z.ZodExactOptional<z.ZodNumber> {
  return z.number().meta({ description }).exactOptional();
}

const model = z
  .strictObject({
    base: z
      .enum(Object.keys(MEMORY_STATE_MODELS))
      .meta({ description: 'The shipped model to change; without it the model must be complete.' })
      .exactOptional(),
    title: z.string().min(1).meta({ description: 'Printed under tables.' }).exactOptional(),
    basis: z
      .enum(['memory', 'minFree', 'watermarks'])
      .meta({
        description:
          "What thresholds are percentages of; of Linux's watermarks: the distance above min (low 100, high 200).",
      })
      .exactOptional(),
    minFreePercent: amount(
      'minFree in percent of memory (Mem.MemMinFreePct), 0..50; default 0, the sliding scale.',
    ),
    minFreeKbytes: amount("Linux's vm.min_free_kbytes; default √(16 · memory in kB), 128 to 262144."),
    watermarkScale: amount(
      "Linux's vm.watermark_scale_factor, parts of 10,000 of memory between watermarks; default 10.",
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
    enterPercent: amount('A state is entered below this percentage of its threshold; default 100.'),
    leavePercent: amount(
      'A state is left above this percentage of a threshold; default 110 (width not published).',
    ),
    leaveOf: z
      .enum(['own', 'next'])
      .meta({ description: "Threshold of `leavePercent`: its own, or the next milder state's; default own." })
      .exactOptional(),
    earlyPercent: amount(
      'Balloon orders start this many percent above a threshold or below a limit; default 0, shipped models 0 or 10.',
    ),
    ladder: z
      .strictObject(
        byState((one) =>
          z.array(z.string().min(1)).meta({ description: `Strategies that may act in ${one}, in order.` }),
        ),
      )
      .meta({
        description: 'Strategies that may act in each state. One named in no state acts by its own default.',
      })
      .exactOptional(),
    byOrderOnly: z
      .array(z.string().min(1))
      .meta({
        description: 'Strategies that no state asks: they act by themselves or by orders; default none.',
      })
      .exactOptional(),
    givers: z
      .enum(['above-target', 'by-size'])
      .meta({
        description:
          'Who gives when memory is short: VMs above their targets first (default), or all by size above reservation.',
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
          'A VM above its target does not run (execution), or runs until it needs a frame (allocation, the default).',
      })
      .exactOptional(),
    blocksIn: z
      .array(state)
      .meta({ description: 'States in which such a VM is blocked; default low.' })
      .exactOptional(),
    orders: z
      .enum(['kept', 'withdrawn'])
      .meta({
        description:
          'Whether a balloon keeps inflating in states whose ladder omits it; default kept, from esx-4.1 withdrawn.',
      })
      .exactOptional(),
  })
  .meta({ description: 'A shipped model with changes, or a model of your own.' });

const generation = z.enum(['direct', ...Object.keys(MEMORY_STATE_MODELS)]);

/** A mix's `memoryStates`: one scenario may set generations side by side. */
export const mixMemoryStates = generation
  .meta({ description: "A generation for this mix only; default the host's `memoryStates`." })
  .exactOptional();

/** `host.memoryStates`. */
export function memoryStates(description: string): z.ZodType<string | MemoryStateSettings> {
  return z.union([generation, model]).meta({ description }) as z.ZodType<string | MemoryStateSettings>;
}

/** A guest's `driverFrom`. */
export const driverFrom = time(
  'Time from the start of the host until the balloon driver is loaded; default none.',
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

/** Ids that a scenario's own memory states name, on the ladder or off it, with their places. */
export function* ladderEntries(
  settings: string | MemoryStateSettings | undefined,
): Generator<{ readonly id: string; readonly path: readonly (string | number)[] }> {
  if (settings === undefined || typeof settings === 'string') return;
  for (const [i, id] of (settings.byOrderOnly ?? []).entries())
    yield { id, path: ['host', 'memoryStates', 'byOrderOnly', i] };
  for (const [name, rungs] of Object.entries(settings.ladder ?? {}))
    for (const [i, id] of rungs.entries()) yield { id, path: ['host', 'memoryStates', 'ladder', name, i] };
}
