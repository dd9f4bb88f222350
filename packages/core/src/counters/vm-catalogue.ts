import { NS_PER_SECOND } from '../units/page.ts';
import type { Since, VmCounter } from './catalogue.ts';
import { SOURCES } from './catalogue.ts';
import type { VmCounters } from './counters.ts';
import { ofRole } from './counters.ts';

function published(name: string) {
  return (vm: VmCounters): number | undefined => vm.published[name];
}

function perSecond(total: (vm: VmCounters) => number | undefined) {
  return (now: VmCounters, since?: Since<VmCounters>): number | undefined => {
    const after = total(now);
    if (after === undefined || since === undefined || since.elapsedNs <= 0) return undefined;
    return ((after - (total(since.reading) ?? 0)) * NS_PER_SECOND) / since.elapsedNs;
  };
}

function swapIns(vm: VmCounters): number | undefined {
  return ofRole(vm, 'swapped', 'touched');
}
function swapOuts(vm: VmCounters): number | undefined {
  return ofRole(vm, 'swapped', 'entered');
}
const hostCacheIns = published('hostCacheIns');
const hostCacheOuts = published('hostCacheOuts');

/** esxtop tells the disk and the cache in front of it apart. */
function fromDisk(
  all: (vm: VmCounters) => number | undefined,
  cached: (vm: VmCounters) => number | undefined,
) {
  return (vm: VmCounters): number | undefined => {
    const total = all(vm);
    return total === undefined ? undefined : total - (cached(vm) ?? 0);
  };
}

function zipSaved(vm: VmCounters): number | undefined {
  const used = vm.published['cacheUsed'];
  const zipped = ofRole(vm, 'compressed', 'kinds');
  return zipped === undefined || used === undefined ? undefined : zipped - used;
}

function latencyPercent(now: VmCounters, since?: Since<VmCounters>): number | undefined {
  if (since === undefined || since.elapsedNs <= 0) return undefined;
  const kinds = Object.keys(now.waitNs);
  if (kinds.length === 0) return undefined;
  const waited = kinds.reduce((all, kind) => all + now.waitNs[kind]! - (since.reading.waitNs[kind] ?? 0), 0);
  return (100 * waited) / since.elapsedNs;
}

