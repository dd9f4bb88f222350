/**
 * What a comparison came to, as plain data: `compare --json` and results.json. No wall time and no path of the machine
 * in it, so equal experiments give equal bytes. Figures have six significant digits.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import type { Pages } from '@overbook/core';
import type { SettledSetting } from '@overbook/core/host';
import type { AlertTimes, Columns, CounterSeries, GuestResult, SimulationResult } from '@overbook/sim';

import type { Experiment } from '../experiment/experiment.ts';
import { filesOf } from '../experiment/datasets.ts';
import { configuredPages } from '../experiment/guests.ts';
import type { CellOutcome } from '../experiment/run-experiment.ts';
import { isPath } from '../plugins/load-plugins.ts';
import type { ScenarioGuest } from '../scenario/schema.ts';
import type { KnownOrder } from '../rank/kept-ranking.ts';
import { knownOrder } from '../rank/kept-ranking.ts';
import type { Interval } from '../statistics/interval.ts';
import { interval, pairedDifference, rounded, roundedInterval } from '../statistics/interval.ts';
import type { OverGuests } from './over-guests.ts';
import { withPlaces } from './over-guests.ts';
import { withReached } from './reached.ts';
import { mixAlerts } from './mix-alerts.ts';
import type { Metric } from './metrics.ts';
import { METRICS } from './metrics.ts';
import type { Copies, SettledCost, SettledMix } from './settled.ts';
import { copiesIn, settledCosts, settledHost, settledMix } from './settled.ts';
import { packageVersions } from './versions.ts';

/** Version of the layout below; a change that breaks readers raises the number. */
export const RESULTS_SCHEMA = 'overbook.compare/2';

export type SummaryIntervals = Readonly<Record<Metric, Interval>> & {
  readonly reclaimedPages: Readonly<Record<string, Interval>>;
};

/** A mix on one host size, over all seeds. */
export interface MixResult {
  readonly name: string;
  readonly strategies: readonly string[];
  readonly hostMemoryPages: Pages;
  /** Set where a run failed by a plugin's fault; there is no summary then. */
  readonly error?: string;
  readonly summary?: SummaryIntervals;
  /** The same with every option, defaults filled in. */
  readonly settled?: SettledMix;
  /** This mix minus the baseline on the same host size, paired by seed. */
  readonly againstBaseline?: Readonly<Record<Metric, Interval>>;
  /** In some run a guest, or a program in one, did not do all its work: its figures can be held against no other's. */
  readonly lostWork?: boolean;
  /** Guests that were ended because an access could not be served, over all seeds. */
  readonly guestsKilled?: number;
  /** How long published alert rules held, over all guests and the host: mean over seeds, by the rule's name. */
  readonly alerts?: AlertTimes;
  /** Guests that admission control did not let be powered on, over all seeds; absent where there is none. */
  readonly guestsNotAdmitted?: number;
  /** Policies that gave no order in any run: they changed nothing. Absent where there is none. */
  readonly silentPolicies?: readonly string[];
  /**
   * Part of the way from the worst mix to each bound that it went, by the bound's name: 0 is the worst mix, 1 the
   * bound. By the slow-down of all work; absent where there is no such way.
   */
  readonly reached?: Readonly<Record<string, number>>;
  /** Its interval of 95 % over draws of seeds and guests; absent with one guest. */
  readonly reachedBetween?: Readonly<Record<string, { readonly low: number; readonly high: number }>>;
  /** Place among the mixes of its host size by slow-down of all work, 1 for the least; absent where it lost work. */
  readonly rank?: number;
  /** What it came to over draws of seeds and guests; absent where it lost work, with one guest, or with one mix. */
  readonly overGuests?: OverGuests;
  /** The figures of each run, by seed in the order of `seeds`. */
  readonly runs?: readonly RunResult[];
}

