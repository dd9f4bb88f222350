import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import type { HostMemoryState } from './memory-state.ts';

/**
 * What a memory state does about 2 MiB mappings (Guo et al., VEE 2015; Epping, What happens at which vSphere memory
 * state?, 2015). `keep`: none is broken, and while memory is plentiful broken regions may form again. `break-cold`:
 * those not touched since they were last looked at. `break-all`: every one, and no first touch brings another.
 */
export type LargePageAction = 'keep' | 'break-cold' | 'break-all';

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
  /** Frames that can be used now: those that are still being written are not among them. */
  readonly free: Pages;
  readonly total: Pages;
  readonly thresholds: ThresholdPages;
  /** Pages missing to what the host wants to keep free, beside those being written; 0 when there is enough. */
  readonly deficit: Pages;
  /** The VMs that are powered on. */
  readonly vms: readonly VmPressure[];
}

export interface VmPressure {
  readonly vm: VmId;
  /** Machine memory it holds. */
  readonly consumed: Pages;
  /** Machine memory it should have, as last ordered; its limit before any order. */
  readonly target: Pages;
}
