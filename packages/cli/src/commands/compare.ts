/** `overbook compare`: all mixes of a scenario on the same guests, side by side. */
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { CellOutcome, Experiment, Results } from '@overbook/lab';
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
import { outFile } from '../process/out-file.ts';
import { progressBar } from '../process/progress.ts';
import { alertLines } from '../render/alerts.ts';
import { assumptionsOf } from '../render/assumptions.ts';
import { comparison, headline } from '../render/comparison.ts';
import { orderSaid } from '../render/ranking.ts';
import { stateNames } from '../render/state-names.ts';
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
  readonly report?: string;
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
  const report = options.report === undefined ? undefined : outFile(io, options.report);
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
  // A report on stdout is alone there.
  const say = report?.say ?? io.out;
  say(options.json === true ? resultsJson(results) : comparison(experiment, results, io, wishes));
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
  if (report !== undefined) {
    const page = await reportOf(experiment, results, outcomes, wishes.rank);
    report.write((to) => writeFileSync(to, page));
    io.note(`wrote the report to ${options.report!}\n`);
  }
  return [...results.mixes, ...results.bounds].some(({ error }) => error !== undefined)
    ? EXIT.failed
    : EXIT.fine;
}

async function reportOf(
  experiment: Experiment,
  results: Results,
  outcomes: readonly CellOutcome[],
  rank: string,
): Promise<string> {
  // Who draws nothing does not load the drawing library.
  const { compareReport } = await import('@overbook/lab/report');
  return compareReport(results, outcomes, {
    about: headline(experiment, results),
    ...(results.mixes.some(({ rank: place = 1 }) => place > 1) && { order: orderSaid(results.order, rank) }),
    alerts: alertLines,
    states: stateNames(experiment),
  });
}

/** Scenarios of a clone: who runs one may be looking at the command for the first time. */
const SHIPPED = fileURLToPath(new URL('../../../../scenarios', import.meta.url));

function isShipped(path: string): boolean {
  return dirname(resolve(path)) === SHIPPED;
}
