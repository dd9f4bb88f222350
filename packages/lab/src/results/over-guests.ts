/** What each mix came to over guests and seeds like these, and its place among the mixes of its host size. */
import { rounded } from '../statistics/interval.ts';
import { middle, slowdownsRedrawn } from '../statistics/redraw.ts';
import type { MixResult } from './results.ts';

/** A mix under the paired bootstrap over seeds and guests. */
export interface OverGuests {
  /** Part of the draws in which it slowed the guests least; of equals, the first in the order of the scenario. */
  readonly leastIn: number;
  /** Interval of 95 % of its slow-down of all work. */
  readonly low: number;
  readonly high: number;
}

type Measured = MixResult & Required<Pick<MixResult, 'summary' | 'runs'>>;

function isMeasured(mix: MixResult): mix is Measured {
  return mix.summary !== undefined && mix.runs !== undefined && mix.lostWork !== true;
}

/**
 * The mixes of one host size with their places by slow-down of all work, 1 for the least, and with what they came
 * to over draws of the guests. What lost work has neither; with one guest, or one mix, there is nothing to draw.
 */
export function withPlaces(mixes: readonly MixResult[]): readonly MixResult[] {
  const measured = mixes.filter(isMeasured);
  const slowdowns = measured.map(({ summary }) => summary.workSlowdown.mean);
  const drawn = overGuests(measured);
  return mixes.map((mix) => {
    const index = measured.indexOf(mix as Measured);
    if (index < 0) return mix;
    const rank = 1 + slowdowns.filter((slowdown) => slowdown < slowdowns[index]!).length;
    return { ...mix, rank, ...(drawn === undefined ? {} : { overGuests: drawn[index]! }) };
  });
}

function overGuests(mixes: readonly Measured[]): readonly OverGuests[] | undefined {
  if (mixes.length < 2 || mixes[0]!.runs[0]!.guests.length < 2) return undefined;
  const drawn = slowdownsRedrawn(mixes.map(({ runs }) => runs.map(({ guests }) => guests)));
  const least = mixes.map(() => 0);
  const draws = drawn[0]!.length;
  for (let draw = 0; draw < draws; draw++) {
    let best = 0;
    for (let mix = 1; mix < mixes.length; mix++) if (drawn[mix]![draw]! < drawn[best]![draw]!) best = mix;
    least[best]!++;
  }
  return drawn.map((slowdowns, mix) => {
    const { low, high } = middle(slowdowns);
    return { leastIn: rounded(least[mix]! / draws), low: rounded(low), high: rounded(high) };
  });
}
