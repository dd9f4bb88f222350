/** One run of an experiment. */
import type { Decision, Observation, OverbookError } from '@overbook/core';
import type { Host, HostCounters } from '@overbook/core/host';
import { isContractViolation, isOverbookError } from '@overbook/core';
import { isPluginFailure } from '@overbook/core/host';
import type { GuestSpec, SimulationConfig, SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';

import type { PluginCatalogue } from '../plugins/load-plugins.ts';
import { printable } from '../results/printable.ts';
import { hostOf, runSettingsOf } from './described.ts';
import type { Cell, Plan } from './plan.ts';
import { chosenPlugins, pluginsOf } from './mix.ts';

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
  readonly onObservation?: (observation: Observation) => void;
  /** Sees the host at every sample, which then come at `samplePeriodMs`. */
  readonly onSample?: (host: Host, counters: () => HostCounters) => void;
  readonly samplePeriodMs?: () => number;
  /** Ends the run at the next sample: its reason is thrown. */
  readonly signal?: AbortSignal;
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
  return {
    name: `${scenario.name}/${cell.mix.name}`,
    host: hostOf(scenario, cell.memory, cell.mix),
    guests,
    mix: chosenPlugins(catalogue, cell.mix),
    run: {
      ...runSettingsOf(scenario),
      ...cell.run,
      seed: cell.seed,
      order: scenario.order,
      costs: { ...scenario.costs, ...cell.costs },
      check,
      seriesPeriodMs: samplePeriodMs ?? series,
      seriesCounters: series !== undefined,
      ...told,
    },
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
      return { kind: 'failed', by: error.plugin, what: printable(error.message) };
    // Whatever else goes wrong in a run: the other runs go on, and the exit code says that one failed.
    const mix = pluginsOf(cell.mix).join(', ');
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', by: 'host', what: `the host with ${mix} failed: ${printable(why)}` };
  }
}
