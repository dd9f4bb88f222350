/** `overbook compare`: all mixes of a scenario on the same guests, side by side. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  checkOutFolder,
  guestsCsv,
  hasSeries,
  hostSeriesCsv,
  planExperiment,
  readScenario,
  resultsJson,
  resultsOf,
  runExperiment,
  runsCsv,
  summaryCsv,
  vmSeriesCsv,
  writeFiles,
} from '@overbook/lab';
import { listed } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { progressBar } from '../process/progress.ts';
import { assumptionsOf } from '../render/assumptions.ts';
import { comparison } from '../render/comparison.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { commandLine } from './command-line.ts';
import { limitsOf, overridesOf, workersOf } from './experiment-options.ts';
import { shellWords } from './shell-words.ts';

export interface CompareOptions extends ExperimentOptions {
  readonly mix?: readonly string[];
  readonly with?: readonly string[];
  readonly baseline?: string;
  readonly assumptions?: true;
  readonly json?: true;
  readonly out?: string;
}

const FILES = ['results.json', 'summary.csv', 'runs.csv', 'guests.csv', 'series-host.csv', 'series-vms.csv'];

/** @returns 0, or 1 when a run failed by a plugin's fault */
export async function compare(io: Io, path: string, options: CompareOptions): Promise<number> {
  const workers = workersOf(options);
  const limits = limitsOf(options);
  refuseOtherKind('scenario', path, io.self);
  const file = readScenario(path);
  const experiment = await planExperiment(file, {
    ...overridesOf(options),
    ...(options.mix === undefined ? {} : { mixes: options.mix }),
    ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
    ...(options.with === undefined ? {} : { added: options.with.map((list) => list.split(',')) }),
  });
  if (options.out !== undefined) checkOutFolder(options.out, FILES);
  const progress = await progressBar(io, experiment.cells, experiment.seeds.length > 1);
  const outcomes = await runExperiment(experiment, {
    workers,
    limits,
    signal: io.signal,
    onProgress: progress.update,
  }).finally(progress.stop);
  const results = resultsOf(experiment, outcomes, {
    command: commandLine('compare', path, options),
    assumptions: assumptionsOf(experiment),
  });
  const wishes = {
    assumptions: options.assumptions === true,
    rank: `${io.self} ${shellWords(['rank', path, '--keep'])}`,
    ...(isShipped(path) ? { next: `next: your own VMs: \`${io.self} new scenario mine\`` } : {}),
  };
  io.out(options.json === true ? resultsJson(results) : comparison(experiment, results, io, wishes));
  if (options.out !== undefined) {
    const files = {
      'results.json': resultsJson(results),
      'summary.csv': summaryCsv(results),
      'runs.csv': runsCsv(results, outcomes),
      'guests.csv': guestsCsv(results, outcomes),
      ...(hasSeries(results)
        ? { 'series-host.csv': hostSeriesCsv(results), 'series-vms.csv': vmSeriesCsv(results) }
        : {}),
    };
    writeFiles(options.out, files);
    io.note(`wrote ${listed(Object.keys(files))} to ${options.out}\n`);
  }
  return [...results.mixes, ...results.bounds].some(({ error }) => error !== undefined)
    ? EXIT.failed
    : EXIT.fine;
}

/** Scenarios of a clone: who runs one may be looking at the command for the first time. */
const SHIPPED = fileURLToPath(new URL('../../../../scenarios', import.meta.url));

function isShipped(path: string): boolean {
  return dirname(resolve(path)) === SHIPPED;
}
