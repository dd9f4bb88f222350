/** Means and their 95 % intervals over few runs, by Student's t. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** What is used of jStat, which has no types of its own. */
interface JStat {
  readonly jStat: { readonly studentt: { inv(chance: number, freedom: number): number } };
}

/**
 * Quantile of Student's t. Loaded when an interval is wanted, since every command imports this file.
 * @param chance above 0, below 1
 * @param freedom degrees of freedom, at least 1
 */
export function tQuantile(chance: number, freedom: number): number {
  return (load('jstat') as JStat).jStat.studentt.inv(chance, freedom);
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
