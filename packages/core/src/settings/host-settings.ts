/**
 * The one table of what may be set on a host, with defaults. Whatever says or takes a setting comes from here: the
 * types below, the checks of composeHost, the schema and reference of scenario files, footers, the settled host in
 * results.
 */
import type { Overhead } from '../admission/overhead.ts';
import type { PoolSpec } from '../admission/resource-pools.ts';
import type { MemoryStateSettings } from '../pressure/model-settings.ts';
import { defaultReserve } from '../pressure/default-reserve.ts';
import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import { DEFAULT_PROFILE, PROFILE_NAMES } from './host-profiles.ts';
import type { GivenValues, SettledValues } from './setting.ts';
import { choice, flag, group, number, own, regionPages, size, time } from './setting.ts';

/** How often things happen, in milliseconds. */
const PACES = group(
  {
    what: 'Intervals of recurring work',
    more: 'At the published ESX intervals, little happens in two minutes.',
    label: 'Paces',
  },
  {
    /** How often policies are asked. */
    balance: time({
      what: 'Interval between policy decisions',
      default: 15_000,
      above: 0,
      basis: 'published',
      source: 'ESX Mem.BalancePeriod',
      label: 'policies asked every',
    }),
    /** Period in which working sets are sampled. */
    sample: time({
      what: 'Period of working-set sampling',
      default: 60_000,
      above: 0,
      basis: 'published',
      source: 'ESX Mem.SamplePeriod, from 4.0 on; 30 s before',
      label: 'working sets sampled every',
    }),
    /** How often reclaim works while the state is not high. */
    reclaim: time({
      what: 'Interval of reclaim while the memory state is not high',
      default: 100,
      above: 0,
      basis: 'assumed',
      label: 'reclaim works every',
    }),
    /** An order that brought nothing for this long no longer counts. */
    patience: time({
      what: 'Time after which an order without results no longer counts',
      default: 5_000,
      above: 0,
      basis: 'assumed',
      label: 'patience with orders',
    }),
  },
);

const FITTED = 'fitted to OSDI 2002, figure 6';

/** How active memory is estimated, beside the period. */
const SAMPLING = group(
  {
    what: 'How active memory is estimated',
    more: 'Its period is `paces.sample`.',
    label: 'Active memory',
  },
  {
    /** Pages drawn per period and VM. */
    pages: number({
      what: 'Pages sampled per period and VM',
      default: 100,
      whole: true,
      min: 1,
      basis: 'published',
      source: 'Waldspurger, OSDI 2002, §5.3',
    }),
    /** `execution`: periods count time the VM ran, where the host's edges tell it; `host`: time that passed. */
    time: choice(['execution', 'host'], {
      what: 'Time that periods count: time the VM ran, or all time that passed (`host`)',
      default: 'execution',
      basis: 'published',
      source: 'OSDI 2002, §5.3',
    }),
    /** Gain of the slow moving average, above 0, at most 1. */
    slowGain: number({
      what: 'Gain of the slow moving average',
      default: 0.25,
      above: 0,
      max: 1,
      basis: 'assumed',
      source: FITTED,
    }),
    /** Gain of the fast moving average, above 0, at most 1. */
    fastGain: number({
      what: 'Gain of the fast moving average',
      default: 0.7,
      above: 0,
      max: 1,
      basis: 'assumed',
      source: FITTED,
    }),
    /** Least estimate of active memory, in percent. */
    activeFloorPercent: number({
      what: 'Minimum estimate of active memory, in percent',
      default: 1,
      min: 0,
      max: 100,
      basis: 'published',
      source: 'Mem.SampleActivePctMin',
    }),
    /** Least estimate of written memory, in percent. */
    writtenFloorPercent: number({
      what: 'Minimum estimate of written memory, in percent',
      default: 0,
      min: 0,
      max: 100,
      basis: 'published',
      source: 'Mem.SampleDirtiedPctMin',
    }),
  },
);

