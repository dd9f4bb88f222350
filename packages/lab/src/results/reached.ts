/** How far each mix went from the worst mix to a bound. */
import { rounded } from '../statistics/interval.ts';
import { middle, slowdownsRedrawn } from '../statistics/redraw.ts';
import type { MixResult } from './results.ts';

type Measured = MixResult & { readonly summary: NonNullable<MixResult['summary']> };

function isMeasured(mix: MixResult): mix is Measured {
  return mix.summary !== undefined && mix.lostWork !== true;
}

function slowdownOf({ summary }: Measured): number {
  return summary.workSlowdown.mean;
}

/** A bound that is better than the worst mix. */
interface Way {
  readonly bound: Measured;
  /** From the worst mix to the bound. */
  readonly length: number;
}

/**
 * The mixes of one host size with the part of the way from the worst of them to each bound that they went, by the
 * slow-down of all work: 0 is the worst mix, 1 the bound. What lost work is on no way, and there is none where the
 * bound is no better than the worst mix, or only one mix is held against it. With several guests, its interval of 95 %
 * over draws of seeds and guests.
 */
export function withReached(mixes: readonly MixResult[], bounds: readonly MixResult[]): readonly MixResult[] {
  const measured = mixes.filter(isMeasured);
  if (measured.length < 2) return mixes;
  const worst = measured.reduce((most, mix) => (slowdownOf(mix) > slowdownOf(most) ? mix : most));
  const ways = bounds
    .filter(isMeasured)
    .map((bound): Way => ({ bound, length: slowdownOf(worst) - slowdownOf(bound) }))
    .filter(({ length }) => length > 0);
  if (ways.length === 0) return mixes;
  const between = intervals(measured, worst, ways);
  return mixes.map((mix) =>
    isMeasured(mix)
      ? {
          ...mix,
          reached: Object.fromEntries(
            ways.map(({ bound, length }) => [
              bound.name,
              rounded((slowdownOf(worst) - slowdownOf(mix)) / length),
            ]),
          ),
          ...(between === undefined ? {} : { reachedBetween: between.get(mix)! }),
        }
      : mix,
  );
}

type Between = NonNullable<MixResult['reachedBetween']>;

/** The same under each draw of seeds and guests; undefined where there is one guest. */
function intervals(
  mixes: readonly Measured[],
  worst: Measured,
  ways: readonly Way[],
): ReadonlyMap<Measured, Between> | undefined {
  const all = [...mixes, ...ways.map(({ bound }) => bound)];
  if (all.some(({ runs }) => (runs?.[0]?.guests.length ?? 0) < 2)) return undefined;
  const drawn = slowdownsRedrawn(all.map(({ runs }) => runs!.map(({ guests }) => guests)));
  const from = drawn[mixes.indexOf(worst)]!;
  return new Map(
    mixes.map((mix, at) => [
      mix,
      Object.fromEntries(
        ways.flatMap(({ bound }, way) => {
          const to = drawn[mixes.length + way]!;
          const parts = from.map((start, draw) => {
            const length = start - to[draw]!;
            // Guests for whom the worst mix is as good as the bound: there is no way to go.
            return length > 0 ? (start - drawn[at]![draw]!) / length : NaN;
          });
          const known = parts.filter((part) => !Number.isNaN(part));
          if (known.length === 0) return [];
          const { low, high } = middle(known);
          return [[bound.name, { low: rounded(low), high: rounded(high) }]];
        }),
      ),
    ]),
  );
}
