import type { Counter, VmCounter } from './catalogue.ts';
import { SOURCES } from './catalogue.ts';
import type { HostCounters, VmCounters } from './counters.ts';
import { VM_COUNTERS } from './vm-catalogue.ts';

function summed({ host, name, esxtop: _own, vcenter: _key, ...counter }: VmCounter): Counter<HostCounters> {
  return {
    ...counter,
    name,
    ...host,
    meaning: `sum over VMs: ${counter.meaning}`,
    of: (now, since) => {
      let sum: number | undefined;
      now.vms.forEach((vm, i) => {
        const before = since?.reading.vms[i];
        const value = counter.of(vm, before && { reading: before, elapsedNs: since!.elapsedNs });
        if (typeof value === 'number') sum = (sum ?? 0) + value;
      });
      return sum;
    },
  };
}

function sumOf(host: HostCounters, of: (vm: VmCounters) => number): number {
  return host.vms.reduce((sum, vm) => sum + of(vm), 0);
}

const OWN_HOST_COUNTERS: readonly Counter<HostCounters>[] = [
  {
    name: 'state',
    unit: 'word',
    esxtop: 'VMKMEM state',
    vcenter: 'state',
    meaning: 'memory state: high, clear, soft, hard or low',
    source: SOURCES.both,
    of: (host) => host.state,
  },
  {
    name: 'total',
    set: 2,
    unit: 'pages',
    esxtop: 'PMEM total',
    vcenter: 'totalCapacity',
    meaning: 'machine memory',
    source: SOURCES.esxtop,
    of: (host) => host.total,
  },
  {
    name: 'vmkernel',
    set: 2,
    unit: 'pages',
    esxtop: 'PMEM vmk',
    vcenter: 'sysUsage',
    meaning: 'frames that the VMkernel holds for itself',
    source: SOURCES.both,
    of: (host) => host.vmkernel,
  },
  {
    name: 'other',
    set: 2,
    unit: 'pages',
    esxtop: 'PMEM other',
    meaning: 'frames in use by anything else: guest pages, overhead, strategy storage',
    source: SOURCES.esxtop,
    of: (host) => sumOf(host, (vm) => vm.consumed + vm.overhead) + host.own,
  },
  {
    name: 'free',
    set: 2,
    unit: 'pages',
    esxtop: 'PMEM free',
    meaning: 'free frames, including the reserve',
    source: SOURCES.esxtop,
    of: (host) => host.free,
  },
  {
    name: 'hostConsumed',
    set: 2,
    unit: 'pages',
    vcenter: 'consumed',
    meaning: 'total minus free: includes overhead and the VMkernel, unlike a VM\'s "consumed"',
    source: SOURCES.metrics,
    of: (host) => host.total - host.free,
  },
  {
    name: 'usage',
    set: 2,
    unit: 'percent',
    vcenter: 'usage',
    meaning: 'hostConsumed in percent of total',
    source: SOURCES.metrics,
    of: (host) => (100 * (host.total - host.free)) / host.total,
  },
  {
    name: 'managed',
    set: 2,
    unit: 'pages',
    esxtop: 'VMKMEM managed',
    meaning: "machine memory minus the VMkernel's own",
    source: SOURCES.esxtop,
    of: (host) => host.managed,
  },
  {
    name: 'minFree',
    set: 2,
    unit: 'pages',
    esxtop: 'VMKMEM minfree',
    meaning: 'free memory that reclaim works towards',
    source: SOURCES.esxtop,
    of: (host) => host.minFree,
  },
  {
    name: 'reserved',
    set: 2,
    unit: 'pages',
    esxtop: 'VMKMEM rsvd',
    vcenter: 'reservedCapacity',
    meaning: "reservations of running VMs and pools, overhead, and the host's reserve",
    source: SOURCES.both,
    of: (host) => host.reserved,
  },
  {
    name: 'unreserved',
    set: 2,
    unit: 'pages',
    esxtop: 'VMKMEM ursvd',
    vcenter: 'unreserved',
    meaning: 'managed memory that admission control may still promise',
    source: SOURCES.both,
    of: (host) => host.unreserved,
  },
  {
    name: 'lowFree',
    set: 2,
    unit: 'pages',
    vcenter: 'lowfreethreshold',
    meaning: 'reclamation threshold: free memory below which ballooning and swapping may begin (soft)',
    source: SOURCES.vcenter,
    of: (host) => host.lowFree,
  },
  {
    name: 'common',
    set: 2,
    unit: 'pages',
    esxtop: 'PSHARE common',
    vcenter: 'sharedcommon',
    meaning:
      'frames behind shared pages; one with a single reference left stays until it is written or dropped',
    source: SOURCES.both,
    of: (host) => host.common,
  },
  {
    name: 'saving',
    set: 2,
    unit: 'pages',
    esxtop: 'PSHARE saving',
    meaning: 'shared minus common',
    source: SOURCES.esxtop,
    of: (host) => host.saving,
  },
  {
    name: 'own',
    set: 2,
    unit: 'pages',
    meaning: 'frames that strategies hold for their own storage, including compression caches',
    source: SOURCES.own,
    of: (host) => host.own,
  },
  ...(['now', 'minute1', 'minutes5', 'minutes15'] as const).map((window): Counter<HostCounters> => {
    const over = { now: 'now', minute1: '1', minutes5: '5', minutes15: '15' }[window];
    return {
      name: window === 'now' ? 'overcommit' : `overcommit${over}`,
      unit: 'ratio',
      ...(window === 'now' ? {} : { esxtop: `MEM overcommit avg ${over}` }),
      meaning:
        window === 'now'
          ? 'sizes of running VMs ÷ managed memory − 1'
          : `its mean over ${over} min, or since power-on`,
      source: SOURCES.esxtop,
      of: (host) => host.overcommit[window],
    };
  }),
];

/** Every counter of the host, its own first, then the sums over VMs. */
export const HOST_COUNTERS: readonly Counter<HostCounters>[] = [
  ...OWN_HOST_COUNTERS,
  ...VM_COUNTERS.filter(({ host }) => host !== undefined).map(summed),
];
