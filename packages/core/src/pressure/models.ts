import type { LargePageAction } from '../ports/pressure.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';

/** Which strategies may act in a state, in order; the next one gets what is left of the goal. */
export type Ladder = Readonly<Partial<Record<HostMemoryState, readonly string[]>>>;

/** A value for some states. */
export type ByState<T> = Readonly<Partial<Record<HostMemoryState, T>>>;

/** A generation's memory states, as data. */
export interface MemoryStateModel {
  readonly id: string;
  readonly title: string;
  /** What people are told for a state, where its name says nothing to them. */
  readonly names?: ByState<string>;
  /** Where the figures come from. */
  readonly source: string;
  /**
   * What thresholds are parts of: all managed memory; minFree; or Linux's watermarks. Of these a threshold of p is
   * min + p % of the distance between them (low: 100, high: 200), and the frames below min are reclaim's own.
   */
  readonly basis: 'memory' | 'minFree' | 'watermarks';
  /** Percent of memory that minFree is (ESX Mem.MemMinFreePct, 0..50); 0, the default, is the sliding scale. */
  readonly minFreePercent?: number;
  /** With watermarks: vm.min_free_kbytes; absent, as the kernel reckons it (minWatermark). */
  readonly minFreeKbytes?: number;
  /** With watermarks: vm.watermark_scale_factor, parts of 10,000 of memory between two watermarks; default 10. */
  readonly watermarkScale?: number;
  /** Percent of the basis. A state below high is entered when free falls under its threshold. */
  readonly thresholds: ByState<number>;
  /** State whose threshold is the amount of free memory that reclaim works towards, in every state. */
  readonly wanted: HostMemoryState;
  /** A state is entered below this many percent of its threshold; default 100. */
  readonly enterPercent?: number;
  /** A state is left above this many percent of the threshold that `leaveOf` names. */
  readonly leavePercent: number;
  /**
   * Which threshold free memory must significantly exceed before a state is left: the state's `own` (default), or
   * that of the `next` milder state. The paper's "the higher threshold" (OSDI 2002, §6.3) can be read both ways.
   */
  readonly leaveOf?: 'own' | 'next';
  /**
   * Orders, which take time to be carried out (a balloon), are given from so many percent above the threshold of the
   * state whose ladder names the strategy, and from so many percent below a VM's limit; default 0.
   */
  readonly earlyPercent?: number;
  readonly ladder: Ladder;
  /** Strategies that no state asks: they work at their own pace, or when a policy orders it. */
  readonly byOrderOnly?: readonly string[];
  /**
   * Who gives when memory is short: the VMs above their targets first (`above-target`, default), or all in proportion
   * to what they have above their reservations, whatever their targets (`by-size`).
   */
  readonly givers?: Givers;
  /**
   * What is done about large mappings; absent states keep them. In `high` it is done only while free memory is below
   * the high threshold.
   */
  readonly largePages?: ByState<LargePageAction>;
  /** What a VM above its target is kept from in the states of `blocksIn`; default `allocation`. */
  readonly blocking?: Blocking;
  /** Default: low. */
  readonly blocksIn?: readonly HostMemoryState[];
  /**
   * What becomes of pages ordered and not come yet (a balloon still inflating) when the state grows so severe that its
   * ladder no longer names the strategy: they are waited for (default), or no longer wanted.
   */
  readonly orders?: 'kept' | 'withdrawn';
  /** What is assumed because no source tells. */
  readonly assumed: readonly string[];
}

/** Who gives when memory is short. */
export type Givers = 'above-target' | 'by-size';

/**
 * `execution`: the VM does not run at all (Waldspurger, OSDI 2002, §6.3). `allocation`: it runs until it needs a frame
 * (Epping 2015: "block certain VMs from allocating memory"). `none`: it is only reclaimed from.
 */
export type Blocking = 'execution' | 'allocation' | 'none';

const HYSTERESIS = 'a state is left above 110 % of its threshold (width not published)';
const EARLY =
  'balloon orders start 10 % above the soft threshold, and 10 % below a limit (that they start early is published, ' +
  'how early is not)';
const HARD = 'from hard on, balloons get no orders, and pending orders are cancelled';
const HARD_OF_6 = `${HARD} (published of 6.0 only)`;
const BLOCKING = 'in low, a VM above its target gets no more frames (published of 6.0 only)';