/** Every counter of a VM, in column order. */
export const VM_COUNTERS: readonly VmCounter[] = [
  {
    name: 'reservation',
    set: 2,
    unit: 'pages',
    esxtop: 'AMIN',
    meaning: 'machine memory guaranteed to the VM',
    source: SOURCES.esxtop,
    of: (vm) => vm.reservation,
  },
  {
    name: 'limit',
    set: 2,
    unit: 'pages',
    esxtop: 'AMAX',
    meaning: 'maximum machine memory the VM may hold; unknown (esxtop: -1) if no limit is below its size',
    source: SOURCES.esxtop,
    of: (vm) => vm.limit,
  },
  {
    name: 'shares',
    unit: 'shares',
    esxtop: 'ASHRS',
    meaning: 'relative right to machine memory',
    source: SOURCES.esxtop,
    of: (vm) => vm.shares,
  },
  {
    name: 'size',
    set: 1,
    unit: 'pages',
    esxtop: 'MEMSZ',
    meaning: 'configured guest memory',
    source: SOURCES.esxtop,
    of: (vm) => vm.size,
    host: {},
  },
  {
    name: 'granted',
    set: 1,
    unit: 'pages',
    esxtop: 'GRANT',
    vcenter: 'granted',
    meaning: 'guest pages backed by a machine frame',
    source: SOURCES.both,
    of: (vm) => vm.granted,
    host: { vcenter: 'granted' },
  },
  {
    name: 'private',
    set: 1,
    unit: 'pages',
    meaning: 'granted pages with a frame of their own',
    source: SOURCES.own,
    of: (vm) => vm.private,
    host: {},
  },
  {
    name: 'large',
    set: 1,
    unit: 'pages',
    meaning: 'granted pages in 2 MiB mappings',
    source: SOURCES.own,
    of: (vm) => vm.large,
    host: {},
  },
  {
    name: 'untouched',
    set: 1,
    unit: 'pages',
    meaning: 'guest pages never touched, or given back: they read as zero and have no backing',
    source: SOURCES.own,
    of: (vm) => vm.untouched,
    host: {},
  },
  {
    name: 'consumed',
    set: 2,
    unit: 'pages',
    esxtop: 'CNSM',
    vcenter: 'consumed',
    meaning:
      "frames charged to the VM, 1/references of each shared one; without overhead (the host's has it)",
    source: `${SOURCES.vcenter}; ${SOURCES.management}, shared memory`,
    of: (vm) => vm.consumed,
    host: { vcenter: 'consumed.vms' },
  },
  {
    name: 'entitlement',
    set: 2,
    unit: 'pages',
    vcenter: 'entitlement',
    meaning: 'machine memory that the policies last allotted to the VM, without overhead',
    source: SOURCES.vcenter,
    of: (vm) => vm.entitlement,
    host: {},
  },
  {
    name: 'target',
    set: 2,
    unit: 'pages',
    esxtop: 'SZTGT',
    meaning: 'entitlement and overhead together',
    source: SOURCES.esxtop,
    of: (vm) => vm.entitlement + vm.overhead,
  },
  {
    name: 'active',
    set: 1,
    unit: 'pages',
    esxtop: 'TCHD',
    vcenter: 'active',
    meaning: 'estimate of guest pages in use, by sampling',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.active,
    host: { vcenter: 'active' },
  },
  {
    name: 'activeWrite',
    set: 1,
    unit: 'pages',
    esxtop: 'TCHD_W',
    vcenter: 'activewrite',
    meaning: 'estimate of guest pages being written',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.activeWrite,
    host: { vcenter: 'activewrite' },
  },
  {
    name: 'activeNow',
    unit: 'percent',
    esxtop: '%ACTV',
    meaning: 'part of the sampled pages touched in the last full period',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.nowPercent,
  },
  {
    name: 'activeSlow',
    unit: 'percent',
    esxtop: '%ACTVS',
    meaning: 'its slow moving average',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.slowPercent,
  },
  {
    name: 'activeFast',
    unit: 'percent',
    esxtop: '%ACTVF',
    meaning: 'its fast moving average',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.fastPercent,
  },
  {
    name: 'activeNext',
    unit: 'percent',
    esxtop: '%ACTVN',
    meaning: 'the fast average as it would be if the running period ended now',
    source: SOURCES.sampling,
    of: (vm) => vm.activity?.nextPercent,
  },
  {
    name: 'driver',
    unit: 'word',
    esxtop: 'MCTL?',
    meaning: 'Y if a balloon driver responds, else N',
    source: SOURCES.esxtop,
    of: (vm) => (vm.hasDriver ? 'Y' : 'N'),
  },
  {
    name: 'ballooned',
    set: 1,
    unit: 'pages',
    esxtop: 'MCTLSZ',
    vcenter: 'vmmemctl',
    meaning:
      'guest pages that the balloon holds; sharing and swapping may have taken their frames before it did',
    source: SOURCES.both,
    of: (vm) => vm.ballooned,
    host: { esxtop: 'MEMCTL curr', vcenter: 'vmmemctl' },
  },
  {
    name: 'balloonTarget',
    set: 1,
    unit: 'pages',
    esxtop: 'MCTLTGT',
    vcenter: 'vmmemctltarget',
    meaning: 'pages the host wants in the balloon',
    source: SOURCES.both,
    of: published('balloonTarget'),
    host: { esxtop: 'MEMCTL target' },
  },
  {
    name: 'balloonMax',
    set: 1,
    unit: 'pages',
    esxtop: 'MCTLMAX',
    meaning: 'maximum pages the balloon may ever hold',
    source: SOURCES.esxtop,
    of: published('balloonMax'),
    host: { esxtop: 'MEMCTL max' },
  },
  {
    name: 'swapped',
    set: 1,
    unit: 'pages',
    esxtop: 'SWCUR',
    vcenter: 'swapped',
    meaning:
      'guest pages in kinds of the role `swapped`, of any strategy; a page being read in counts as granted',
    source: SOURCES.both,
    of: (vm) => ofRole(vm, 'swapped', 'kinds'),
    host: { esxtop: 'SWAP curr', vcenter: 'swapused' },
  },
  {
    name: 'swapTarget',
    set: 1,
    unit: 'pages',
    esxtop: 'SWTGT',
    vcenter: 'swaptarget',
    meaning: 'swapped pages that reclaim last requested; other strategies may have kept some of the victims',
    source: SOURCES.both,
    of: published('swapTarget'),
    host: { esxtop: 'SWAP rclmtgt' },
  },
  {
    name: 'swapFile',
    unit: 'pages',
    meaning: "room in the VM's swap file: size less reservation",
    source: `${SOURCES.management}, swap file location`,
    of: published('swapFile'),
  },
  {
    name: 'swapIns',
    set: 1,
    unit: 'pages',
    vcenter: 'swapin',
    meaning: 'pages read back from swap because the guest touched them, since power-on',
    source: SOURCES.vcenter,
    of: swapIns,
    host: { vcenter: 'swapin' },
  },
  {
    name: 'swapOuts',
    set: 1,
    unit: 'pages',
    vcenter: 'swapout',
    meaning: 'pages sent to swap, since power-on',
    source: SOURCES.vcenter,
    of: swapOuts,
    host: { vcenter: 'swapout' },
  },
  {
    name: 'swapInRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'SWR/s',
    vcenter: 'swapinRate',
    meaning: 'read from swap, without the host cache',
    source: SOURCES.both,
    of: perSecond(fromDisk(swapIns, hostCacheIns)),
    host: { esxtop: 'SWAP r/s', vcenter: 'swapinRate' },
  },
  {
    name: 'swapOutRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'SWW/s',
    vcenter: 'swapoutRate',
    meaning: 'written to swap, without the host cache (and without what it later writes to disk)',
    source: SOURCES.both,
    of: perSecond(fromDisk(swapOuts, hostCacheOuts)),
    host: { esxtop: 'SWAP w/s', vcenter: 'swapoutRate' },
  },
  {
    name: 'hostCacheUsed',
    set: 1,
    unit: 'pages',
    vcenter: 'llSwapUsed',
    meaning: 'swapped pages held in the host cache in front of the swap file',
    source: SOURCES.vcenter,
    of: published('hostCacheUsed'),
    host: { vcenter: 'llSwapUsed' },
  },
  {
    name: 'hostCacheInRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'LLSWR/s',
    vcenter: 'llSwapInRate',
    meaning: 'read from the host cache',
    source: SOURCES.both,
    of: perSecond(hostCacheIns),
    host: { vcenter: 'llSwapInRate' },
  },
  {
    name: 'hostCacheOutRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'LLSWW/s',
    vcenter: 'llSwapOutRate',
    meaning: 'written to the host cache',
    source: SOURCES.both,
    of: perSecond(hostCacheOuts),
    host: { vcenter: 'llSwapOutRate' },
  },
  {
    name: 'zero',
    set: 1,
    unit: 'pages',
    esxtop: 'ZERO',
    vcenter: 'zero',
    meaning: 'granted pages that are all zero',
    source: SOURCES.both,
    of: (vm) => vm.zero,
    host: { vcenter: 'zero' },
  },
  {
    name: 'shared',
    set: 1,
    unit: 'pages',
    esxtop: 'SHRD',
    vcenter: 'shared',
    meaning: 'granted pages on shared, read-only frames',
    source: SOURCES.both,
    of: (vm) => vm.shared,
    host: { esxtop: 'PSHARE shared', vcenter: 'shared' },
  },
  {
    name: 'saved',
    set: 2,
    unit: 'pages',
    esxtop: 'SHRDSVD',
    meaning: 'frames that sharing saves the VM: 1 − 1/references for each shared page',
    source: SOURCES.esxtop,
    of: (vm) => vm.saved,
  },
  {
    name: 'cowHints',
    set: 1,
    unit: 'pages',
    esxtop: 'COWH',
    meaning: 'pages recorded as hints in the sharing table: scanned, not shared',
    source: SOURCES.esxtop,
    of: published('cowHints'),
    host: {},
  },
  {
    name: 'cowBreaks',
    set: 1,
    unit: 'count',
    meaning: 'writes to shared pages, each of which got a private copy, since power-on',
    source: 'Waldspurger, OSDI 2002, §4.1',
    of: (vm) => vm.cowBreaks,
    host: {},
  },
  {
    name: 'overhead',
    set: 2,
    unit: 'pages',
    esxtop: 'OVHD',
    vcenter: 'overhead',
    meaning: 'frames that virtualising the VM takes; not part of consumed',
    source: SOURCES.both,
    of: (vm) => vm.overhead,
    host: { vcenter: 'overhead' },
  },
  {
    name: 'compressed',
    set: 1,
    unit: 'pages',
    vcenter: 'zipped',
    meaning: 'guest pages in kinds of the role `compressed`: their size uncompressed, not the room they take',
    source: SOURCES.vcenter,
    of: (vm) => ofRole(vm, 'compressed', 'kinds'),
    host: { esxtop: 'ZIP zipped', vcenter: 'compressed' },
  },
  {
    name: 'zipSaved',
    set: 2,
    unit: 'pages',
    vcenter: 'zipSaved',
    meaning: 'compressed minus cacheUsed; empty slots of the cache (cacheSize − cacheUsed) are not deducted',
    source: SOURCES.vcenter,
    of: zipSaved,
    host: { esxtop: 'ZIP saved' },
  },
  {
    name: 'cacheSize',
    set: 2,
    unit: 'pages',
    esxtop: 'CACHESZ',
    meaning: "frames that the VM's compression cache holds; charged to the VM, not part of consumed",
    source: `${SOURCES.esxtop}; ${SOURCES.management}, memory compression`,
    of: published('cacheSize'),
    host: {},
  },
  {
    name: 'cacheUsed',
    set: 2,
    unit: 'pages',
    esxtop: 'CACHEUSD',
    meaning: 'used part of the cache, in slots of 1 and 2 KiB; may be a fraction',
    source: SOURCES.esxtop,
    of: published('cacheUsed'),
    host: {},
  },
  {
    name: 'zipRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'ZIP/s',
    vcenter: 'compressionRate',
    meaning: 'pages compressed',
    source: SOURCES.both,
    of: perSecond((vm) => ofRole(vm, 'compressed', 'entered')),
    host: { vcenter: 'compressionRate' },
  },
  {
    name: 'unzipRate',
    set: 1,
    unit: 'pages/s',
    esxtop: 'UNZIP/s',
    vcenter: 'decompressionRate',
    meaning: 'compressed pages decompressed on a touch; those that leave the cache for swap do not count',
    source: SOURCES.both,
    of: perSecond((vm) => ofRole(vm, 'compressed', 'touched')),
    host: { vcenter: 'decompressionRate' },
  },
  {
    name: 'latency',
    unit: 'percent',
    esxtop: '%LAT_M',
    vcenter: 'latency',
    meaning:
      "time waiting for pages in strategies' kinds (swap-in, decompression); ballooning does not count. A wait " +
      'counts where it begins, so a wait longer than the period shows as over 100',
    source: SOURCES.metrics,
    of: latencyPercent,
  },
];
