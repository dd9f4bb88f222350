/** How far an experiment is, on stderr: one bar on a terminal, a line for each run that ended elsewhere. */
import type { Cell } from '@overbook/lab';
import { mebibytes } from '@overbook/lab/words';

import { stderrBar } from './bar.ts';
import type { Io } from './io.ts';

export interface Progress {
  readonly update: (cell: Cell, fraction: number) => void;
  readonly stop: () => void;
}

const SCALE = 1000;

/** Progress over all cells. */
export async function progressBar(io: Io, cells: readonly Cell[], several: boolean): Promise<Progress> {
  if (!io.bars) return linePerRun(io, cells, several);
  const bar = await stderrBar('{done} of {cells} runs  {eta_formatted}{now}');
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
      const now = nameOf(cell, several);
      bar.update(Math.round(sum * SCALE), { done, now });
    },
    stop: () => bar.stop(),
  };
}

function linePerRun(io: Io, cells: readonly Cell[], several: boolean): Progress {
  const ended = new Set<number>();
  return {
    update: (cell, fraction) => {
      // 1 is said twice: when the work is done and when the result is here.
      if (fraction < 1 || ended.has(cell.index)) return;
      ended.add(cell.index);
      io.note(`${ended.size}/${cells.length} ${nameOf(cell, several)}\n`);
    },
    stop: () => undefined,
  };
}

function nameOf({ mix, seed, memory }: Cell, several: boolean): string {
  const size = `host of ${mebibytes(memory)} MiB`;
  return several ? `${mix.name}, ${size}, seed ${seed}` : `${mix.name}, ${size}`;
}
