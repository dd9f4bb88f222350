/**
 * From a scenario to the cells of an experiment: mixes × host sizes × seeds, everything named found, read, hashed and
 * fitted together before the first run begins.
 */
import type { GuestDrivers, Pages } from '@overbook/core';
import { composeHost, isOverbookError, OverbookError, pages } from '@overbook/core';
import type { GuestSpec } from '@overbook/sim';
import { vmOf } from '@overbook/sim';

import type { ModuleRequest } from '../plugins/load-plugins.ts';
import { PluginCatalogue } from '../plugins/load-plugins.ts';
import { ladderEntries } from '../scenario/pressure-keys.ts';
import type { HostMemorySize } from '../scenario/quantity.ts';
import type { ScenarioFile } from '../scenario/read-scenario.ts';
import { hostRightsOf } from '../scenario/rights.ts';
import type { Scenario } from '../scenario/schema.ts';
import { didYouMean } from '../scenario/suggest.ts';
import { DatasetShelf, hashDatasets } from './datasets.ts';
import { checkContents, configuredPages, guestSpecs } from './guests.ts';
import { addedMixes } from './added-mixes.ts';
import type { Overrides } from './overrides.ts';
import { checkSalts } from './salts.ts';
import type { Mix } from './mixes.ts';
import { modulesInMixes, modulesListed, resolveMixes } from './mixes.ts';

/** One run: a pure function of this and the experiment's plan. */
export interface Cell {
  readonly index: number;
  readonly mix: Mix;
  readonly memory: Pages;
  readonly seed: number;
}

/** Everything that runs need, as plain data: it crosses to worker threads as it stands. */
export interface Plan {
  readonly scenario: Scenario;
  readonly datasets: string;
  readonly modules: readonly ModuleRequest[];
  readonly check: boolean;
  /** Period of the series of all counters, in milliseconds; absent: no such series. */
  readonly series?: number;
}

export interface Experiment {
  readonly file: ScenarioFile;
  readonly plan: Plan;
  readonly catalogue: PluginCatalogue;
  readonly guests: readonly GuestSpec[];
  readonly shelf: DatasetShelf;
  readonly mixes: readonly Mix[];
  /** Host sizes in pages. */
  readonly memories: readonly Pages[];
  readonly seeds: readonly number[];
  /** Host sizes, then mixes, then seeds. */
  readonly cells: readonly Cell[];
  /** SHA-256 of each dataset file. */
  readonly datasetHashes: Readonly<Record<string, string>>;
}

/** Makes an experiment of a scenario. @throws OverbookError, or ProblemsError with several, for whatever is wrong */
export async function planExperiment(file: ScenarioFile, overrides: Overrides = {}): Promise<Experiment> {
  const { scenario } = file;
  const datasetHashes = hashDatasets(file);
  const modules = [...modulesListed(file), ...modulesInMixes(file), ...(overrides.plugins ?? [])];
  const catalogue = await PluginCatalogue.load(modules);
  const all = [...(await resolveMixes(file, catalogue)), ...(await addedMixes(file, catalogue, overrides))];
  for (const { id, path } of ladderEntries(scenario.host.memoryStates))
    catalogue.get(id, 'strategy', file.place(path));
  checkSalts(file, all, catalogue);
  const mixes = pickMixes(all, overrides.mixes);
  const shelf = new DatasetShelf(file.datasets);
  const guests = await guestSpecs(scenario, shelf);
  checkContents(guests, scenario.host.store, (guest) => file.place(['guests', guest]));
  const memories = hostSizes(overrides.hostMemory ?? scenarioMemory(scenario), guests);
  const seeds = overrides.seeds ?? scenario.seeds;
  const cells = memories.flatMap((memory) =>
    mixes.flatMap((mix) => seeds.map((seed) => ({ mix, memory, seed }))),
  );
  const experiment: Experiment = {
    file,
    plan: planOf(file, modules, overrides),
    catalogue,
    guests,
    shelf,
    mixes,
    memories,
    seeds,
    cells: cells.map((cell, index) => ({ ...cell, index })),
    datasetHashes,
  };
  for (const memory of memories) for (const mix of mixes) rehearse(experiment, mix, memory);
  return experiment;
}

