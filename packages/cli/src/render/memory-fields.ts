/** Columns of the memory screen: counters of the catalogue in esxtop's groups, and what strategies add of their own. */
import type {
  Counter,
  CounterUnit,
  CounterValue,
  HostCounters,
  Since,
  VmCounters,
} from '@overbook/core/host';
import { PAGES_PER_MIB, PAGE_BYTES } from '@overbook/core';
import { HOST_COUNTERS, VM_COUNTERS } from '@overbook/core/host';

/** A host's counters, and the reading before, for rates. */
export interface MemorySample {
  readonly counters: HostCounters;
  readonly before?: HostCounters;
}

/** Fields that `f` switches together, by esxtop's letter where it has the group. */
export interface FieldGroup {
  readonly key: string;
  readonly title: string;
  /** Shown unless switched off. */
  readonly shown: boolean;
  /** Counters by the catalogue's names; none: whatever strategies bring. */
  readonly counters: readonly string[];
}

/** In screen order. NUMA, checkpoints and user worlds are not modelled, so they have no fields. */
export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    key: 'h',
    title: 'SIZE',
    shown: true,
    counters: ['size', 'granted', 'consumed', 'target', 'active', 'activeWrite'],
  },
  {
    key: 'j',
    title: 'MCTL',
    shown: true,
    counters: ['driver', 'ballooned', 'balloonTarget', 'balloonMax'],
  },
  {
    key: 'k',
    title: 'SWAP',
    shown: true,
    counters: ['swapped', 'swapTarget', 'swapInRate', 'swapOutRate', 'latency'],
  },
  { key: 'n', title: 'COW', shown: true, counters: ['zero', 'shared', 'saved', 'cowHints'] },
  {
    key: 'q',
    title: 'ZIP',
    shown: true,
    counters: ['cacheSize', 'cacheUsed', 'zipRate', 'unzipRate'],
  },
  { key: 'o', title: 'OVHD', shown: true, counters: ['overhead'] },
  { key: 'x', title: 'OTHER', shown: true, counters: [] },
  { key: 'f', title: 'MEM ALLOC', shown: false, counters: ['reservation', 'limit', 'shares'] },
  {
    key: 'i',
    title: 'ACTV',
    shown: false,
    counters: ['activeNow', 'activeSlow', 'activeFast', 'activeNext'],
  },
  { key: 'l', title: 'LLSWAP', shown: false, counters: ['hostCacheInRate', 'hostCacheOutRate'] },
];

/** One column of VMs. */
export interface Field {
  /** Letter of its group. */
  readonly group: string;
  readonly head: string;
  /** Text of the cell; `-` for what is not known. */
  readonly cell: (vm: VmCounters, since?: Since<VmCounters>) => string;
}

const UNKNOWN = '-';

function scaled(value: number, unit: CounterUnit): string {
  switch (unit) {
    case 'pages':
      return (value / PAGES_PER_MIB).toFixed(1);
    case 'pages/s':
      return (value / PAGES_PER_MIB).toFixed(2);
    case 'percent':
      return value.toFixed(1);
    case 'ratio':
      return value.toFixed(2);
    default:
      return String(Math.round(value));
  }
}

/** A value as the screen shows it: MiB, MiB/s, percent. */
export function shownValue(value: CounterValue, unit: CounterUnit): string {
  return value === undefined ? UNKNOWN : typeof value === 'string' ? value : scaled(value, unit);
}

const VM_BY_NAME = new Map(VM_COUNTERS.map((counter) => [counter.name, counter]));
const HOST_BY_NAME = new Map(HOST_COUNTERS.map((counter) => [counter.name, counter]));

function named<T>(counters: ReadonlyMap<string, T>, name: string): T {
  const counter = counters.get(name);
  if (counter === undefined) throw new Error(`the catalogue has no counter '${name}'`);
  return counter;
}

function fieldOf(name: string): Omit<Field, 'group'> {
  const counter: Counter<VmCounters> = named(VM_BY_NAME, name);
  return {
    head: counter.esxtop ?? counter.name,
    cell: (vm, since) => shownValue(counter.of(vm, since), counter.unit),
  };
}

/** A counter of the host as the screen shows it. */
export function hostValue({ counters, before }: MemorySample, name: string): string {
  const counter = named(HOST_BY_NAME, name);
  const since = before && { reading: before, elapsedNs: counters.time - before.time };
  return shownValue(counter.of(counters, since), counter.unit);
}

/**
 * What strategies bring of their own: pages in their kinds, unless a role puts them into a column of the catalogue,
 * and the numbers they publish.
 */
function otherFields({ vms }: HostCounters): readonly Omit<Field, 'group'>[] {
  const kinds = Object.keys(vms[0]?.kinds ?? {}).filter((kind) => vms[0]!.roles[kind] === undefined);
  const told = new Set(
    vms.flatMap(({ published }) => Object.keys(published).filter((name) => name.includes('.'))),
  );
  return [
    ...kinds.map((kind) => ({
      head: kind.toUpperCase(),
      cell: (vm: VmCounters) => shownValue(vm.kinds[kind], 'pages'),
    })),
    ...[...told].map((name) => ({
      head: name,
      cell: (vm: VmCounters) => ownValue(name, vm.published[name]),
    })),
  ];
}

/** A strategy says in the name what it counts: `…Pages` and `…Bytes` are shown as MiB, anything else as it is. */
function ownValue(name: string, value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (name.endsWith('Pages')) return scaled(value, 'pages');
  if (name.endsWith('Bytes')) return scaled(value / PAGE_BYTES, 'pages');
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** The columns of the groups that are shown, in order. @param keys letters of groups */
export function fieldsOf(counters: HostCounters, keys: ReadonlySet<string>): readonly Field[] {
  return FIELD_GROUPS.filter(({ key }) => keys.has(key)).flatMap((group) => {
    const fields = group.counters.length === 0 ? otherFields(counters) : group.counters.map(fieldOf);
    return fields.map((field) => ({ ...field, group: group.key }));
  });
}

/** Letters of the groups that are shown unless switched off. */
export const DEFAULT_KEYS: ReadonlySet<string> = new Set(
  FIELD_GROUPS.filter(({ shown }) => shown).map(({ key }) => key),
);
