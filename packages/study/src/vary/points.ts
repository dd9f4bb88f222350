/** The points of a study: one value for each thing that varies. */
import type { Json } from '@overbook/core';
import { COSTS } from '@overbook/sim';
import type { CostName } from '@overbook/sim';

import type { Span, StudySettings, Varied } from '../file/schema.ts';
import { parseMeasure, written } from './measure.ts';
import { SobolPoints } from './sobol-points.ts';

/** Values by path, in the order of the study. */
export type Point = Readonly<Record<string, Json>>;

/** Something that varies. */
export interface Axis {
  readonly path: string;
  /** All its values, where it has single ones. */
  readonly values?: readonly Json[];
  /** The value at a part of it, from 0 to below 1. */
  readonly at: (part: number) => Json;
}

/** Costs that `costs.*` means: all that have a range. */
const COSTS_THAT_VARY = (Object.keys(COSTS) as CostName[]).filter((name) => {
  const [low, high] = COSTS[name].range;
  return low < high;
});

/** What varies, with `costs.*` written out; a cost that is named by itself is not meant by it. */
export function axesOf(vary: StudySettings['vary']): readonly Axis[] {
  return Object.entries(vary).flatMap(([path, varied]) => {
    if (path !== 'costs.*') return [axisOf(path, varied)];
    const costs = COSTS_THAT_VARY.map((name) => `costs.${name}`);
    return costs.filter((cost) => !Object.hasOwn(vary, cost)).map((cost) => axisOf(cost, varied));
  });
}

function axisOf(path: string, varied: Varied): Axis {
  if (Array.isArray(varied)) return listAxis(path, varied as readonly Json[]);
  if (varied === 'range') {
    const cost = COSTS[path.slice('costs.'.length) as CostName];
    const [from, to] = cost?.range ?? [0, 1];
    return { path, at: (part) => written(from * (to / from) ** part, '', false) };
  }
  const between = spanAt(varied);
  if (varied.steps === undefined) return { path, at: between };
  const { steps } = varied;
  const values = Array.from({ length: steps }, (_, step) => between(step / (steps - 1)));
  return listAxis(path, [...new Set(values)]);
}

function listAxis(path: string, values: readonly Json[]): Axis {
  return { path, values, at: (part) => values[Math.floor(part * values.length)]! };
}

function spanAt(span: Span): (part: number) => number | string {
  const from = parseMeasure(span.from)!;
  const to = parseMeasure(span.to)!;
  const isWhole =
    span.whole ?? (from.unit === '' && Number.isInteger(from.number) && Number.isInteger(to.number));
  return (part) => {
    const number =
      span.scale === 'log'
        ? from.number * (to.number / from.number) ** part
        : from.number + (to.number - from.number) * part;
    return written(number, from.unit, isWhole);
  };
}

/** All points of a study, by index. */
export class Points {
  readonly #axes: readonly Axis[];
  readonly #sobol: SobolPoints | undefined;
  readonly count: number;

  /** @param sample number of points; absent: every value meets every other */
  constructor(axes: readonly Axis[], sample: number | undefined) {
    this.#axes = axes;
    this.#sobol = sample === undefined ? undefined : new SobolPoints(axes.length);
    this.count = sample ?? axes.reduce((count, { values }) => count * (values?.length ?? 1), 1);
  }

  /** Of a grid the last axis changes fastest. */
  at(index: number): Point {
    if (this.#sobol !== undefined) {
      const parts = this.#sobol.at(index);
      return Object.fromEntries(this.#axes.map(({ path, at }, axis) => [path, at(parts[axis]!)]));
    }
    let rest = index;
    const chosen = this.#axes.toReversed().map(({ path, values = [] }): [string, Json] => {
      const value = values[rest % values.length]!;
      rest = Math.floor(rest / values.length);
      return [path, value];
    });
    return Object.fromEntries(chosen.toReversed());
  }
}
