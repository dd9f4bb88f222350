/** Rules by which operators are alerted to memory that is short, as they are published. */
import { PAGE_BYTES } from '@overbook/core';

const MINUTE_MS = 60_000;

/** What a guest's balloon driver tells, at one time: what Prometheus has of it. */
export interface GuestFacts {
  /** Pages that the guest has, and those of them that it could hand out without paging (MemTotal, MemAvailable). */
  readonly total: number;
  readonly usable: number;
  /** Pages read from files or swap because an access wanted them, so far. */
  readonly majorFaults: number;
  /** Pages read from and written to its own swap, so far. */
  readonly swapTraffic: number;
}

/** What a Linux host counts (/proc/vmstat), so far. */
export interface HostFacts {
  readonly swapIns: number;
  readonly swapOuts: number;
}

/** Change of a counter a second, over a window until now. */
export type Rate<T> = (counter: keyof T & string, windowMs: number) => number;

/** A rule holds, and when it has held for `forMs` its alert fires. */
export interface AlertRule<T> {
  readonly name: string;
  readonly source: string;
  readonly forMs: number;
  readonly holds: (now: T, rate: Rate<T>) => boolean;
}

export const GUEST_ALERTS: readonly AlertRule<GuestFacts>[] = [
  {
    name: 'KubeVirtVMGuestMemoryPressure',
    source: 'kubevirt/kubevirt, pkg/monitoring/rules/alerts/vms.go',
    forMs: 5 * MINUTE_MS,
    holds: ({ total, usable }, rate) =>
      usable < 0.05 * total &&
      (rate('majorFaults', 5 * MINUTE_MS) > 5 || rate('swapTraffic', 5 * MINUTE_MS) * PAGE_BYTES > 1_048_576),
  },
  {
    name: 'KubeVirtVMGuestMemoryAvailableLow',
    source: 'kubevirt/kubevirt, pkg/monitoring/rules/alerts/vms.go',
    forMs: 30 * MINUTE_MS,
    holds: ({ total, usable }, rate) =>
      usable < 0.03 * total &&
      rate('swapTraffic', 30 * MINUTE_MS) * PAGE_BYTES < 2_048 &&
      rate('majorFaults', 30 * MINUTE_MS) < 1,
  },
];

export const HOST_ALERTS: readonly AlertRule<HostFacts>[] = [
  {
    name: 'NodeHighSwapActivity',
    source: 'openshift-virtualization/wasp-agent: runbook of NodeHighSwapActivity',
    forMs: MINUTE_MS,
    holds: (_now, rate) => rate('swapOuts', MINUTE_MS) > 200 && rate('swapIns', MINUTE_MS) > 200,
  },
];