const SLIDING_SCALE = 'Denneman, Mem.MinFreePct sliding scale, 2011';

/** The shipped models, by id. */
export const MEMORY_STATE_MODELS: Readonly<Record<string, MemoryStateModel>> = {
  'esx-1.5': {
    id: 'esx-1.5',
    title: 'ESX Server 1.5',
    source: 'Waldspurger, OSDI 2002, §6.3',
    basis: 'memory',
    thresholds: { high: 6, soft: 4, hard: 2, low: 1 },
    wanted: 'high',
    leavePercent: 110,
    ladder: { soft: ['balloon', 'hostswap'], hard: ['hostswap'], low: ['hostswap'] },
    blocking: 'execution',
    assumed: [HYSTERESIS, 'a balloon ordered in soft keeps inflating in hard and low'],
  },
  'esx-4.1': {
    id: 'esx-4.1',
    title: 'ESX 4.1',
    source: `VMware, Understanding Memory Resource Management in ESX 4.1, 2010; ${SLIDING_SCALE}`,
    basis: 'minFree',
    thresholds: { high: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'high',
    leavePercent: 110,
    earlyPercent: 10,
    ladder: { soft: ['balloon', 'hostswap'], hard: ['hostswap'], low: ['hostswap'] },
    blocking: 'allocation',
    orders: 'withdrawn',
    assumed: [HYSTERESIS, EARLY, HARD_OF_6, BLOCKING],
  },
  'esx-5.x': {
    id: 'esx-5.x',
    title: 'ESXi 5.x',
    source: `VMware, Understanding Memory Resource Management in vSphere 5.0, 2011; ${SLIDING_SCALE}`,
    basis: 'minFree',
    thresholds: { high: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'high',
    leavePercent: 110,
    earlyPercent: 10,
    ladder: { soft: ['balloon', 'hostswap'], hard: ['hostswap'], low: ['hostswap'] },
    blocking: 'allocation',
    orders: 'withdrawn',
    assumed: [HYSTERESIS, EARLY, HARD_OF_6, BLOCKING],
  },
  'esxi-6.x': {
    id: 'esxi-6.x',
    title: 'ESXi 6.0 and later',
    source: 'Epping, What happens at which vSphere memory state?, 2015; Guo et al., VEE 2015',
    basis: 'minFree',
    thresholds: { high: 400, clear: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'clear',
    leavePercent: 110,
    earlyPercent: 10,
    ladder: {
      clear: ['tps'],
      soft: ['tps', 'balloon', 'hostswap'],
      hard: ['tps', 'hostswap'],
      low: ['hostswap'],
    },
    largePages: {
      high: 'break-cold',
      clear: 'break-all',
      soft: 'break-all',
      hard: 'break-all',
      low: 'break-all',
    },
    blocking: 'allocation',
    orders: 'withdrawn',
    assumed: [
      HYSTERESIS,
      EARLY,
      HARD,
      'reclaim works towards the clear threshold',
      'between the clear and high thresholds cold large pages are broken, below clear all',
      'the VMs blocked in low ("certain VMs") are those above their targets',
    ],
  },
  // high: kswapd sleeps. soft: free memory fell to the low watermark and has not come above the high one since, and
  // kswapd works. low: at the min watermark, where accesses reclaim for themselves; only reclaim takes the rest.
  linux: {
    id: 'linux',
    title: 'Linux watermarks',
    names: { high: 'kswapd asleep', soft: 'kswapd at work', low: 'at min' },
    source:
      'Linux 6.1, mm/page_alloc.c (calculate_min_free_kbytes, __setup_per_zone_wmarks), mm/vmscan.c (balance_pgdat)',
    basis: 'watermarks',
    thresholds: { high: 200, soft: 100, low: 0 },
    wanted: 'high',
    leavePercent: 100,
    leaveOf: 'next',
    ladder: { soft: ['hostswap'], low: ['hostswap'] },
    byOrderOnly: ['tps', 'balloon'],
    givers: 'by-size',
    blocking: 'none',
    assumed: [
      'the host is one zone of one node',
      'no khugepaged: with transparent huge pages it raises min_free_kbytes, to 5 % of memory at most',
      'each VM is in a memory cgroup of its own; its reservation is memory.min, its limit memory.max',
    ],
  },
};
