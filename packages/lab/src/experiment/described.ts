/** What a scenario describes, in the words of @overbook/core and @overbook/sim: one host, one run. */
import type { Pages } from '@overbook/core';
import type { HostSettings, ProfileName, SettledHost, SettledSetting } from '@overbook/core/host';
import { settleHost } from '@overbook/core/host';
import type { RunSettings } from '@overbook/sim';
import { RUN_SETTINGS, settleRun } from '@overbook/sim';

import { poolsOf } from '../scenario/rights.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Mix } from './mix.ts';

function isOfRun(key: string): boolean {
  return Object.hasOwn(RUN_SETTINGS, key);
}

/** The host that a mix runs on, as it is described. @param mix may have a profile and memory states of its own */
export function hostOf(
  scenario: Scenario,
  memory: Pages,
  mix: Pick<Mix, 'memoryStates' | 'profile'> = {},
): HostSettings {
  const settings = Object.entries(scenario.host).filter(([key]) => !isOfRun(key));
  return {
    ...Object.fromEntries(settings),
    memory,
    pools: poolsOf(scenario),
    ...(mix.profile !== undefined && { profile: mix.profile as ProfileName }),
    ...(mix.memoryStates !== undefined && { memoryStates: mix.memoryStates }),
  };
}

/** Settings of its runs. */
export function runSettingsOf({ host }: Scenario): RunSettings {
  return Object.fromEntries(Object.entries(host).filter(([key]) => isOfRun(key)));
}

/** The host of a scenario with nothing left open. */
export interface Described extends SettledHost {
  /** Settings of the host, of its memory-state model, and of the run, each with where it came from. */
  readonly settings: readonly SettledSetting[];
}

/**
 * Every setting of a host and its runs with where it came from: for footers and results.
 * @throws OVB_SETTING_INVALID, OVB_MODEL_UNKNOWN, OVB_MODEL_INVALID
 */
export function settledOf(
  scenario: Scenario,
  memory: Pages,
  mix: Pick<Mix, 'memoryStates' | 'profile'> = {},
): Described {
  const settled = settleHost(hostOf(scenario, memory, mix), scenario.name);
  const run = settleRun(runSettingsOf(scenario), memory, scenario.name);
  return { ...settled, settings: [...settled.settings, ...run.settings] };
}
