/** What a run needs: its cell, and the plan that all cells of an experiment share. */
import type { Pages } from '@overbook/core';

import type { CostOverrides, RunSettings } from '@overbook/sim';

import type { ModuleRequest } from '../plugins/load-plugins.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Mix } from './mix.ts';

/** One run: a pure function of this and the experiment's plan. */
export interface Cell {
  readonly index: number;
  readonly mix: Mix;
  readonly memory: Pages;
  readonly seed: number;
  /** Other costs than the scenario's. */
  readonly costs?: CostOverrides;
  /** Other settings of the run than the scenario's. */
  readonly run?: RunSettings;
}

/** Everything that runs need, as plain data: it is sent to worker threads unchanged. */
export interface Plan {
  readonly scenario: Scenario;
  readonly modules: readonly ModuleRequest[];
  readonly check: boolean;
  /** Period of the series of all counters, in milliseconds; absent: no such series. */
  readonly series?: number;
}
