/** How far each mix went from the worst mix to a bound. */
import { rounded } from '../statistics/interval.ts';
import type { MixResult } from './results.ts';

type Measured = MixResult & { readonly summary: NonNullable<MixResult['summary']> };

function isMeasured(mix: MixResult): mix is Measured {
  return mix.summary !== undefined && mix.lostWork !== true;
}

function slowdownOf({ summary }: Measured): number {
  return summary.workSlowdown.mean;
}

/**
 * The mixes of one host size with the part of the way from the worst of them to each bound that they went, by the
 * slow-down of all work: 0 is the worst mix, 1 the bound. What lost work is on no way, and there is none where the
 * bound is no better than the worst mix, or only one mix is held against it.
 */
export function withReached(mixes: readonly MixResult[], bounds: readonly MixResult[]): readonly MixResult[] {
  const measured = mixes.filter(isMeasured);
  if (measured.length < 2) return mixes;
  const worst = Math.max(...measured.map(slowdownOf));
  const ways = bounds
    .filter(isMeasured)
    .map((bound) => ({ name: bound.name, length: worst - slowdownOf(bound) }))
    .filter(({ length }) => length > 0);
  if (ways.length === 0) return mixes;
  return mixes.map((mix) =>
    isMeasured(mix)
      ? {
          ...mix,
          reached: Object.fromEntries(
            ways.map(({ name, length }) => [name, rounded((worst - slowdownOf(mix)) / length)]),
          ),
        }
      : mix,
  );
}
