/** Which factors turn an order: where one of them is high or low, another mix has less pain. */
import { tQuantile } from '../statistics/interval.ts';

/** Chance of naming any factor where none matters: at most this. */
const ERROR = 0.05;

export interface Turn {
  readonly factor: string;
  /** Index of the mix that gains as the factor rises, against the one that was best most often. */
  readonly mix: number;
  /** Spearman's, of the factor with how much less pain the mix has: above 0, a high factor helps the mix. */
  readonly correlation: number;
}

/**
 * Factors whose rank correlation with the difference of two mixes is no chance: Spearman's test by Student's t,
 * two-sided, over all factors and mixes by Holm's step-down.
 * @param factors by factor: one value a point
 * @param pains by mix: one figure from 0 a point, the same points; NaN where a mix lost work: that point is left out
 * @param lead index of the mix that the others are held against
 */
export function turnsOf(
  factors: ReadonlyMap<string, readonly number[]>,
  pains: readonly (readonly number[])[],
  lead: number,
  others: readonly number[],
): readonly Turn[] {
  const found = others.flatMap((mix) => {
    const gains = pains[lead]!.map((pain, point) => gain(pain, pains[mix]![point]!));
    const points = [...gains.keys()].filter((point) => !Number.isNaN(gains[point]!));
    // With three points any order is a perfect one.
    if (points.length < 4) return [];
    return [...factors].map(([factor, values]) => {
      const correlation = spearman(
        points.map((point) => values[point]!),
        points.map((point) => gains[point]!),
      );
      return { factor, mix, correlation, freedom: points.length - 2 };
    });
  });
  const clearest = found.toSorted(
    (a, b) => tOf(b) - tOf(a) || a.mix - b.mix || (a.factor < b.factor ? -1 : 1),
  );
  const chance = clearest.findIndex(
    (one, i) => tOf(one) <= tQuantile(1 - ERROR / 2 / (clearest.length - i), one.freedom),
  );
  return (chance < 0 ? clearest : clearest.slice(0, chance)).map(({ factor, mix, correlation }) => ({
    factor,
    mix,
    correlation,
  }));
}

/** From −1 to 1: the same however much longer everything takes, as where guests run slower. */
function gain(lead: number, mix: number): number {
  return lead + mix === 0 ? 0 : (lead - mix) / (lead + mix);
}

function tOf({ correlation, freedom }: { readonly correlation: number; readonly freedom: number }): number {
  return Math.abs(correlation) * Math.sqrt(freedom / (1 - correlation * correlation));
}

/** Rank correlation; 0 where one side does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  const cross = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, rank, i) => sum + (rank - middle) * (y[i]! - middle), 0);
  const spread = Math.sqrt(cross(ranksA, ranksA) * cross(ranksB, ranksB));
  return spread === 0 ? 0 : cross(ranksA, ranksB) / spread;
}

/** From 1; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]! || i - j);
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
