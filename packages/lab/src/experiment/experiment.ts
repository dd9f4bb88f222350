/**
 * From a scenario to the cells of an experiment: mixes × host sizes × seeds, everything named found, read, hashed and
 * fitted together before the first run begins.
 */
import type { Pages } from '@overbook/core';
import { OverbookError, isOverbookError, toPages } from '@overbook/core';
import type { GuestSpec } from '@overbook/sim';
import { checkSpread, costTable, rehearseSimulation } from '@overbook/sim';

import type { ModuleRequest } from '../plugins/load-plugins.ts';
import { addedMixHint } from '../plugins/other-names.ts';
import { PluginCatalogue, SHIPPED } from '../plugins/load-plugins.ts';
import { ladderEntries } from '../scenario/pressure-keys.ts';
import type { HostMemorySize } from '../scenario/quantity.ts';
import type { ScenarioFile } from '../scenario/read-scenario.ts';
import type { Scenario } from '../scenario/schema.ts';
import { didYouMean } from '../scenario/suggest.ts';
import { COMMON_CONTENTS, hashOfCommonContents } from './common-contents.ts';
import { DatasetShelf, hashDatasets } from './datasets.ts';
import { configuredPages, guestSpecs } from './guests.ts';
import { LoadedDatasets } from './loaded-datasets.ts';
import { addedMixes } from './added-mixes.ts';
import { runSettingsOf } from './described.ts';
import type { Overrides } from './overrides.ts';
import { checkSizes } from './check-sizes.ts';
import { checkSalts } from './salts.ts';
import { tryPlan } from './trial.ts';
import type { Mix } from './mix.ts';
import type { Cell, Plan } from './plan.ts';
import { configOf } from './run-cell.ts';
import { modulesInMixes, modulesListed, resolveMixes } from './mixes.ts';

export interface Experiment {
  readonly file: ScenarioFile;
  readonly plan: Plan;
  readonly catalogue: PluginCatalogue;
  readonly guests: readonly GuestSpec[];
  readonly shelf: DatasetShelf;
  readonly mixes: readonly Mix[];
  /** Name of the mix that the others are compared with. */
  readonly baseline: string;
  /** Host sizes in pages. */
  readonly memories: readonly Pages[];
  readonly seeds: readonly number[];
  /** Host sizes, then mixes, then seeds. */
  readonly cells: readonly Cell[];
  /** SHA-256 of each dataset file. */
  readonly datasetHashes: Readonly<Record<string, string>>;
  /** Mixes without a last resort on a host that may fall short: they may have to end guests. */
  readonly mayStarve: readonly string[];
}

/** Makes an experiment of a scenario. @throws OverbookError, or ProblemsError with several, for whatever is wrong */
export async function planExperiment(
  file: ScenarioFile,
  overrides: Overrides = {},
  loaded = new LoadedDatasets(),
): Promise<Experiment> {
  const brought = [...modulesListed(file), ...modulesInMixes(file), ...(overrides.plugins ?? [])];
  if (brought.some(({ specifier }) => !SHIPPED.includes(specifier)))
    await tryPlan(file.path, file.text, overrides);
  return planHere(file, overrides, loaded);
}

/** The same in this thread, whatever plugins there are. @param loaded what several experiments have in common */
export async function planHere(
  file: ScenarioFile,
  overrides: Overrides,
  loaded = new LoadedDatasets(),
): Promise<Experiment> {
  const { scenario } = file;
  const datasetHashes = hashDatasets(file, loaded.hashes);
  const modules = [...modulesListed(file), ...modulesInMixes(file), ...(overrides.plugins ?? [])];
  const catalogue = await PluginCatalogue.load(modules);
  const marked = (mix: Mix): Mix => (isBound(mix, catalogue) ? { ...mix, bound: true } : mix);
  const own = (await resolveMixes(file, catalogue)).map(marked);
  const added = (await addedMixes(file, catalogue, overrides, own)).map(marked);
  const all = [...own, ...added];
  for (const { id, path } of ladderEntries(scenario.host.memoryStates))
    catalogue.get(id, 'strategy', file.place(path));
  checkSalts(file, all, catalogue);
  const mixes = pickMixes(
    all,
    overrides.mixes,
    all.slice(own.length, own.length + (overrides.added?.length ?? 0)),
  );
  const baseline = baselineOf(mixes, overrides.baseline);
  const shelf = new DatasetShelf(file, datasetHashes, loaded);
  const common = file.places?.[COMMON_CONTENTS];
  const guests = await guestSpecs(scenario, shelf, common);
  const memories = hostSizes(overrides.hostMemory ?? scenarioMemory(scenario), guests);
  if (overrides.anySize !== true)
    for (const memory of memories)
      checkSizes(file.place(['host', 'memory']), guests, memory, scenario.host.store);
  const seeds = overrides.seeds ?? scenario.seeds;
  const cells = memories.flatMap((memory) =>
    mixes.flatMap((mix) => seeds.map((seed) => ({ mix, memory, seed }))),
  );
  try {
    checkSpread(runSettingsOf(scenario), guests, costTable(scenario.costs));
  } catch (error) {
    throw isOverbookError(error) ? placed(error, file) : error;
  }
  const experiment: Omit<Experiment, 'mayStarve'> = {
    file,
    plan: planOf(file, modules, overrides),
    catalogue,
    guests,
    shelf,
    mixes,
    baseline,
    memories,
    seeds,
    cells: cells.map((cell, index) => ({ ...cell, index })),
    datasetHashes: { ...datasetHashes, ...hashOfCommonContents(guests, common) },
  };
  return { ...experiment, mayStarve: rehearse(experiment) };
}

