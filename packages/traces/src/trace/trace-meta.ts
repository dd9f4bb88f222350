/** The META section of a trace file: what the trace is, and the totals that its sections must add up to. */
import type { MetaReader } from '@overbook/formats';
import { PAGES_MAX } from '@overbook/formats';
import type { RunList } from './run-list.ts';
import type { Trace, TraceSpace } from './trace.ts';

/** Totals of a trace; a reader counts them again. */
export interface TraceTotals {
  readonly intervals: number;
  readonly runs: number;
  readonly instructions: number;
  /** Sum over intervals of the pages touched in each. */
  readonly pageEvents: number;
}

/** What META says, before any run was read. */
export interface TraceMeta {
  readonly name: string;
  readonly source: string;
  readonly space: TraceSpace;
  readonly pages: number;
  readonly everyInstructions: number;
  readonly totals: TraceTotals;
}

/** Counts a trace. O(runs). */
export function totalsOf(
  trace: Pick<Trace, 'intervals' | 'instructions' | 'runFirst' | 'runCount'>,
): TraceTotals {
  let instructions = 0;
  let pageEvents = 0;
  for (let interval = 0; interval < trace.intervals; interval++)
    instructions += trace.instructions[interval]!;
  for (let run = 0; run < trace.runCount.length; run++) pageEvents += trace.runCount[run]!;
  return { intervals: trace.intervals, runs: trace.runFirst.length, instructions, pageEvents };
}

/** The fields in the order in which they are written. */
export function traceMetaOf(trace: Trace): TraceMeta {
  return {
    name: trace.name,
    source: trace.source,
    space: trace.space,
    pages: trace.pages,
    everyInstructions: trace.everyInstructions,
    totals: totalsOf(trace),
  };
}

export function readTraceMeta(meta: MetaReader): TraceMeta {
  const space = meta.text('space');
  if (space !== 'guest-virtual' && space !== 'guest-physical')
    throw meta.fail(`has the unknown space ${JSON.stringify(space)}`);
  const totals = meta.object('totals');
  const read: TraceMeta = {
    name: meta.text('name'),
    source: meta.text('source'),
    space,
    pages: meta.count('pages', PAGES_MAX),
    everyInstructions: meta.count('everyInstructions', Number.MAX_SAFE_INTEGER, 1),
    totals: {
      intervals: totals.count('intervals', 2 ** 32 - 1),
      runs: totals.count('runs', 2 ** 32 - 1),
      instructions: totals.count('instructions'),
      pageEvents: totals.count('pageEvents'),
    },
  };
  totals.end();
  return read;
}

/** The first total that the runs do not add up to, as a sentence; undefined when all hold. */
export function totalsDiffer(meta: TraceMeta, arrays: ReturnType<RunList['finish']>): string | undefined {
  const found = totalsOf(arrays);
  for (const name of ['intervals', 'runs', 'instructions', 'pageEvents'] as const) {
    if (found[name] !== meta.totals[name])
      return `declares ${meta.totals[name]} ${name}, but holds ${found[name]}`;
  }
  return undefined;
}