/** How fast large mappings are looked at, broken and formed, and what forming may undo. */
const LARGE_PAGE_RULES = group(
  {
    what: 'How fast large pages break and form',
    more: '`memoryStates` decides when they do.',
    label: 'Large pages',
  },
  {
    /** Each region is looked at once in so long while cold ones are broken; one untouched in between is cold. */
    coldPeriod: time({
      what: 'Interval between two looks at a region while cold regions are broken',
      default: 60_000,
      above: 0,
      basis: 'assumed',
      source: 'as Mem.SamplePeriod',
    }),
    /** Cold regions are broken while memory is plentiful too, and none is formed then. */
    coldAlways: flag({
      what: 'Break cold regions even while memory is plentiful (Guo et al., VEE 2015)',
      default: false,
      basis: 'assumed',
    }),
    /** Most regions broken a second, over all VMs; Infinity breaks all that is to be broken in one pass. */
    breaksPerSecond: number({
      what: 'Maximum regions broken per second, over all VMs',
      default: Infinity,
      said: 'all due regions at once',
      min: 0,
      basis: 'assumed',
    }),
    /** Most regions formed a second, over all VMs; 0 = broken regions stay small. */
    formsPerSecond: number({
      what: 'Maximum regions made large again per second, over all VMs; 0 = never',
      default: 4,
      min: 0,
      basis: 'assumed',
    }),
    /** Shared pages of a region that may get copies of their own to make it large again. */
    maxSharedPages: regionPages({
      what: 'Maximum shared pages copied to form a large page',
      default: 512,
      basis: 'published',
      source: 'LPage.MaxSharedPages, ESXi 7.0',
    }),
    /** Pages of a region in slots that may be read back for it. */
    maxSwappedPages: regionPages({
      what: 'Maximum pages read back to form a large page',
      default: 10,
      basis: 'published',
      source: 'LPage.MaxSwappedPagesInitVal, ESXi 7.0',
    }),
  },
);

/** Every setting of a host. Order is that of the reference. */
export const HOST_SETTINGS = {
  /** Which family of hosts it is: what is not given comes from there, else from this table. */
  profile: choice(PROFILE_NAMES, {
    what: 'Family of hosts that says what is not given: settings, options of strategies, and who orders',
    default: DEFAULT_PROFILE,
    basis: 'chosen',
    source: 'the defaults of this table',
  }),
  /** `on`: a VM is powered on only if its reservation, overhead and swap space fit; `off` admits every VM. */
  admission: choice(['on', 'off'], {
    what: 'A VM is powered on only if its reservation, overhead and swap space fit',
    more: '`off` admits every VM.',
    default: 'on',
    basis: 'published',
    source: 'vSphere Resource Management',
  }),
  /** Swap space that admission control counts with, in pages; Infinity: nobody is refused for it. */
  swapSpace: size({
    what: 'Swap space that admission control can promise',
    default: toPages(Infinity),
    said: 'enough for all guests: size - reservation each',
    basis: 'chosen',
  }),
  /** Machine memory that virtualising a VM takes, by table or in pages. */
  overhead: own<Overhead>('overhead', {
    what: 'Machine memory overhead of virtualising a VM, by table or as a size',
    default: 'none',
    basis: 'assumed',
  }),
  /** Machine memory that the hypervisor keeps for itself, in pages. */
  vmkernel: size({
    what: 'Machine memory that the hypervisor keeps for itself',
    default: toPages(0),
    basis: 'assumed',
  }),
  /** Frames that only reclaim itself may use, in pages. */
  reserve: size({
    what: 'Frames that only reclaim may use',
    default: (memory) => defaultReserve(memory),
    said: '1/256 of memory, at least 16 pages, at most half of the lowest threshold; on Linux its min watermark',
    basis: 'assumed',
  }),
  /** Id of a shipped model, a model, changes to the shipped one that `base` names, or `direct` for none. */
  memoryStates: own<string | MemoryStateSettings>('memoryStates', {
    what: 'Thresholds and ladder: a shipped generation, a changed one, or a map of your own',
    more: '`direct` has no states: when no frame is free, one page is reclaimed.',
    default: 'esxi-6.x',
    basis: 'chosen',
    source: 'the newest generation shipped',
  }),
  /** How guest-virtual pages are translated, and counted. */
  translation: choice(['none', 'nested', 'shadow'], {
    what: 'How guest-virtual pages are translated and counted, for guests with page tables',
    more: 'It slows no guest.',
    default: 'none',
    basis: 'chosen',
  }),
  /** `on`: an untouched region of 512 guest pages gets a 2 MiB frame at its first touch, while there are any. */
  largePages: choice(['off', 'on'], {
    what: 'Guest memory is backed by 2 MiB frames where possible',
    default: 'off',
    basis: 'chosen',
  }),
  largePageRules: LARGE_PAGE_RULES,
  /** What a frame holds: its real bytes, or a content key. */
  store: choice(['keys', 'bytes'], {
    what: 'What a frame holds: a content key, or its real 4096 bytes (only for guests with bytes)',
    default: 'keys',
    basis: 'chosen',
  }),
  paces: PACES,
  sampling: SAMPLING,
} as const;

type HostTable = typeof HOST_SETTINGS;

/** A host as it is described, once: plain data. What is left out has the default of HOST_SETTINGS. */
export interface HostSettings extends GivenValues<HostTable> {
  /** Machine memory, in pages. */
  readonly memory: Pages;
  /** Resource pools; a VM names its own (VmSpec.pool). Default: all VMs are directly below the host. */
  readonly pools?: readonly PoolSpec[] | undefined;
}

/** All values of a host. */
export interface HostValues extends SettledValues<HostTable> {
  readonly memory: Pages;
  readonly pools: readonly PoolSpec[];
}
