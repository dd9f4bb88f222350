/** The one table of what may be set on a run beside its host, with defaults; as HOST_SETTINGS of @overbook/core. */
import type { Pages } from '@overbook/core';
import type { GivenValues } from '@overbook/core/host';
import type { Settled } from '@overbook/core/internals';
import { numberSetting, settle, timeSetting } from '@overbook/core/internals';

/** Every setting of a run. Times in milliseconds. */
export const RUN_SETTINGS = {
  /** The seed moves each guest's start by up to this much. */
  offsetSpread: timeSetting({
    what: "Maximum by which the seed delays each guest's start",
    default: 1_000,
    min: 0,
    basis: 'chosen',
  }),
  /** Speed at which guests with `start: work-start` arrive, one after the other. */
  arrivalMiBPerSecond: numberSetting({
    what: 'Speed at which guests with `start: work-start` arrive',
    default: 64,
    above: 0,
    unit: 'MiB/s',
    basis: 'assumed',
  }),
  /** Quiet time between the last arrival and the measured part. */
  rest: timeSetting({
    what: 'Quiet time between the last arrival and the measured part',
    default: 1_000,
    min: 0,
    basis: 'assumed',
  }),
  /** What the host does for memory competes with guests for so many cores. */
  cores: numberSetting({
    what: 'Cores of the host: reclaim that finds none idle takes its time from the guests that run',
    more: 'Each guest has one core while it runs, and guests never wait for one another.',
    default: Infinity,
    min: 1,
    whole: true,
    basis: 'chosen',
  }),
  /** An access that was blocked for this long ends its VM. */
  blockedLimit: timeSetting({
    what: 'Time after which a blocked access ends its VM',
    default: 10_000,
    above: 0,
    basis: 'assumed',
  }),
} as const;

/** Settings of a run, as far as they are given. */
export type RunSettings = GivenValues<typeof RUN_SETTINGS>;

/** All values of a run's settings, with where each came from. @param at for messages @throws OVB_SETTING_INVALID */
export function settleRun(run: RunSettings, memory: Pages, at = 'run'): Settled<typeof RUN_SETTINGS> {
  return settle(RUN_SETTINGS, run, memory, at);
}