/** What one run did to one guest. */
export interface GuestFigures {
  readonly name: string;
  /** The recording that the seed drew for it, as the scenario names it; absent where it has one. */
  readonly take?: string;
  readonly busyNs: number;
  /** Waits of its accesses, and what reclaim took of its core. */
  readonly stallNs: number;
  /** The second part of that, where the host has so few `cores` that there is one. */
  readonly stolenNs?: number;
  readonly lifeNs: number;
  readonly delayNs: number;
  readonly stallP99Ns: number;
  readonly worstStallNs: number;
  /** Part of its work that it carried out: 1 = all. */
  readonly workDone: number;
  /** How long published alert rules held for it, by their names; absent where no driver in it tells what they ask. */
  readonly alerts?: AlertTimes;
  /** Why it did not live to the end of its work; absent where it did. */
  readonly ended?: 'killed' | 'not admitted';
}

/** The figures of one run. */
export interface RunResult extends Readonly<Record<Metric, number>> {
  readonly seed: number;
  readonly reclaimedPages: Readonly<Record<string, number>>;
  /** CPU time by account: `core` and each strategy. */
  readonly cpuNs: Readonly<Record<string, number>>;
  /** Guests ended because an access could not be served. */
  readonly guestsKilled: number;
  /** How long published alert rules held for the host, by their names; absent where no strategy swaps. */
  readonly alerts?: AlertTimes;
  /** In the order of the scenario. */
  readonly guests: readonly GuestFigures[];
  /** Every counter along the way, where the scenario or the command asked for it. */
  readonly series?: CounterSeries;
}

