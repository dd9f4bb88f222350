/** `overbook run`: one mix, and what happened to the host and each guest. */
import type { Decision } from '@overbook/core';
import type { Results } from '@overbook/lab';
import {
  checkOutFolder,
  hasSeries,
  hostSeriesCsv,
  planExperiment,
  readScenario,
  resultsJson,
  resultsOf,
  runJson,
  runExperiment,
  vmSeriesCsv,
  writeFiles,
} from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { progressBar } from '../process/progress.ts';
import { assumptionsOf } from '../render/assumptions.ts';
import { explained } from '../render/explained.ts';
import { runReport } from '../render/run-report.ts';
import { listed } from '../render/words.ts';
import { chosenMix } from './chosen-mix.ts';
import { commandLine } from './command-line.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, overridesOf, workersOf } from './experiment-options.ts';

export interface RunOptions extends ExperimentOptions {
  readonly mix?: string;
  readonly explain?: true;
  readonly json?: true;
  readonly out?: string;
}

const FILES = ['results.json', 'series-host.csv', 'series-vms.csv'];

/** @returns 0, or 1 when the run failed by a plugin's fault */
export async function run(io: Io, path: string, options: RunOptions): Promise<number> {
  const workers = workersOf(options);
  const limits = limitsOf(options);
  const file = readScenario(path);
  const mixes = [chosenMix(file.scenario, options.mix)];
  const experiment = await planExperiment(file, { ...overridesOf(options), mixes });
  if (options.out !== undefined) checkOutFolder(options.out, FILES);
  const progress = await progressBar(io, experiment.cells, experiment.seeds.length > 1);
  const names = experiment.guests.map(({ name }) => name);
  // Decisions are told as they are taken, which only this thread can do.
  const explain = (decision: Decision): void => io.out(`${explained(decision, names)}\n`);
  if (options.explain === true) io.letInterruptsKill();
  const outcomes = await runExperiment(experiment, {
    workers: options.explain === true ? 0 : workers,
    limits,
    signal: io.signal,
    onProgress: progress.update,
    ...(options.explain === true ? { onDecision: explain } : {}),
  }).finally(progress.stop);
  const results = resultsOf(experiment, outcomes, {
    command: commandLine('run', path, options),
    assumptions: assumptionsOf(experiment),
  });
  if (options.json === true) io.out(runJson(results, outcomes));
  else for (const { cell, outcome } of outcomes) io.out(runReport(cell, outcome, io));
  if (options.out !== undefined) writeRun(io, options.out, results);
  return outcomes.some(({ outcome }) => outcome.kind === 'failed') ? EXIT.failed : EXIT.fine;
}

/** The figures of the run, and the series where there is one, as files. */
function writeRun(io: Io, folder: string, results: Results): void {
  const files = {
    'results.json': resultsJson(results),
    ...(hasSeries(results)
      ? { 'series-host.csv': hostSeriesCsv(results), 'series-vms.csv': vmSeriesCsv(results) }
      : {}),
  };
  writeFiles(folder, files);
  io.note(`wrote ${listed(Object.keys(files))} to ${folder}\n`);
}
