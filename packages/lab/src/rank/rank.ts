/**
 * How often each mix comes out best over everything that is assumed: points of a Latin hypercube over all factors
 * within their ranges, on each host size, with the same seeds everywhere.
 */
import type { Pages } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';

import type { Experiment } from '../experiment/experiment.ts';
import type { Mix } from '../experiment/mix.ts';
import type { Cell } from '../experiment/plan.ts';
import type { CellOutcome } from '../experiment/run-experiment.ts';
import type { Factor, FactorValues } from './factors.ts';
import { cellWith, factorsOf, valueAt } from './factors.ts';
import { latinHypercube } from './latin-hypercube.ts';
import type { Turn } from './turns.ts';
import { turnsOf } from './turns.ts';

/** Name of the host's size among the factors, in MiB. */
const HOST_MEMORY = 'host memory';

/** One setting of everything that is varied. */
export interface RankPoint {
  readonly values: FactorValues;
  readonly memory: Pages;
}

/** A ranking before its runs. */
export interface RankDesign {
  readonly factors: readonly Factor[];
  /** The first of each host size has everything settled, as `compare` has it. */
  readonly points: readonly RankPoint[];
  /** By point, then mix, then seed. */
  readonly cells: readonly Cell[];
}

/** What a mix came to over all points. */
export interface RankedMix {
  readonly name: string;
  /** Points at which it had the least pain of all that lost no work. */
  readonly best: number;
  /** Points at which it lost work, or at which a run failed. */
  readonly lostWork: number;
  /** Slow-down of all work at each point, mean over seeds; null where it lost work. */
  readonly pain: readonly (number | null)[];
}

export interface Ranking {
  readonly design: RankDesign;
  /** Factors of the design that can have mattered: no cost that no run paid. */
  readonly factors: readonly Factor[];
  /** Names of the costs that no run of any mix paid: other values would have changed nothing. */
  readonly unpaid: readonly string[];
  /** In the order of the scenario. */
  readonly mixes: readonly RankedMix[];
  /** Name of the mix that was best most often; null where none did all its work anywhere. */
  readonly lead: string | null;
  /** By point: the name of the best; null where none did all its work. */
  readonly bestAt: readonly (string | null)[];
  /** What turns the order between the lead and those that were best somewhere. */
  readonly turns: readonly (Omit<Turn, 'mix'> & { readonly mix: string })[];
}

/** All but bounds: no host can do what they do. */
function rankedMixes({ mixes }: Experiment): readonly Mix[] {
  return mixes.filter(({ bound }) => bound !== true);
}

/** @param points beside the settled one, on each host size */
export function designRank(experiment: Experiment, points: number): RankDesign {
  const factors = factorsOf(experiment);
  const hypercube = latinHypercube(points, factors.length, new SeededRandom(1).stream('rank'));
  const drawn = hypercube.map((parts) =>
    Object.fromEntries(factors.map((factor, i) => [factor.name, valueAt(factor, parts[i]!)])),
  );
  const all = experiment.memories.flatMap((memory) =>
    [{}, ...drawn].map((values): RankPoint => ({ values, memory })),
  );
  const cells = all.flatMap(({ values, memory }) =>
    rankedMixes(experiment).flatMap((mix) =>
      experiment.seeds.map((seed) => cellWith(factors, values, { mix, memory, seed })),
    ),
  );
  return { factors, points: all, cells: cells.map((cell, index) => ({ ...cell, index })) };
}

/** @param outcomes of the design's cells, in their order */
export function rankingOf(
  experiment: Experiment,
  design: RankDesign,
  outcomes: readonly CellOutcome[],
): Ranking {
  const { seeds } = experiment;
  const mixes = rankedMixes(experiment);
  const pains = mixes.map((_, mix) =>
    design.points.map((_point, point) => {
      const from = (point * mixes.length + mix) * seeds.length;
      return painOf(outcomes.slice(from, from + seeds.length));
    }),
  );
  const best = design.points.map((_, point) => leastAt(pains, point));
  const wins = mixes.map((_, mix) => best.filter((one) => one === mix).length);
  const lead = Math.max(...wins) === 0 ? undefined : wins.indexOf(Math.max(...wins));
  const rivals = [...wins.keys()].filter((mix) => mix !== lead && wins[mix]! > 0);
  const waits = pains.map((values) => values.map((pain) => pain - 1));
  const paid = paidIn(outcomes);
  const isUnpaid = ({ kind, name }: Factor): boolean => kind === 'cost' && !paid.has(name);
  const factors = design.factors.filter((factor) => !isUnpaid(factor));
  const turns = lead === undefined ? [] : turnsOf(valuesOf(factors, design), waits, lead, rivals);
  return {
    design,
    factors,
    unpaid: design.factors.filter(isUnpaid).map(({ name }) => name),
    mixes: mixes.map(({ name }, mix) => ({
      name,
      best: wins[mix]!,
      lostWork: pains[mix]!.filter(Number.isNaN).length,
      pain: pains[mix]!.map((pain) => (Number.isNaN(pain) ? null : pain)),
    })),
    lead: lead === undefined ? null : mixes[lead]!.name,
    bestAt: best.map((mix) => (mix === undefined ? null : mixes[mix]!.name)),
    turns: turns.map(({ mix, ...turn }) => ({ ...turn, mix: mixes[mix]!.name })),
  };
}

/** Costs that any run paid. */
function paidIn(outcomes: readonly CellOutcome[]): ReadonlySet<string> {
  return new Set(
    outcomes.flatMap(({ outcome }) => (outcome.kind === 'done' ? outcome.result.paidCosts : [])),
  );
}

/** Slow-down of all work, mean over seeds; NaN where a run failed or did less than all its work. */
function painOf(outcomes: readonly CellOutcome[]): number {
  let sum = 0;
  for (const { outcome } of outcomes) {
    if (outcome.kind !== 'done' || outcome.result.summary.workDone < 1) return NaN;
    sum += outcome.result.summary.workSlowdown;
  }
  return sum / outcomes.length;
}

/** Index of the mix with the least pain; the first of equals. */
function leastAt(pains: readonly (readonly number[])[], point: number): number | undefined {
  let least: number | undefined;
  for (const [mix, values] of pains.entries())
    if (!Number.isNaN(values[point]!) && (least === undefined || values[point]! < pains[least]![point]!))
      least = mix;
  return least;
}

/** A value of each factor at each point, by name. */
function valuesOf(
  factors: readonly Factor[],
  { points }: RankDesign,
): ReadonlyMap<string, readonly number[]> {
  const values = new Map<string, readonly number[]>(
    factors.map(({ name, settled }) => [name, points.map((point) => point.values[name] ?? settled)]),
  );
  const sizes = points.map(({ memory }) => memory);
  if (new Set(sizes).size > 1) values.set(HOST_MEMORY, sizes);
  return values;
}
