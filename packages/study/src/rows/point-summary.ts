/** What the mixes of one point came to over its seeds. */
import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';
import type { Interval, Metric } from '@overbook/lab';
import { interval, leastOf, roundedInterval } from '@overbook/lab';

import type { CellResult } from '../cells/cell-store.ts';
import type { Point } from '../vary/points.ts';

/** Figures that a point keeps; the tables have all. */
export const SUMMARISED = [
  'workSlowdown',
  'worstGuestStall',
  'stallP99Ns',
  'hostCpuNs',
  'pagesWritten',
] as const satisfies readonly Metric[];

export interface MixAtPoint {
  readonly name: string;
  readonly bound?: true;
  /** Seeds whose runs are there. */
  readonly runs: number;
  /** In some run a guest did not do all its work: its figures can be held against no other's. */
  readonly lostWork: boolean;
  readonly figures?: Readonly<Record<(typeof SUMMARISED)[number], Interval>>;
  /** Sum of the most that each strategy gave back at one time, mean over seeds. */
  readonly reclaimedPages?: number;
}

export interface PointSummary {
  readonly point: number;
  readonly values: Point;
  readonly hostMemoryPages: Pages;
  readonly mixes: readonly MixAtPoint[];
  /** Mix with the least slow-down of all work of those that lost none; absent where there is none. */
  readonly best?: string;
  /** Mixes that cannot be told from it, over paired seeds; absent with one seed. */
  readonly tied?: readonly string[];
}

/** @param mixes names in order, with the results of their seeds in order; undefined where a run failed */
export function pointSummary(
  point: number,
  values: Point,
  mixes: readonly {
    readonly name: string;
    readonly bound: boolean;
    readonly results: readonly (CellResult | undefined)[];
  }[],
): PointSummary {
  const summaries = mixes.map(({ name, bound, results }) => mixAtPoint(name, bound, results));
  const ranked = mixes.flatMap(({ name, bound, results }, i) => {
    const { lostWork, figures } = summaries[i]!;
    const isWhole = figures !== undefined && !lostWork && !bound && !results.includes(undefined);
    return isWhole ? [{ name, slowdowns: results.map((result) => result!.run.workSlowdown) }] : [];
  });
  const memory =
    mixes.flatMap(({ results }) => results).find((result) => result !== undefined)?.hostMemoryPages ?? 0;
  return { point, values, hostMemoryPages: toPages(memory), mixes: summaries, ...standing(ranked) };
}

function standing(
  ranked: readonly { readonly name: string; readonly slowdowns: readonly number[] }[],
): Pick<PointSummary, 'best' | 'tied'> {
  if (ranked.length === 0) return {};
  const slowdowns = ranked.map((one) => one.slowdowns);
  if (slowdowns[0]!.length < 2) {
    const firsts = slowdowns.map(([first]) => first!);
    return { best: ranked[firsts.indexOf(Math.min(...firsts))]!.name };
  }
  const { best, tied } = leastOf(slowdowns);
  return { best: ranked[best]!.name, tied: tied.map((i) => ranked[i]!.name) };
}

function mixAtPoint(name: string, bound: boolean, results: readonly (CellResult | undefined)[]): MixAtPoint {
  const runs = results.flatMap((result) => (result === undefined ? [] : [result.run]));
  const identity = { name, ...(bound && { bound: true as const }), runs: runs.length };
  if (runs.length === 0) return { ...identity, lostWork: false };
  const reclaimed = runs.map(({ reclaimedPages }) =>
    Object.values(reclaimedPages).reduce((sum, one) => sum + one, 0),
  );
  return {
    ...identity,
    lostWork: runs.some(({ workDone }) => workDone < 1),
    figures: Object.fromEntries(
      SUMMARISED.map((metric) => [metric, roundedInterval(interval(runs.map((run) => run[metric])))]),
    ) as NonNullable<MixAtPoint['figures']>,
    reclaimedPages: Math.round(interval(reclaimed).mean),
  };
}
