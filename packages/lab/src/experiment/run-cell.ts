/** One run of an experiment. */
import type { Decision, Host, OverbookError } from '@overbook/core';
import { isContractViolation, isOverbookError, isPluginFailure } from '@overbook/core';
import type { GuestSpec, Paces, SimulationConfig, SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';

import type { PluginCatalogue } from '../plugins/load-plugins.ts';
import { hostRightsOf } from '../scenario/rights.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Cell, Plan } from './experiment.ts';
import { chosenPlugins } from './experiment.ts';

/** What a run came to. Plain data. */
export type Outcome =
  | { readonly kind: 'done'; readonly result: SimulationResult }
  /** A plugin threw or broke a promise: this run failed, by its name. */
  | { readonly kind: 'failed'; readonly by: string; readonly what: string }
  /** The input is wrong: nothing of the experiment counts. */
  | {
      readonly kind: 'refused';
      readonly code: OverbookError['code'];
      readonly at: string;
      readonly what: string;
      readonly mend: string;
    };

export interface CellHooks {
  readonly onProgress?: (fraction: number) => void;
  readonly onDecision?: (decision: Decision) => void;
  /** Sees the host at every sample, which then come at `samplePeriodMs`. */
  readonly onSample?: (host: Host) => void;
  readonly samplePeriodMs?: () => number;
  /** Ends the run at the next sample: its reason is thrown. */
  readonly signal?: AbortSignal;
}

function pacesOf({ host: { paces } }: Scenario): Paces {
  return {
    ...(paces?.balance === undefined ? {} : { balancePeriodMs: paces.balance }),
    ...(paces?.reclaim === undefined ? {} : { reclaimPeriodMs: paces.reclaim }),
    ...(paces?.sample === undefined ? {} : { samplePeriodMs: paces.sample }),
    ...(paces?.patience === undefined ? {} : { patienceMs: paces.patience }),
  };
}

/** How guest-virtual pages are translated and how large the host maps. */
function mappingOf({ host: { translation, largePages, largePageRules } }: Scenario) {
  return {
    ...(translation === undefined || translation === 'none' ? {} : { translation }),
    ...(largePages === undefined ? {} : { largePages }),
    ...(largePageRules === undefined ? {} : { largePageRules: rulesOf(largePageRules) }),
  };
}

function rulesOf({ coldPeriod, ...rules }: NonNullable<Scenario['host']['largePageRules']>) {
  return {
    ...rules,
    ...(coldPeriod === undefined ? {} : { coldPeriodMs: coldPeriod }),
  };
}

/** The simulator's configuration of a cell. */
export function configOf(
  plan: Plan,
  cell: Cell,
  catalogue: PluginCatalogue,
  guests: readonly GuestSpec[],
  hooks: CellHooks,
): SimulationConfig {
  const { scenario, check, series } = plan;
  const { samplePeriodMs, ...told } = hooks;
  const period = samplePeriodMs ?? series;
  const { host } = scenario;
  return {
    name: `${scenario.name}/${cell.mix.name}`,
    memory: cell.memory,
    guests,
    ...chosenPlugins(catalogue, cell.mix),
    memoryStates: cell.mix.memoryStates ?? host.memoryStates,
    store: host.store,
    seed: cell.seed,
    order: scenario.order,
    ...(scenario.costs === undefined ? {} : { costs: scenario.costs }),
    paces: pacesOf(scenario),
    ...(host.sampling === undefined ? {} : { sampling: host.sampling }),
    ...mappingOf(scenario),
    ...hostRightsOf(scenario),
    ...(host.reserve === undefined ? {} : { reserve: host.reserve }),
    ...(host.offsetSpread === undefined ? {} : { offsetSpreadMs: host.offsetSpread }),
    ...(host.arrivalMiBPerSecond === undefined ? {} : { arrivalMiBPerSecond: host.arrivalMiBPerSecond }),
    ...(host.rest === undefined ? {} : { restMs: host.rest }),
    check,
    ...(period === undefined ? {} : { seriesPeriodMs: period }),
    seriesCounters: series !== undefined,
    ...told,
  };
}

/** Runs a cell; what goes wrong is told, not thrown. */
export function runCell(
  plan: Plan,
  cell: Cell,
  catalogue: PluginCatalogue,
  guests: readonly GuestSpec[],
  hooks: CellHooks = {},
): Outcome {
  try {
    return { kind: 'done', result: runSimulation(configOf(plan, cell, catalogue, guests, hooks)) };
  } catch (error) {
    hooks.signal?.throwIfAborted();
    if (isOverbookError(error)) {
      const { code, at, what, mend } = error;
      return { kind: 'refused', code, at, what, mend };
    }
    if (isContractViolation(error) || isPluginFailure(error))
      return { kind: 'failed', by: error.plugin, what: error.message };
    // Whatever else goes wrong in a run: the other runs go on, and the exit code says that one failed.
    const mix = cell.mix.strategies.map(({ id }) => id).join(', ');
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', by: 'host', what: `the host with ${mix} failed: ${why}` };
  }
}
