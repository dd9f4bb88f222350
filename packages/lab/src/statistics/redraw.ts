/** The paired bootstrap (Efron, Annals of Statistics 7, 1979): what runs say of guests and seeds like these. */
import { SeededRandom } from '@overbook/core/host';

/** Chosen: the part of so many draws has a standard error of at most 1.1 %. */
export const REDRAWS = 2_000;

/** What one guest did in one run. */
export interface GuestTime {
  readonly busyNs: number;
  readonly stallNs: number;
}

/**
 * Slow-down of all work of each mix, mean over seeds, under each of `REDRAWS` draws with replacement of as many
 * seeds and guests as there are. All mixes get the same draws, so that what they share cancels out.
 * @param mixes by mix, seed and guest; the same seeds and guests in the same order for all
 */
export function slowdownsRedrawn(
  mixes: readonly (readonly (readonly GuestTime[])[])[],
): readonly Float64Array[] {
  const random = new SeededRandom(1).stream('redraw');
  const seeds = mixes[0]?.length ?? 0;
  const guests = mixes[0]?.[0]?.length ?? 0;
  const slowdowns = mixes.map(() => new Float64Array(REDRAWS));
  const drawnSeeds = new Uint32Array(seeds);
  const drawnGuests = new Uint32Array(guests);
  for (let draw = 0; draw < REDRAWS; draw++) {
    for (let i = 0; i < seeds; i++) drawnSeeds[i] = random.below(seeds);
    for (let i = 0; i < guests; i++) drawnGuests[i] = random.below(guests);
    for (const [mix, runs] of mixes.entries()) {
      let sum = 0;
      for (const seed of drawnSeeds) sum += slowdownOf(runs[seed]!, drawnGuests);
      slowdowns[mix]![draw] = sum / seeds;
    }
  }
  return slowdowns;
}

function slowdownOf(run: readonly GuestTime[], guests: Uint32Array): number {
  let busy = 0;
  let stall = 0;
  for (const guest of guests) {
    const { busyNs, stallNs } = run[guest]!;
    busy += busyNs;
    stall += stallNs;
  }
  return busy === 0 ? 1 : (busy + stall) / busy;
}

/** The middle 95 % of values: the percentile interval. */
export function middle(values: Float64Array): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  return { low: at(0.025), high: at(0.975) };
}