function planOf({ scenario }: ScenarioFile, modules: readonly ModuleRequest[], overrides: Overrides): Plan {
  const series = overrides.series ?? scenario.series;
  return {
    scenario,
    modules,
    check: overrides.check ?? scenario.check,
    ...(series === undefined ? {} : { series }),
  };
}

/** The mixes that are wanted, in the order in which they were asked for, then those that were added by hand. */
function pickMixes(
  mixes: readonly Mix[],
  wanted: readonly string[] | undefined,
  added: readonly Mix[],
): readonly Mix[] {
  if (wanted === undefined) return mixes;
  return [...new Set([...wanted.map((name) => mixNamed(mixes, name, '--mix')), ...added])];
}

function isBound({ name, strategies }: Mix, catalogue: PluginCatalogue): boolean {
  return strategies.some(({ id }) => catalogue.strategy(id, name).bound !== undefined);
}

/** The mix of that name, else the first; no bound, unless there is nothing else. */
function baselineOf(mixes: readonly Mix[], wanted: string | undefined): string {
  const real = mixes.filter(({ bound }) => bound !== true);
  if (wanted === undefined) return (real[0] ?? mixes[0]!).name;
  if (mixes.some(({ name, bound }) => name === wanted && bound === true))
    throw new OverbookError(
      'OVB_MIX_UNKNOWN',
      '--baseline',
      `'${wanted}' is a bound, which no mix is ranked with`,
      `Name a mix: ${real.map(({ name }) => name).join(', ')}. Tables tell how far each went to the bound.`,
    );
  return mixNamed(real, wanted, '--baseline').name;
}

function mixNamed(mixes: readonly Mix[], name: string, option: string): Mix {
  const found = mixes.find((mix) => mix.name === name);
  if (found !== undefined) return found;
  const names = mixes.map((mix) => mix.name);
  const what = option === '--baseline' ? `no mix '${name}' is run` : `the scenario has no mix '${name}'`;
  const hint = option === '--baseline' ? undefined : addedMixHint(name);
  const mend = [didYouMean(name, names, 'Mixes'), ...(hint === undefined ? [] : [hint])].join(' ');
  throw new OverbookError('OVB_MIX_UNKNOWN', option, what, mend);
}

export function scenarioMemory({ host: { memory } }: Scenario): readonly HostMemorySize[] {
  return Array.isArray(memory) ? (memory as readonly HostMemorySize[]) : [memory as HostMemorySize];
}

/** Host sizes in pages, each once. */
export function hostSizes(sizes: readonly HostMemorySize[], guests: readonly GuestSpec[]): readonly Pages[] {
  return [
    ...new Set(
      sizes.map((size) =>
        typeof size === 'number'
          ? size
          : toPages(Math.floor((configuredPages(guests) * size.percentOfGuests) / 100)),
      ),
    ),
  ];
}

/**
 * Composes the hosts of an experiment, each as its runs will, and disposes them: needs that a host does not give,
 * kinds with two owners and impossible sizes show before the first run. What a plugin throws by itself is left to
 * the run, which fails by its name.
 * @returns mixes that may have to end guests
 */
function rehearse(experiment: Omit<Experiment, 'mayStarve'>): readonly string[] {
  const { plan, catalogue, guests, file, cells, seeds } = experiment;
  const mayStarve = new Set<string>();
  for (const cell of cells.filter(({ seed }) => seed === seeds[0])) {
    const { name } = cell.mix;
    const isOwn = Object.hasOwn(plan.scenario.mixes, name);
    const place = isOwn ? file.place(['mixes', name], true) : file.path;
    try {
      const config = configOf(plan, cell, catalogue, guests, {});
      const host = rehearseSimulation({ ...config, name: `${place}: mix '${name}'` });
      if (host.mayStarve) mayStarve.add(name);
    } catch (error) {
      if (isOverbookError(error)) throw placed(error, file);
    }
  }
  return [...mayStarve];
}

/** An error about one VM, pool or setting of a host, at the line that describes it. */
function placed(error: OverbookError, { scenario, place }: ScenarioFile): OverbookError {
  const { code, what, mend, subject } = error;
  const { vm, pool, setting: key = '' } = subject;
  const i = scenario.guests.findIndex(({ name }) => name === vm);
  if (vm !== undefined && i >= 0) {
    const at = place(['guests', i, Object.hasOwn(scenario.guests[i]!, key) ? key : 'name']);
    return new OverbookError(code, at, `guest '${vm}': ${what}`, mend, error, subject);
  }
  const path = key.split('.');
  if (vm === undefined && pool === undefined && path[0] === 'host')
    return new OverbookError(code, place(path), what, mend, error, subject);
  if (pool === undefined) return error;
  const at = place(['pools', pool], true);
  return new OverbookError(code, at, `pool '${pool}': ${what}`, mend, error, subject);
}
