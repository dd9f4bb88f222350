/** The figures of one run by which mixes are compared. */
import type { Host } from '@overbook/core/host';

import { LogHistogram } from '../engine/log-histogram.ts';
import type { Vcpu } from '../engine/vcpu.ts';
import type { GuestResult, Summary } from '../result.ts';
import { geometricMean } from './guest-results.ts';

/** What is known of the measured part beside its guests. */
interface MeasuredPart {
  /** CPU time by account. */
  readonly cpuNs: Readonly<Record<string, number>>;
  /** Page-outs of the host that wrote nothing. */
  readonly unwritten: number;
}

/** @param vcpus of the same guests */
export function summaryOf(
  host: Host,
  guests: readonly GuestResult[],
  vcpus: readonly Vcpu[],
  { cpuNs, unwritten }: MeasuredPart,
): Summary {
  // One that never ran has no slowdown.
  const admitted = guests.filter((guest) => guest.notAdmitted === undefined);
  const { core = 0, translation: _, ...ofStrategies } = cpuNs;
  const reclaimCpuNs = total(Object.values(ofStrategies));
  const ofSwapping = host.kinds.ofRole('swapped').map((kind) => host.kinds.names[kind]!);
  const swapped = (counts: 'faults' | 'entered'): number =>
    total(ofSwapping.flatMap((kind) => guests.map((guest) => guest[counts][kind] ?? 0)));
  const swapOutPages = swapped('entered');
  const busyNs = total(admitted.map((guest) => guest.busyNs));
  return {
    swapInPages: swapped('faults'),
    swapOutPages,
    slowdown: geometricMean(admitted.map((guest) => guest.slowdown)),
    reclaimCpuNs,
    worstStallNs: Math.max(...guests.map((guest) => guest.worstStallNs)),
    workSlowdown: busyNs === 0 ? 1 : (busyNs + total(admitted.map(({ stallNs }) => stallNs))) / busyNs,
    worstGuestStall: Math.max(0, ...admitted.map(stallOfLife)),
    stallP99Ns: allStalls(vcpus).quantile(0.99),
    hostCpuNs: reclaimCpuNs + core,
    pagesWritten: swapOutPages - unwritten + total(guests.map(writtenByGuest)),
    workDone: total(guests.map(({ workDone }) => workDone)) / guests.length,
    reclaimedPages: host.credits().peak,
  };
}

/** Part of its life that a guest waited. */
function stallOfLife({ stallNs, lifeNs }: GuestResult): number {
  return lifeNs === 0 ? 0 : stallNs / lifeNs;
}

/** Pages that the guest's kernel wrote to its own swap. */
function writtenByGuest({ balloon, os }: GuestResult): number {
  return os?.['swapOuts'] ?? balloon?.guestSwapOuts ?? 0;
}

function allStalls(vcpus: readonly Vcpu[]): LogHistogram {
  const all = new LogHistogram();
  for (const { stalls } of vcpus) all.addAll(stalls.lengths);
  return all;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
