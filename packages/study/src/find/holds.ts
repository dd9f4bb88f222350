/** Whether a stated pain holds at one value: by the mean over seeds, and how sure that is. */
import type { Metric } from '@overbook/lab';
import { tQuantile } from '@overbook/lab';

import type { CellResult } from '../cells/cell-store.ts';

/** Most that metrics may come to. */
export type Limits = Readonly<Partial<Record<Metric, number>>>;

export interface Verdict {
  readonly holds: boolean;
  /** False where more seeds might turn it: the limit lies within the interval of the mean. */
  readonly certain: boolean;
}

/** Chance of a verdict that is certain and wrong, over all looks at one value: at most this. */
const ERROR = 0.05;

/**
 * @param results of the seeds so far, at least one @param looks how often the seeds of a value may be looked at: the
 *   more often, the wider each interval (Bonferroni), so that an early end is no luckier than a late one
 */
export function verdictOf(results: readonly CellResult[], limits: Limits, looks: number): Verdict {
  if (results.some(({ run }) => run.workDone < 1)) return { holds: false, certain: true };
  const verdicts = Object.entries(limits).map(([metric, limit]) =>
    ofMetric(
      results.map(({ run }) => run[metric as Metric]),
      limit,
      looks,
    ),
  );
  const failing = verdicts.filter(({ holds }) => !holds);
  if (failing.length > 0) return { holds: false, certain: failing.some(({ certain }) => certain) };
  return { holds: true, certain: verdicts.every(({ certain }) => certain) };
}

function ofMetric(values: readonly number[], limit: number, looks: number): Verdict {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const holds = mean <= limit;
  if (count < 2) return { holds, certain: false };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = tQuantile(1 - ERROR / 2 / looks, count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { holds, certain: holds ? mean + half <= limit : mean - half > limit };
}
