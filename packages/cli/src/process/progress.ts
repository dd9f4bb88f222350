/** How far an experiment is: one bar on stderr, on a terminal only. */
import type { Cell } from '@overbook/lab';

import { stderrBar } from './bar.ts';
import type { Io } from './io.ts';

export interface Progress {
  readonly update: (cell: Cell, fraction: number) => void;
  readonly stop: () => void;
}

const NOTHING: Progress = { update: () => undefined, stop: () => undefined };
const SCALE = 1000;

/** A bar over all cells; does nothing where bars are not wanted. */
export async function progressBar(io: Io, cells: readonly Cell[], several: boolean): Promise<Progress> {
  if (!io.bars) return NOTHING;
  const bar = await stderrBar('{done} of {cells} runs  {now}');
  const fractions = new Float64Array(cells.length);
  let sum = 0;
  let done = 0;
  bar.start(cells.length * SCALE, 0, { done, cells: cells.length, now: 'reading guests' });
  return {
    update: (cell, fraction) => {
      const was = fractions[cell.index]!;
      if (fraction <= was) return;
      fractions[cell.index] = fraction;
      sum += fraction - was;
      if (fraction >= 1) done++;
      const now = several ? `${cell.mix.name}, seed ${cell.seed}` : cell.mix.name;
      bar.update(Math.round(sum * SCALE), { done, now });
    },
    stop: () => bar.stop(),
  };
}
