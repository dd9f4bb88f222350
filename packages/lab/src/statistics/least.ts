/** Which of several mixes has the least of a figure, and which cannot be told from it, over runs paired by seed. */
import { tQuantile } from './interval.ts';

/** Chance of naming a mix "least" where all are alike: at most this. */
const ERROR = 0.025;

export interface Standing {
  /** Index of the mix with the least mean; the first of equals. */
  readonly best: number;
  /** Indexes of those that cannot be told from it, in their order. Empty: it is the least. */
  readonly tied: readonly number[];
}

/**
 * Paired t tests of each mix against the best, by Holm's step-down (Scandinavian Journal of Statistics 6, 1979): the
 * clearest difference is held against the error divided by the number of mixes, the next by one less, until one is
 * not clear. The best is chosen by the same figures, so each test is two-sided at an error of 2.5 %: with two alike
 * mixes one is called the least in 2.5 % of experiments, with more of them in fewer.
 * @param figures by mix: one value a seed, the same seeds in the same order; at least one mix and two seeds
 */
export function leastOf(figures: readonly (readonly number[])[]): Standing {
  const means = figures.map(mean);
  const best = means.indexOf(Math.min(...means));
  const others = figures
    .map((values, index) => ({ index, t: tOf(values, figures[best]!) }))
    .filter(({ index }) => index !== best)
    .sort((a, b) => b.t - a.t || a.index - b.index);
  const freedom = figures[best]!.length - 1;
  const unclear = others.findIndex(
    ({ t }, i) => t <= tQuantile(1 - ERROR / 2 / (others.length - i), freedom),
  );
  const tied = unclear < 0 ? [] : others.slice(unclear).map(({ index }) => index);
  return { best, tied: tied.sort((a, b) => a - b) };
}

/** Student's t of the paired differences; without any spread a difference is either none or certain. */
function tOf(values: readonly number[], best: readonly number[]): number {
  const differences = values.map((value, i) => value - best[i]!);
  const average = mean(differences);
  if (average === 0) return 0;
  const squares = differences.reduce((sum, one) => sum + (one - average) ** 2, 0);
  return average / Math.sqrt(squares / (differences.length - 1) / differences.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
