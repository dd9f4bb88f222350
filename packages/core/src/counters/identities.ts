import type { HostCounters, VmCounters } from './counters.ts';
import { ofRole } from './counters.ts';
import type { Recount } from './recount.ts';

/** One identity of the counters that does not hold. */
export interface BrokenIdentity {
  /** `I1` to `I24`: see docs/model/counters.md. */
  readonly id: string;
  readonly identity: string;
  readonly numbers: string;
}

/** What identities are held against: a reading, and what makes more of them checkable. */
export interface Checked {
  readonly counters: HostCounters;
  /** The same host recounted from its tables, apart from every counter. */
  readonly recount?: Recount;
  /** An earlier reading of the same host. */
  readonly before?: HostCounters;
}

type Tell = (identity: string, holds: boolean, ...numbers: number[]) => void;

/** An identity as data: what it says, about a VM or the host, from which source, and how it is checked. */
export interface Identity {
  readonly id: string;
  readonly scope: 'VM' | 'host';
  readonly says: string;
  readonly source: string;
  readonly check: (checked: Checked, tell: Tell) => void;
}

/** Fractions of shared frames are summed in floating point: this much is rounding, not a lost frame. */
const ROUNDING = 1e-6;

function equal(left: number, right: number): boolean {
  return Math.abs(left - right) <= ROUNDING * Math.max(1, Math.abs(right));
}
function atMost(less: number, more: number): boolean {
  return less <= more + ROUNDING * Math.max(1, Math.abs(more));
}
function sumOf(host: HostCounters, of: (vm: VmCounters) => number): number {
  return host.vms.reduce((sum, vm) => sum + of(vm), 0);
}
function inKinds({ kinds }: VmCounters): number {
  return Object.values(kinds).reduce((sum, count) => sum + count, 0);
}

/** An identity of each VM. @param holds undefined where it does not apply */
function ofVm(
  id: string,
  says: string,
  source: string,
  sides: (vm: VmCounters, checked: Checked) => readonly Side[],
): Identity {
  return {
    id,
    scope: 'VM',
    says,
    source,
    check: (checked, tell) => {
      for (const vm of checked.counters.vms)
        for (const [what, holds, ...numbers] of sides(vm, checked))
          tell(`${vm.name}: ${what}`, holds, ...numbers);
    },
  };
}

type Side = readonly [what: string, holds: boolean, ...numbers: number[]];

function ofHost(
  id: string,
  says: string,
  source: string,
  sides: (host: HostCounters, checked: Checked) => readonly Side[],
): Identity {
  return {
    id,
    scope: 'host',
    says,
    source,
    check: (checked, tell) => {
      for (const [what, holds, ...numbers] of sides(checked.counters, checked))
        tell(`host: ${what}`, holds, ...numbers);
    },
  };
}

function same(what: string, left: number, right: number): Side {
  return [what, equal(left, right), left, right];
}
function within(what: string, less: number, more: number): Side {
  return [what, atMost(less, more), less, more];
}
/** Left out where one side is not known. */
function ifKnown(
  side: (what: string, less: number, more: number) => Side,
  what: string,
  less: number | undefined,
  more: number | undefined,
): readonly Side[] {
  return less === undefined || more === undefined ? [] : [side(what, less, more)];
}

const ESXTOP = 'vSphere Monitoring and Performance 5.0, esxtop memory panel';
const METRICS = 'Rahabok, vSphere Metrics';
const MANAGEMENT = 'vSphere Resource Management';
const VCENTER = 'vCenter PerfCounterInfo, group mem';
const TABLES = 'the mapping tables';

/**
 * The identities between the counters, numbered as in docs/model/counters.md, which also names those that do not apply
 * here (I6, I19) and those that break in practice as they are sometimes written (I9, I14, I20).
 */
