/** A study with everything in it found and checked, and its cells in order: points, then mixes, then seeds. */
import { resolve } from 'node:path';

import type { Json } from '@overbook/core';
import { OverbookError, isOverbookError } from '@overbook/core';
import type { Experiment, ScenarioFile } from '@overbook/lab';
import {
  LoadedDatasets,
  ProblemsError,
  datasetPaths,
  didYouMean,
  hashDatasets,
  parseMadeScenario,
  planExperiment,
  shippedCommonContents,
} from '@overbook/lab';

import type { StudyCell } from './cells/cell.ts';
import { PointKeys } from './cells/cell.ts';
import type { StudyFile } from './file/read-study.ts';
import type { Axis, Point } from './vary/points.ts';
import { Points, axesOf } from './vary/points.ts';
import type { PlainScenario, Setter } from './vary/settings-path.ts';
import { settingPath } from './vary/settings-path.ts';

/** Points that are planned whole before the first run: all extremes of few axes. */
const PLANNED_MAX = 24;

/** What a study has at one point, beside the values. */
export interface PlannedPoint {
  readonly index: number;
  readonly values: Point;
  /** In the order of the study's mixes, then seeds. */
  readonly cells: readonly StudyCell[];
}

export interface StudyMix {
  readonly name: string;
  /** No real host can have it. */
  readonly bound: boolean;
}

export interface PlanOptions {
  /** Hosts and guests of any size: also those that make no sense or that the machine may not hold. */
  readonly anySize?: boolean;
}

export class Study {
  readonly file: StudyFile;
  readonly mixes: readonly StudyMix[];
  readonly seeds: readonly number[];
  readonly axes: readonly Axis[];
  readonly loaded: LoadedDatasets;
  /** As `compare` would plan its first point: for what is told of the scenario. */
  readonly first: Experiment;
  readonly #setters: ReadonlyMap<string, Setter>;
  readonly #points: Points;

  private constructor(
    parts: Pick<Study, 'file' | 'mixes' | 'seeds' | 'axes' | 'loaded' | 'first'>,
    setters: ReadonlyMap<string, Setter>,
  ) {
    this.file = parts.file;
    this.mixes = parts.mixes;
    this.seeds = parts.seeds;
    this.axes = parts.axes;
    this.#points = new Points(parts.axes, parts.file.settings.sample);
    this.loaded = parts.loaded;
    this.first = parts.first;
    this.#setters = setters;
  }

  /** @throws OverbookError, or ProblemsError with several, for whatever is wrong with it */
  static async plan(file: StudyFile, { anySize = false }: PlanOptions = {}): Promise<Study> {
    const axes = studyAxes(file);
    checkPromise(file);
    const setters = settersOf(file, axes);
    const loaded = new LoadedDatasets();
    const seeds = seedsOf(file);
    const mixes = namesOf(file);
    const planned = new Map<string, Experiment>();
    for (const values of extremes(file, axes)) {
      const scenario = scenarioAt(file, setters, values);
      const plan = (): Promise<Experiment> =>
        planExperiment(scenario, { mixes, seeds, ...(anySize && { anySize }) }, loaded);
      planned.set(JSON.stringify(values), await placed(file, setters, values, plan));
    }
    const first = [...planned.values()][0]!;
    const bounds = new Set(first.mixes.flatMap(({ name, bound }) => (bound === true ? [name] : [])));
    const parts = { file, seeds, axes, loaded, first };
    return new Study({ ...parts, mixes: mixes.map((name) => ({ name, bound: bounds.has(name) })) }, setters);
  }

  get points(): number {
    return this.#points.count;
  }

  /** Runs that a full study has: of a search, those of every value that it may try. */
  get cells(): number {
    return this.points * this.mixes.length * this.seeds.length;
  }

  /** Values of the axes. @param index from 0 */
  valuesAt(index: number): Point {
    return this.#points.at(index);
  }

  /** @throws ProblemsError for values that do not fit the scenario */
  point(index: number): PlannedPoint {
    const values = this.#points.at(index);
    return { index, values, cells: this.cellsAt(values, index) };
  }