export interface Results {
  readonly schema: typeof RESULTS_SCHEMA;
  readonly scenario: string;
  /** A command line that gives these results, with the version it was given to; absent where no command was. */
  readonly command?: string;
  readonly seeds: readonly number[];
  /** Name of the mix that the others are compared with. */
  readonly baseline: string;
  /** The scenario file's text. */
  readonly scenarioText: string;
  /** What the figures rest on, in words, as printed below the table. */
  readonly assumptions?: readonly string[];
  /** Files that several guests have. */
  readonly copies: readonly Copies[];
  /** Every setting of each host, defaults filled in, by its memory in pages. */
  readonly hosts: readonly { readonly memoryPages: Pages; readonly settings: readonly SettledSetting[] }[];
  readonly costs: Readonly<Record<string, SettledCost>>;
  readonly hashes: {
    /** SHA-256 of the scenario file's text. */
    readonly scenario: string;
    /** SHA-256 of each dataset file, by the name that the scenario gives it. */
    readonly datasets: Readonly<Record<string, string>>;
    /** SHA-256 of each plugin file, by its name. */
    readonly plugins: Readonly<Record<string, string>>;
    /** Version of each package used. */
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly settings: {
    readonly hostMemoryPages: readonly Pages[];
    /** Configured memory of all guests together. */
    readonly guestPages: Pages;
    readonly check: boolean;
  };
  readonly mixes: readonly MixResult[];
  /** Mixes that no real host can have: lines to hold the others against. They are not among `mixes`. */
  readonly bounds: readonly MixResult[];
  /** Whether the order of the mixes is known to turn with what is assumed. */
  readonly order: KnownOrder;
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What only the program that ran an experiment can tell of it. */
export interface RunBy {
  readonly command?: string;
  readonly assumptions?: readonly string[];
}

/** Puts outcomes together: one entry for each host size and mix, in the order of the cells. */
export function resultsOf(
  experiment: Experiment,
  outcomes: readonly CellOutcome[],
  { command, assumptions }: RunBy = {},
): Results {
  const { file, plan, mixes, memories, seeds, datasetHashes, baseline } = experiment;
  const first = Math.max(
    0,
    mixes.findIndex(({ name }) => name === baseline),
  );
  const perMemory = memories.map((memory) => {
    const ofMemory = mixes.map((mix) =>
      outcomes.filter(({ cell }) => cell.memory === memory && cell.mix.name === mix.name),
    );
    const results = ofMemory.map((runs) => mixResult(experiment, runs, ofMemory[first]!));
    const bounds = results.filter((_, i) => mixes[i]!.bound === true);
    return {
      mixes: withPlaces(
        withReached(
          results.filter((_, i) => mixes[i]!.bound !== true),
          bounds,
        ),
      ),
      bounds,
    };
  });
  const pluginFiles = plan.modules.filter(({ specifier }) => isPath(specifier));
  return {
    schema: RESULTS_SCHEMA,
    scenario: file.scenario.name,
    ...(command === undefined ? {} : { command }),
    seeds,
    baseline,
    scenarioText: file.text,
    ...(assumptions === undefined ? {} : { assumptions }),
    copies: copiesIn(experiment),
    hosts: memories.map((memoryPages) => ({
      memoryPages,
      settings: settledHost(experiment, memoryPages),
    })),
    costs: settledCosts(experiment),
    hashes: {
      scenario: sha256(file.text),
      datasets: datasetHashes,
      plugins: Object.fromEntries(
        pluginFiles.map(({ specifier, folder }) => [
          basename(specifier),
          sha256(readFileSync(resolve(folder, specifier))),
        ]),
      ),
      versions: packageVersions(plan.modules.filter(({ specifier }) => !isPath(specifier))),
    },
    settings: {
      hostMemoryPages: memories,
      guestPages: configuredPages(experiment.guests),
      check: plan.check,
    },
    mixes: perMemory.flatMap(({ mixes: own }) => own),
    bounds: perMemory.flatMap(({ bounds }) => bounds),
    order: knownOrder(experiment),
  };
}

/** Results of runs that are done; undefined when one of them failed. */
function resultsDone(runs: readonly CellOutcome[]): readonly SimulationResult[] | undefined {
  const done = runs.flatMap(({ outcome }) => (outcome.kind === 'done' ? [outcome.result] : []));
  return done.length === runs.length ? done : undefined;
}

function mixResult(
  experiment: Experiment,
  runs: readonly CellOutcome[],
  baselineRuns: readonly CellOutcome[],
): MixResult {
  const { mix, memory } = runs[0]!.cell;
  const strategies = mix.strategies.map(({ id }) => id);
  const settled = settledMix(experiment, mix);
  const identity = { name: mix.name, strategies, settled, hostMemoryPages: memory };
  const done = resultsDone(runs);
  if (done === undefined) return { ...identity, error: whatFailed(runs) };
  const baseline = resultsDone(baselineRuns);
  const silent = silentPolicies(done);
  const refused = done.reduce((sum, { guestsNotAdmitted }) => sum + guestsNotAdmitted, 0);
  return {
    ...identity,
    summary: {
      ...figures((metric) => interval(done.map(({ summary }) => summary[metric]))),
      reclaimedPages: Object.fromEntries(
        strategies.map((id) => [
          id,
          roundedInterval(interval(done.map(({ summary }) => summary.reclaimedPages[id] ?? 0))),
        ]),
      ),
    },
    ...(baseline === undefined
      ? {}
      : {
          againstBaseline: figures((metric) =>
            pairedDifference(
              done.map(({ summary }) => summary[metric]),
              baseline.map(({ summary }) => summary[metric]),
            ),
          ),
        }),
    lostWork: done.some(({ summary }) => summary.workDone < 1),
    guestsKilled: done.reduce((sum, { guestsKilled }) => sum + guestsKilled, 0),
    alerts: mixAlerts(done),
    ...(refused === 0 ? {} : { guestsNotAdmitted: refused }),
    ...(silent.length === 0 ? {} : { silentPolicies: silent }),
    runs: done.map((result, i) => runResult(experiment, result, runs[i]!.cell.seed, strategies)),
  };
}

/** A policy in place of the default one that orders nothing would else look like a good one. */
function silentPolicies(done: readonly SimulationResult[]): readonly string[] {
  const ids = new Set(done.flatMap(({ policies }) => policies.map(({ id }) => id)));
  const ordered = (id: string): boolean =>
    done.some(({ policies }) => policies.some((one) => one.id === id && one.orders > 0));
  return [...ids].filter((id) => !ordered(id));
}

function figures(of: (metric: Metric) => Interval): Readonly<Record<Metric, Interval>> {
  return Object.fromEntries(METRICS.map((metric) => [metric, roundedInterval(of(metric))])) as Record<
    Metric,
    Interval
  >;
}

/** The figures of a run of a scenario. @param ids of its mix's strategies */
export function runResult(
  { file }: Pick<Experiment, 'file'>,
  { summary, cpuNs, guests, guestsKilled, alerts, series }: SimulationResult,
  seed: number,
  ids: readonly string[],
): RunResult {
  return {
    seed,
    ...(Object.fromEntries(METRICS.map((metric) => [metric, exactOrRounded(summary[metric])])) as Record<
      Metric,
      number
    >),
    reclaimedPages: Object.fromEntries(
      ids.map((id) => [id, exactOrRounded(summary.reclaimedPages[id] ?? 0) as number]),
    ),
    cpuNs: Object.fromEntries(
      Object.keys(cpuNs)
        .sort()
        .map((account) => [account, exactOrRounded(cpuNs[account]!) as number]),
    ),
    guestsKilled,
    ...(alerts === undefined ? {} : { alerts }),
    guests: guests.map((guest, i) => guestFigures(guest, file.scenario.guests[i]!)),
    ...(series.counters === undefined ? {} : { series: roundedSeries(series.counters) }),
  };
}

function guestFigures(guest: GuestResult, described: ScenarioGuest): GuestFigures {
  const ended =
    guest.notAdmitted === undefined ? (guest.killed === undefined ? undefined : 'killed') : 'not admitted';
  return {
    name: guest.name,
    ...(guest.take === undefined ? {} : { take: filesOf(described)[guest.take - 1]!.file }),
    ...ofGuest((figure) => exactOrRounded(guest[figure]) as number),
    ...(guest.stolenNs === undefined ? {} : { stolenNs: guest.stolenNs }),
    ...(guest.alerts === undefined ? {} : { alerts: guest.alerts }),
    ...(ended === undefined ? {} : { ended }),
  };
}

const GUEST_FIGURES = [
  'busyNs',
  'stallNs',
  'lifeNs',
  'delayNs',
  'stallP99Ns',
  'worstStallNs',
  'workDone',
] as const;
type GuestFigure = (typeof GUEST_FIGURES)[number];

function ofGuest(of: (figure: GuestFigure) => number): Readonly<Record<GuestFigure, number>> {
  return Object.fromEntries(GUEST_FIGURES.map((figure) => [figure, of(figure)])) as Record<
    GuestFigure,
    number
  >;
}

/** Whole numbers stay as they are, fractions (rates, charges of shared frames) get six digits. */
function roundedSeries({ timeNs, host, vms }: CounterSeries): CounterSeries {
  return {
    timeNs,
    host: roundedColumns(host),
    vms: Object.fromEntries(Object.entries(vms).map(([name, columns]) => [name, roundedColumns(columns)])),
  };
}

function roundedColumns(columns: Columns): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, column.map(exactOrRounded)]),
  );
}

function exactOrRounded(value: number | string | null): number | string | null {
  return typeof value === 'number' && !Number.isInteger(value) ? rounded(value) : value;
}

function whatFailed(runs: readonly CellOutcome[]): string {
  return runs
    .flatMap(({ cell, outcome }) => (outcome.kind === 'failed' ? [`seed ${cell.seed}: ${outcome.what}`] : []))
    .join('; ');
}

/** The bytes of results.json and of `compare --json`. */
export function resultsJson(results: Results): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