export const IDENTITIES: readonly Identity[] = [
  ofVm(
    'I1',
    'size = granted + ballooned + untouched + all other kinds',
    `Waldspurger, OSDI 2002; ${METRICS}`,
    (vm) => [
      same(
        "size = granted + ballooned + untouched + strategies' kinds",
        vm.size,
        vm.granted + vm.ballooned + vm.untouched + inKinds(vm),
      ),
    ],
  ),
  ofVm('I2', 'granted = private + shared; 0 ≤ zero ≤ granted; large ≤ private', METRICS, (vm) => [
    same('granted = private + shared', vm.granted, vm.private + vm.shared),
    within('0 ≤ zero', 0, vm.zero),
    within('zero ≤ granted', vm.zero, vm.granted),
    within('large ≤ private', vm.large, vm.private),
  ]),
  ofVm('I3', 'consumed = granted − saved', ESXTOP, (vm) => [
    same('consumed = granted − saved', vm.consumed, vm.granted - vm.saved),
  ]),
  ofVm('I4', '0 ≤ shared ≤ granted ≤ size; consumed ≤ granted', 'follows from the definitions', (vm) => [
    within('0 ≤ shared', 0, vm.shared),
    within('shared ≤ granted', vm.shared, vm.granted),
    within('granted ≤ size', vm.granted, vm.size),
    within('consumed ≤ granted', vm.consumed, vm.granted),
  ]),
  ofHost('I5', 'saving = shared − common', `${METRICS}; ${ESXTOP}`, (host) => [
    same('saving = shared − common', host.saving, host.shared - host.common),
  ]),
  ofHost('I7', 'Σ saved = saving; Σ consumed = Σ granted − saving', 'follows from I3, I5 and I8', (host) => [
    same(
      'saving = sum of saved over VMs',
      host.saving,
      sumOf(host, (vm) => vm.saved),
    ),
    same(
      'sum of consumed = granted − saving',
      sumOf(host, (vm) => vm.consumed),
      host.granted - host.saving,
    ),
  ]),
  ofVm(
    'I8',
    'consumed = Σ 1/references of each granted page',
    `${MANAGEMENT}, shared memory`,
    (vm, { recount }) =>
      ifKnown(same, 'consumed = sum of 1/references', vm.consumed, recount?.consumed[vm.vm]),
  ),
  ofHost(
    'I9',
    'common ≤ shared (≤ shared/2 only while every shared frame has two references)',
    METRICS,
    (host) => [within('common ≤ shared', host.common, host.shared)],
  ),
  ofHost('I10', 'total = vmk + other + free (PMEM)', ESXTOP, (host) => [
    same(
      'frames = consumed + overhead + vmkernel + own + free',
      host.total,
      sumOf(host, (vm) => vm.consumed + vm.overhead) + host.vmkernel + host.own + host.free,
    ),
  ]),
  ofHost('I11', 'consumed of the host = total − free', METRICS, (host, { recount }) =>
    ifKnown(same, 'frames in use = total − free', recount?.inUse, host.total - host.free),
  ),
  ofHost('I12', 'consumed of the host = Σ consumed + Σ overhead + vmkernel + own', METRICS, (host) => [
    same(
      'overhead = sum of overhead over VMs',
      host.overhead,
      sumOf(host, (vm) => vm.overhead),
    ),
    same(
      'total − free = consumed + overhead + vmkernel + own',
      host.total - host.free,
      sumOf(host, (vm) => vm.consumed) + host.overhead + host.vmkernel + host.own,
    ),
  ]),
  ofHost('I13', 'managed = rsvd + ursvd (VMKMEM); managed = total − vmk', ESXTOP, (host) => [
    same('managed = reserved + unreserved', host.managed, host.reserved + host.unreserved),
    same('managed = total − vmkernel', host.managed, host.total - host.vmkernel),
  ]),
  ofVm('I14', 'MCTLSZ ≤ MCTLMAX ≤ size; MCTLTGT ≤ MCTLMAX', ESXTOP, ({ ballooned, size, published }) => {
    const { balloonTarget: target, balloonMax: most } = published;
    return [
      // A maximum that was lowered holds again once the balloon has deflated to it.
      ...(target !== undefined && target < ballooned
        ? []
        : ifKnown(within, 'MCTLSZ ≤ MCTLMAX', ballooned, most)),
      ...ifKnown(within, 'MCTLTGT ≤ MCTLMAX', target, most),
      ...ifKnown(within, 'MCTLMAX ≤ size', most, size),
    ];
  }),
  ofVm('I15', 'swapped ≤ swap file = size − reservation', `${MANAGEMENT}, swap file location`, (vm) => [
    ...ifKnown(within, 'swapped ≤ swap file', ofRole(vm, 'swapped', 'kinds'), vm.published['swapFile']),
    // The file stays as it was made at power-on.
    ...(vm.changed === true
      ? []
      : ifKnown(same, 'swap file = size − reservation', vm.published['swapFile'], vm.size - vm.reservation)),
  ]),
  ofVm('I16', 'pages touched of a kind ≤ pages that went into it (swapin ≤ swapout)', VCENTER, (vm) =>
    Object.keys(vm.entered).map((kind) =>
      within(`${kind} in ≤ out`, vm.touched[kind] ?? 0, vm.entered[kind]!),
    ),
  ),
  ofVm('I17', 'zipSaved = zipped − CACHEUSD ≤ zipped; CACHEUSD ≤ CACHESZ', VCENTER, (vm) => {
    const { cacheUsed: used, cacheSize: size } = vm.published;
    return [
      ...ifKnown(within, 'CACHEUSD ≤ CACHESZ', used, size),
      // A page of more than 2 KiB is not kept: slots never exceed half of what they keep.
      ...ifKnown(within, 'CACHEUSD ≤ zipped', used, ofRole(vm, 'compressed', 'kinds')),
    ];
  }),
  ofVm('I18', 'active ≤ size − ballooned; activeWrite ≤ active', METRICS, ({ activity, size, ballooned }) => [
    ...ifKnown(within, 'active ≤ size − ballooned', activity?.active, size - ballooned),
    ...ifKnown(within, 'activeWrite ≤ active', activity?.activeWrite, activity?.active),
  ]),
  ofVm('I20', 'consumed ≤ limit (granted may exceed it)', METRICS, (vm, { before }) => {
    const was = before?.vms[vm.vm];
    // What sharing charges a VM rises when others leave the frame: only its private pages are its own doing. And a
    // limit may have been lowered: from then on the VM does not grow.
    if (was === undefined || was.limit !== vm.limit || vm.shared > 0 || vm.cowBreaks > 0) return [];
    return ifKnown(within, 'private ≤ limit', vm.private, vm.limit && Math.max(vm.limit, was.private));
  }),
  ofVm('I21', 'reservation ≤ entitlement ≤ min(limit, size)', `${MANAGEMENT}, reservation and limit`, (vm) =>
    vm.poweredOn
      ? [
          within('reservation ≤ entitlement', vm.reservation, vm.entitlement),
          within('entitlement ≤ min(limit, size)', vm.entitlement, vm.limit ?? vm.size),
        ]
      : [],
  ),
  ofVm(
    'I22',
    'from one reading to the next, what leaves one kind enters another',
    'follows from I1',
    (vm, { before }) => {
      const was = before?.vms[vm.vm];
      if (was === undefined) return [];
      const of = (one: VmCounters): number => one.granted + one.ballooned + one.untouched + inKinds(one);
      return [
        same('the changes of all kinds add up to 0', of(vm), of(was)),
        within(
          'event counts never decrease',
          was.firstTouches + was.cowBreaks,
          vm.firstTouches + vm.cowBreaks,
        ),
      ];
    },
  ),
  ofHost('I23', 'frames with references + free + vmk + overhead + own = total', TABLES, (host, { recount }) =>
    recount === undefined
      ? []
      : [
          same(
            'frames with references + free + vmkernel + overhead + own',
            recount.referenced + host.free + host.vmkernel + host.overhead + host.own,
            host.total,
          ),
          same('common = shared frames', host.common, recount.sharedFrames),
        ],
  ),
  ofHost('I24', 'Σ references of all frames = Σ granted', TABLES, (host, { recount }) =>
    ifKnown(same, 'sum of references = granted', recount?.references, host.granted),
  ),
];

/** Which identities a reading breaks: none, on a host whose counters are right. */
export function brokenIdentities(
  counters: HostCounters,
  more: Omit<Checked, 'counters'> = {},
): readonly BrokenIdentity[] {
  const broken: BrokenIdentity[] = [];
  for (const { id, check } of IDENTITIES) {
    check({ counters, ...more }, (identity, holds, ...numbers) => {
      if (!holds) broken.push({ id, identity, numbers: numbers.join(' and ') });
    });
  }
  return broken;
}
