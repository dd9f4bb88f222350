import type { CostEntry, CostMetering, CostName } from '../costs.ts';
import type { GuestDisk } from '../engine/guest-disk.ts';

/**
 * Costs that a run paid at least once, in the order of the table: with other values of all others it would have been
 * the same run. Every guest pays for its instructions, and one that swaps a page out for that, before its disk does.
 */
export function paidCosts(
  costs: Readonly<Record<CostName, CostEntry>>,
  metering: CostMetering,
  disks: readonly GuestDisk[],
): readonly CostName[] {
  const paid = new Set<CostName>(metering.paid());
  paid.add('instruction');
  if (disks.some(({ wrote }) => wrote)) paid.add('guestSwapOut');
  return (Object.keys(costs) as CostName[]).filter(
    (name) => paid.has(name) || disks.some((disk) => disk.paid.has(costs[name])),
  );
}
