/** Runs of any scenarios one at a time, each named by the scenario's text alone: what a study is made of. */
import { OverbookError, isOverbookError } from '@overbook/core';

import type { RunResult } from '../results/results.ts';
import { runResult } from '../results/results.ts';
import { parseMadeScenario } from '../scenario/read-scenario.ts';
import type { Experiment } from './experiment.ts';
import { planHere } from './experiment.ts';
import { LoadedDatasets } from './loaded-datasets.ts';
import type { Mix } from './mix.ts';
import type { CellHooks, Outcome } from './run-cell.ts';
import { runCell } from './run-cell.ts';

/** A run as plain data that can be sent anywhere. */
export interface CellRequest {
  /** Where the scenario would lie: paths in it are relative to that. */
  readonly path: string;
  /** The scenario as JSON, with one host size. */
  readonly text: string;
  readonly mix: string;
  readonly seed: number;
  /** SHA-256 of each dataset: where a file here has another, the run is refused. */
  readonly datasets?: Readonly<Record<string, string>>;
  /** Where files lie that the scenario names, beside where it says; by name. */
  readonly places?: Readonly<Record<string, string>>;
}

/** What a run came to, without what happened along its way. */
export interface CellFigures {
  readonly mix: string;
  readonly strategies: readonly string[];
  /** No real host can have the mix: it is a line to hold others against. */
  readonly bound?: true;
  readonly hostMemoryPages: number;
  readonly run: RunResult;
}

export type CellAnswer =
  | { readonly kind: 'done'; readonly figures: CellFigures }
  | Exclude<Outcome, { kind: 'done' }>;

/** Told when all is planned and the run begins. */
export type BeginsCell = () => void;

/** Scenarios that stay planned: the mixes and seeds of a point follow each other. */
const PLANNED = 4;

/** Runs cells on one set of datasets. Not for several at a time. */
export class CellRunner {
  readonly #loaded: LoadedDatasets;
  readonly #planned = new Map<string, Promise<Experiment>>();

  constructor(loaded: LoadedDatasets = new LoadedDatasets()) {
    this.#loaded = loaded;
  }

  /** Runs a cell; what goes wrong is told, not thrown, unless it is our own fault. */
  async run(request: CellRequest, hooks: CellHooks = {}, begins?: BeginsCell): Promise<CellAnswer> {
    let experiment: Experiment;
    try {
      experiment = await this.#experimentOf(request);
    } catch (error) {
      if (isOverbookError(error)) return refused(error);
      throw error;
    }
    const other = otherDataset(request.datasets, experiment.datasetHashes);
    if (other !== undefined) return refused(other);
    const { plan, catalogue, guests, memories, file } = experiment;
    const mix = experiment.mixes.find(({ name }) => name === request.mix)!;
    const cell = { index: 0, mix, memory: memories[0]!, seed: request.seed };
    begins?.();
    const outcome = runCell(plan, cell, catalogue, guests, hooks);
    if (outcome.kind !== 'done') return outcome;
    return {
      kind: 'done',
      figures: figuresOf(mix, cell.memory, runResult({ file }, outcome.result, cell.seed, idsOf(mix))),
    };
  }

  #experimentOf({ path, text, mix, places }: CellRequest): Promise<Experiment> {
    const key = `${path}\n${mix}\n${JSON.stringify(places)}\n${text}`;
    let planned = this.#planned.get(key);
    if (planned === undefined) {
      planned = planHere(
        { ...parseMadeScenario(path, text), ...(places === undefined ? {} : { places }) },
        { mixes: [mix], seeds: [1], anySize: true },
        this.#loaded,
      );
      if (this.#planned.size >= PLANNED) this.#planned.delete(this.#planned.keys().next().value!);
      this.#planned.set(key, planned);
    }
    return planned;
  }
}

/** A file here that is not the one that the run was asked for with. */
function otherDataset(
  wanted: CellRequest['datasets'],
  here: Readonly<Record<string, string>>,
): OverbookError | undefined {
  const name = Object.keys(here).find((file) => wanted !== undefined && wanted[file] !== here[file]);
  if (name === undefined) return undefined;
  const hash = here[name]!.slice(0, 12);
  const what = `dataset ${name} is another file here (SHA-256 ${hash}…) than where the study was planned`;
  return new OverbookError('OVB_CELL_OTHER', name, what, 'Give every machine the same files.');
}

function idsOf({ strategies }: Mix): readonly string[] {
  return strategies.map(({ id }) => id);
}

function figuresOf(mix: Mix, hostMemoryPages: number, run: RunResult): CellFigures {
  return {
    mix: mix.name,
    strategies: idsOf(mix),
    ...(mix.bound === true && { bound: true }),
    hostMemoryPages,
    run,
  };
}

function refused({ code, at, what, mend }: OverbookError): CellAnswer {
  return { kind: 'refused', code, at, what, mend };
}