function planOf(
  { scenario, datasets }: ScenarioFile,
  modules: readonly ModuleRequest[],
  overrides: Overrides,
): Plan {
  const series = overrides.series ?? scenario.series;
  return {
    scenario,
    datasets,
    modules,
    check: overrides.check ?? scenario.check,
    ...(series === undefined ? {} : { series }),
  };
}

function pickMixes(mixes: readonly Mix[], wanted: readonly string[] | undefined): readonly Mix[] {
  if (wanted === undefined) return mixes;
  const names = mixes.map(({ name }) => name);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    throw new OverbookError(
      'OVB_MIX_UNKNOWN',
      '--mix',
      `the scenario has no mix '${name}'`,
      didYouMean(name, names, 'Mixes'),
    );
  }
  return mixes.filter(({ name }) => wanted.includes(name));
}

function scenarioMemory({ host: { memory } }: Scenario): readonly HostMemorySize[] {
  return Array.isArray(memory) ? (memory as readonly HostMemorySize[]) : [memory as HostMemorySize];
}

function hostSizes(sizes: readonly HostMemorySize[], guests: readonly GuestSpec[]): readonly Pages[] {
  return [
    ...new Set(
      sizes.map((size) =>
        typeof size === 'number'
          ? size
          : pages(Math.floor((configuredPages(guests) * size.percentOfGuests) / 100)),
      ),
    ),
  ];
}

const NO_DRIVERS: GuestDrivers = {
  hasDriver: () => false,
  statistics: () => undefined,
  inflate: () => 0,
  deflate: () => 0,
  reportFree: () => 0,
};

/**
 * Composes a mix's host and lets it go: needs that the host does not give, kinds with two owners and impossible sizes
 * show before the first run. What a plugin throws by itself is left to the run, which fails by its name.
 */
function rehearse({ plan, catalogue, guests, file }: Experiment, mix: Mix, memory: Pages): void {
  const { host } = plan.scenario;
  const isOwn = Object.hasOwn(plan.scenario.mixes, mix.name);
  const place = isOwn ? file.place(['mixes', mix.name], true) : file.path;
  try {
    composeHost({
      name: `${place}: mix '${mix.name}'`,
      memory,
      vms: guests.map(vmOf),
      ...hostRightsOf(plan.scenario),
      ...chosenPlugins(catalogue, mix),
      memoryStates: mix.memoryStates ?? host.memoryStates,
      store: host.store,
      ...(host.reserve === undefined ? {} : { reserve: host.reserve }),
      edges: { guests: NO_DRIVERS },
    }).dispose();
  } catch (error) {
    if (isOverbookError(error)) throw placed(error, file);
  }
}

/** An error about one VM or pool of a host, at the line that describes it. */
function placed(error: OverbookError, { scenario, place }: ScenarioFile): OverbookError {
  const [, what, name] = /(?:^|: )(vm|pool) (\S+)$/.exec(error.at) ?? [];
  if (what === undefined || name === undefined) return error;
  const guest = scenario.guests.findIndex((one) => one.name === name);
  const at = what === 'pool' ? place(['pools', name], true) : place(['guests', guest, 'name']);
  return new OverbookError(error.code, at, `${what} ${name}: ${error.what}`, error.mend, error);
}

/** A mix's plugins with their options, as the simulator takes them. */
export function chosenPlugins(catalogue: PluginCatalogue, mix: Mix) {
  return {
    strategies: mix.strategies.map(({ id, options }) => ({
      plugin: catalogue.strategy(id, mix.name),
      ...(options === undefined ? {} : { options }),
    })),
    ...(mix.policies === undefined
      ? {}
      : {
          policies: mix.policies.map(({ id, options }) => ({
            plugin: catalogue.policy(id, mix.name),
            ...(options === undefined ? {} : { options }),
          })),
        }),
  };
}
