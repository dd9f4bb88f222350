import type { LargePageAction } from '../memory/large-page-rules.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import type { HostMemoryState } from './memory-state.ts';

/** Free pages below which each state is entered, for the states the model has. */
export type ThresholdPages = Readonly<Partial<Record<HostMemoryState, Pages>>>;

/** One value of the pressure stream. */
export interface Pressure {
  readonly time: Nanoseconds;
  readonly state: HostMemoryState;
  /** A worse state whose orders have begun although free memory is still above its threshold. */
  readonly early?: HostMemoryState;
  /** What is done about large mappings now. */
  readonly largePages: LargePageAction;
  readonly free: Pages;
  readonly total: Pages;
  readonly thresholds: ThresholdPages;
  /** Pages missing to what the host wants to keep free; 0 when there is enough. */
  readonly deficit: Pages;
  readonly vms: readonly VmPressure[];
}

export interface VmPressure {
  readonly vm: VmId;
  /** Machine memory it holds. */
  readonly consumed: Pages;
  /** Machine memory it should have, as last ordered; its limit before any order. */
  readonly target: Pages;
}
