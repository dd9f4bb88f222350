import { type Pages, pages } from '../units/page.ts';
import { type HostMemoryState, type StateThreshold } from './memory-state.ts';
import { type ThresholdPages } from './pressure.ts';

/** Which strategies may act in a state, in order; the next one gets what is left of the goal. */
export type Ladder = Readonly<Partial<Record<HostMemoryState, readonly string[]>>>;

/** A generation's memory states, as data. */
export interface MemoryStateModel {
  readonly id: string;
  readonly title: string;
  /** Where the figures come from. */
  readonly source: string;
  /** What thresholds are parts of: all managed memory, or minFree. */
  readonly basis: 'memory' | 'minFree';
  /** Percent of the basis. A state below high is entered when free falls under its threshold. */
  readonly thresholds: Readonly<Partial<Record<HostMemoryState, number>>>;
  /** State whose threshold is the amount of free memory that reclaim works towards. */
  readonly wanted: HostMemoryState;
  /** A state is left above this many percent of its threshold. */
  readonly leavePercent: number;
  readonly ladder: Ladder;
  /** What is assumed because no source tells. */
  readonly assumed: readonly string[];
}

const HYSTERESIS = 'hysteresis: a state is left above 110 % of its threshold (width not published)';

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
    assumed: [HYSTERESIS],
  },
  'esx-4.1': {
    id: 'esx-4.1',
    title: 'ESX 4.1',
    source: 'VMware, vSphere Resource Management 4.1; Denneman, Mem.MinFreePct sliding scale, 2011',
    basis: 'minFree',
    thresholds: { high: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'high',
    leavePercent: 110,
    ladder: { soft: ['balloon', 'hostswap'], hard: ['hostswap'], low: ['hostswap'] },
    assumed: [HYSTERESIS],
  },
  'esx-5.x': {
    id: 'esx-5.x',
    title: 'ESXi 5.x',
    source: 'VMware, vSphere Resource Management 5.x; Denneman, Mem.MinFreePct sliding scale, 2011',
    basis: 'minFree',
    thresholds: { high: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'high',
    leavePercent: 110,
    ladder: { soft: ['balloon', 'hostswap'], hard: ['hostswap'], low: ['hostswap'] },
    assumed: [HYSTERESIS],
  },
  'esxi-6.x': {
    id: 'esxi-6.x',
    title: 'ESXi 6.0 and later',
    source: 'Epping, What happens at which vSphere memory state?, 2015; Guo et al., VEE 2015',
    basis: 'minFree',
    thresholds: { high: 400, clear: 100, soft: 64, hard: 32, low: 16 },
    wanted: 'clear',
    leavePercent: 110,
    ladder: {
      clear: ['tps'],
      soft: ['tps', 'balloon', 'hostswap'],
      hard: ['tps', 'hostswap'],
      low: ['hostswap'],
    },
    assumed: [HYSTERESIS, 'reclaim works towards the clear threshold; the high one only breaks large pages'],
  },
};

const GIB_PAGES = 262_144;
/** Parts of memory kept free: 6 % of the first 4 GiB, 4 % of the next 8, 2 % of the next 16, 1 % of the rest. */
const MIN_FREE_SCALE = [
  { upToGiB: 4, percent: 6 },
  { upToGiB: 12, percent: 4 },
  { upToGiB: 28, percent: 2 },
  { upToGiB: Infinity, percent: 1 },
] as const;

/**
 * Memory that the host wants to keep free, by the sliding scale (Denneman, Mem.MinFreePct sliding scale
 * function, 2011): 901.12 MiB at 28 GiB, 10.24 MiB more for each further GiB.
 */
export const minFree = (managed: Pages): Pages => {
  let free = 0;
  let from = 0;
  for (const { upToGiB, percent } of MIN_FREE_SCALE) {
    const to = Math.min(managed, upToGiB * GIB_PAGES);
    if (to > from) free += ((to - from) * percent) / 100;
    from = Math.max(from, to);
  }
  return pages(Math.floor(free));
};

/** A model's thresholds on a host of a given size. */
export interface ResolvedModel {
  readonly thresholds: ThresholdPages;
  /** For nextState: the states below high, mildest first. */
  readonly states: readonly StateThreshold[];
  /** Free pages that reclaim works towards. */
  readonly wanted: Pages;
}

/** Puts a model on a host of `managed` pages. */
export const resolveModel = (model: MemoryStateModel, managed: Pages): ResolvedModel => {
  const basis = model.basis === 'memory' ? managed : minFree(managed);
  const thresholds: Partial<Record<HostMemoryState, Pages>> = {};
  const states: StateThreshold[] = [];
  for (const [state, percent] of Object.entries(model.thresholds) as [HostMemoryState, number][]) {
    const enterBelow = pages(Math.floor((basis * percent) / 100));
    thresholds[state] = enterBelow;
    if (state === 'high') continue;
    states.push({ state, enterBelow, leaveAbove: Math.floor((enterBelow * model.leavePercent) / 100) });
  }
  return { thresholds, states, wanted: thresholds[model.wanted] ?? pages(0) };
};
