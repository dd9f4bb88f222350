/** How each mix differs from the baseline, seed by seed: what several seeds are run for. */
import type { Interval, MixResult } from '@overbook/lab';
import { grouped, short, unitFor } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Screen } from '../process/io.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';

const COLUMNS: readonly Column[] = ['worst guest', 'slow-down', 'p99 wait', 'swap-ins'].map((head) => ({
  head,
  align: 'right',
}));

/** The table, or nothing where one seed gives no interval or no mix can be held against the baseline. */
export function differences(
  mixes: readonly MixResult[],
  baseline: string,
  screen: Screen,
): string | undefined {
  const { bold } = pc.createColors(screen.color);
  const rows = mixes.flatMap(({ name, againstBaseline: less }) =>
    less === undefined || name === baseline || less.workSlowdown.high === null
      ? []
      : [
          [
            name,
            `${signed(less.worstGuestStall, (value) => short(value * 100))} %`,
            signed(less.workSlowdown, (value) => value.toFixed(3)),
            signedTime(less.stallP99Ns),
            signed(less.swapInPages, grouped),
          ],
        ],
  );
  if (rows.length === 0) return undefined;
  return table([{ head: `less ${baseline}`, align: 'left' }, ...COLUMNS], rows, bold);
}

type Figure = (value: number) => string;

/** A difference with half its 95 % interval: `-0.230 ±0.012`. */
function signed({ mean, high }: Interval, figure: Figure): string {
  const value = figure(Math.abs(mean));
  const sign = mean === 0 ? '' : mean < 0 ? '-' : '+';
  return `${sign}${value} ±${figure(high! - mean)}`;
}

function signedTime(interval: Interval): string {
  const unit = unitFor(Math.max(Math.abs(interval.mean), 1));
  return `${signed(interval, (value) => short(value / unit.ns))} ${unit.name}`;
}
