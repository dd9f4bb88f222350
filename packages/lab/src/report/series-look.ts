import { SERIES_COLORS } from './chart.ts';

/** How one of many series is drawn. */
export interface SeriesLook {
  readonly color: string;
  /** Dashes of its line; empty where it is drawn through. */
  readonly dash: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond';
}

const DASHES = ['', '8 3', '8 3 2 3', '2 3'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

/** Lines that are no series of their own but something to hold the others against. */
export const BOUND_LOOK: SeriesLook = { color: 'var(--soft)', dash: '2 4', symbol: 'diamond' };

/** Beyond the eighth, colours come again with other lines and symbols. @param index from 0 */
export function seriesLook(index: number): SeriesLook {
  const colors = SERIES_COLORS.length;
  const round = Math.floor(index / colors) % DASHES.length;
  return { color: SERIES_COLORS[index % colors]!, dash: DASHES[round]!, symbol: SYMBOLS[round]! };
}

/** Looks by name: of mixes in their order, bounds all alike. */
export function looksOf(
  mixes: readonly { readonly name: string; readonly bound?: boolean }[],
): ReadonlyMap<string, SeriesLook> {
  const real = mixes.filter(({ bound }) => bound !== true);
  return new Map(
    mixes.map((mix) => [mix.name, mix.bound === true ? BOUND_LOOK : seriesLook(real.indexOf(mix))]),
  );
}
