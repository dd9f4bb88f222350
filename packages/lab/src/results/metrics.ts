/** The figures by which mixes are compared, in the order in which they are written. */
import type { Summary } from '@overbook/sim';

/** Figures that every mix has. */
export const METRICS = [
  'swapInPages',
  'swapOutPages',
  'slowdown',
  'reclaimCpuNs',
  'worstStallNs',
  'workSlowdown',
  'worstGuestStall',
  'stallP99Ns',
  'hostCpuNs',
  'pagesWritten',
  'workDone',
] as const;
export type Metric = (typeof METRICS)[number];

/** A summary as one flat list: `reclaimedPages.<id>` after the fixed figures, ids in the order given. */
export function flatSummary(
  summary: Summary,
  ids: readonly string[],
): readonly (readonly [string, number])[] {
  return [
    ...METRICS.map((metric) => [metric, summary[metric]] as const),
    ...ids.map((id) => [`reclaimedPages.${id}`, summary.reclaimedPages[id] ?? 0] as const),
  ];
}