  /** Paths of all dataset files that some point uses, by the name that the scenario gives them. */
  datasetPaths(): ReadonlyMap<string, string> {
    const { find } = this.file.settings;
    const searched = find === undefined ? {} : { [(find.most ?? find.least)!]: find.from };
    const paths = new Map<string, string>();
    for (let index = 0; index < this.points; index++) {
      const scenario = scenarioAt(this.file, this.#setters, { ...this.valuesAt(index), ...searched });
      for (const [name, path] of datasetPaths(scenario)) paths.set(name, path);
    }
    return paths;
  }

  /** The cells at any values of the axes, and of others that have a path in the scenario. */
  cellsAt(values: Point, index: number): readonly StudyCell[] {
    const scenario = scenarioAt(this.file, this.#setters, values);
    const datasets = { ...hashDatasets(scenario, this.loaded.hashes), ...shippedCommonContents() };
    const keys = new PointKeys(scenario, datasets);
    const path = resolve(scenario.path);
    return this.mixes.flatMap(({ name }) => {
      const { text, plugins } = mixOf(scenario, name);
      return this.seeds.map((seed) => {
        const request = { path, text, mix: name, seed, datasets };
        return { key: keys.keyOf(name, seed), point: index, values, request, plugins };
      });
    });
  }
}

/** A host that grows with its guests has room for any number of them. @throws OVB_STUDY_INVALID */
function checkPromise({ settings, scenario, place }: StudyFile): void {
  const { memory } = scenario.scenario.host;
  const searched = settings.find?.most;
  const isVaried = Object.hasOwn(settings.vary, 'host.memory');
  const isPart = (Array.isArray(memory) ? memory : [memory]).some((size) => typeof size === 'object');
  if (searched === undefined || !/^guests\..*\.count$/.test(searched) || isVaried || !isPart) return;
  const what = "the host's memory is a part of its guests', so it grows with their number";
  const mend = 'Vary `host.memory` over one size or more, as in `host.memory: [512 MiB]`.';
  throw new OverbookError('OVB_STUDY_INVALID', place(['find', 'most']), what, mend);
}

/** What varies: of a scenario with several host sizes, those too. */
function studyAxes({ settings, scenario }: StudyFile): readonly Axis[] {
  const axes = axesOf(settings.vary);
  const sizes = (scenario.plain as { host?: { memory?: Json } }).host?.memory;
  const searched = settings.find?.least ?? settings.find?.most;
  if (!Array.isArray(sizes) || searched === 'host.memory') return axes;
  if (axes.some(({ path }) => path === 'host.memory')) return axes;
  return [...axesOf({ 'host.memory': sizes }), ...axes];
}

/** How each path is set. @throws ProblemsError of OVB_STUDY_PATH, all at once */
function settersOf(file: StudyFile, axes: readonly Axis[]): ReadonlyMap<string, Setter> {
  const { find } = file.settings;
  const problems: OverbookError[] = [];
  const setters = new Map<string, Setter>();
  const take = (path: string, place: () => string): void => {
    const found = settingPath(path, plainOf(file));
    if (typeof found === 'function') setters.set(path, found);
    else problems.push(new OverbookError('OVB_STUDY_PATH', place(), found.what, found.mend));
  };
  for (const { path } of axes) take(path, () => file.place(['vary', path], true));
  if (find !== undefined) {
    const key = find.most === undefined ? 'least' : 'most';
    take(find[key]!, () => file.place(['find', key]));
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return setters;
}

/** The scenario as its file says it, with the study's mixes alone: options of the others are none of its. */
function plainOf(file: StudyFile): PlainScenario {
  const plain = file.scenario.plain as PlainScenario & { readonly mixes: Readonly<Record<string, unknown>> };
  return { ...plain, mixes: Object.fromEntries(namesOf(file).map((name) => [name, plain.mixes[name]])) };
}

function seedsOf({ settings: { seeds }, scenario }: StudyFile): readonly number[] {
  if (seeds === undefined) return scenario.scenario.seeds;
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds;
}

function namesOf(file: StudyFile): readonly string[] {
  const known = Object.keys(file.scenario.scenario.mixes);
  const { mixes } = file.settings;
  const wrong = (mixes ?? []).findIndex((name) => !known.includes(name));
  if (wrong < 0) return mixes ?? known;
  const name = mixes![wrong]!;
  const what = `the scenario has no mix '${name}'`;
  throw new OverbookError(
    'OVB_MIX_UNKNOWN',
    file.place(['mixes', wrong]),
    what,
    didYouMean(name, known, 'Mixes'),
  );
}

/** Points at which everything is planned before the first run: the first, and each axis at its ends. */
function extremes(file: StudyFile, axes: readonly Axis[]): readonly Point[] {
  const { sample, find } = file.settings;
  const first = new Points(axes, sample).at(0);
  const ends = axes.flatMap(({ path, at, values }): readonly Point[] => {
    const both = [values?.[0] ?? at(0), values?.at(-1) ?? at(1 - Number.EPSILON)];
    return both.map((value) => ({ ...first, [path]: value }));
  });
  const searched = find?.least ?? find?.most;
  const all =
    searched === undefined
      ? [first, ...ends]
      : [first, ...ends].flatMap((values): readonly Point[] => [
          { ...values, [searched]: find!.from },
          { ...values, [searched]: find!.to },
        ]);
  const distinct = new Map(all.map((values) => [JSON.stringify(values), values]));
  return [...distinct.values()].slice(0, PLANNED_MAX);
}

/** The scenario with these values set. @throws ProblemsError of OVB_STUDY_PATH */
function scenarioAt(file: StudyFile, setters: ReadonlyMap<string, Setter>, values: Point): ScenarioFile {
  const changed = structuredClone(plainOf(file));
  for (const [path, value] of Object.entries(values)) setters.get(path)!(changed, value);
  try {
    return parseMadeScenario(file.scenario.path, JSON.stringify(changed));
  } catch (error) {
    throw atPath(file, blamed(file, setters, values), error);
  }
}

/** Awaits what is planned with these values; its errors are told at the path that they come from. */
async function placed<T>(
  file: StudyFile,
  setters: ReadonlyMap<string, Setter>,
  values: Point,
  plan: () => Promise<T>,
): Promise<T> {
  try {
    return await plan();
  } catch (error) {
    throw atPath(file, values, error);
  }
}

/** Of several values the one that does not fit by itself; else all of them. */
function blamed(file: StudyFile, setters: ReadonlyMap<string, Setter>, values: Point): Point {
  for (const [path, value] of Object.entries(values)) {
    const changed = structuredClone(plainOf(file));
    setters.get(path)!(changed, value);
    try {
      parseMadeScenario(file.scenario.path, JSON.stringify(changed));
    } catch {
      return { [path]: value };
    }
  }
  return values;
}

/** An error of a scenario that no file holds: told at the study's own line, with the values that made it. */
function atPath(file: StudyFile, values: Point, error: unknown): unknown {
  const [path] = Object.keys(values);
  if (!isOverbookError(error) || path === undefined) return error;
  const { find } = file.settings;
  const isSearched = path === find?.least || path === find?.most;
  const at = isSearched ? file.place(['find']) : file.place(['vary', path]);
  const given = Object.entries(values)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  const problems = error instanceof ProblemsError ? error.problems : [error];
  // Several mixes may have the same fault.
  const distinct = new Map(problems.map((problem) => [problem.what, problem]));
  const told = [...distinct.values()].map(
    ({ what, mend, subject }) =>
      new OverbookError('OVB_STUDY_PATH', at, `with ${given}: ${what}`, mend, error, subject),
  );
  return new ProblemsError(told);
}

/** The scenario with one mix alone, as text; and the plugins of that mix as the scenario names them. */
function mixOf(
  { plain, scenario }: ScenarioFile,
  name: string,
): { readonly text: string; readonly plugins: readonly string[] } {
  const all = plain as { readonly mixes: Readonly<Record<string, unknown>> };
  const { strategies, policies = [] } = scenario.mixes[name]!;
  return {
    text: JSON.stringify({ ...all, mixes: { [name]: all.mixes[name] } }),
    plugins: [...strategies, ...policies].map((entry) =>
      typeof entry === 'string' ? entry : Object.keys(entry)[0]!,
    ),
  };
}
