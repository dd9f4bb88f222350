/** Means and their 95 % intervals over few runs, by Student's t. */
import { createRequire } from 'node:module';

import type quantile from '@stdlib/stats-base-dists-t-quantile';

const load = createRequire(import.meta.url);

/** Quantile of Student's t: 190 modules, loaded when an interval is wanted, since every command imports this file. */
export function tQuantile(...values: Parameters<typeof quantile>): number {
  return (load('@stdlib/stats-base-dists-t-quantile') as typeof quantile)(...values);
}

/** A figure over seeds. With one seed there is no interval: low and high are null. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

const UPPER = 0.975; // two-sided 95 %

/** Mean and 95 % t interval (n − 1 degrees of freedom) of at least one value, summed in the order given. */
export function interval(values: readonly number[]): Interval {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: null, high: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const half = (tQuantile(UPPER, count - 1) * Math.sqrt(squares / (count - 1))) / Math.sqrt(count);
  return { mean, low: mean - half, high: mean + half };
}

/** Interval of the differences a − b, run by run on the same seeds. */
export function pairedDifference(a: readonly number[], b: readonly number[]): Interval {
  return interval(a.map((value, i) => value - b[i]!));
}

/** Digits that results keep. */
const DIGITS = 6;

/** Six significant digits: what results print. */
export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

export function roundedInterval({ mean, low, high }: Interval): Interval {
  return {
    mean: rounded(mean),
    low: low === null ? null : rounded(low),
    high: high === null ? null : rounded(high),
  };
}
