/** `overbook run`: one mix, and what happened to the host and each guest. */
import { writeFileSync } from 'node:fs';

import type { Decision, Observation } from '@overbook/core';
import { OverbookError, observationLine, observationLogHeader } from '@overbook/core';
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
  settledOf,
  vmSeriesCsv,
  writeFiles,
} from '@overbook/lab';
import { grouped, listed } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { outFile } from '../process/out-file.ts';
import { progressBar } from '../process/progress.ts';
import { assumptionsOf } from '../render/assumptions.ts';
import { EXPLAIN_HEAD, explained } from '../render/explained.ts';
import { runReport } from '../render/run-report.ts';
import { chosenMix } from './chosen-mix.ts';
import { commandLine } from './command-line.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, overridesOf, workersOf } from './experiment-options.ts';

export interface RunOptions extends ExperimentOptions {
  readonly mix?: string;
  readonly explain?: true;
  readonly explainAll?: true;
  readonly observations?: string;
  readonly json?: true;
  readonly out?: string;
}

const FILES = ['results.json', 'series-host.csv', 'series-vms.csv'];

/** @returns 0, or 1 when the run failed by a plugin's fault */
export async function run(io: Io, path: string, options: RunOptions): Promise<number> {
  const workers = workersOf(options);
  const limits = limitsOf(options);
  refuseOtherKind('scenario', path, io.self);
  const file = readScenario(path);
  const mixes = [await chosenMix(file.scenario, options.mix)];
  const experiment = await planExperiment(file, { ...overridesOf(options), mixes });
  if (options.out !== undefined) checkOutFolder(options.out, FILES);
  const observed = observationLog(io, options.observations, experiment.cells.length);
  const progress = await progressBar(io, experiment.cells, experiment.seeds.length > 1);
  const names = experiment.guests.map(({ name }) => name);
  const explains = options.explain === true || options.explainAll === true;
  const log = explainLog(io, names, options);
  const told = explains || observed !== undefined;
  if (told) io.letInterruptsKill();
  const outcomes = await runExperiment(experiment, {
    // Decisions and observations are told as they are made, which only this thread can do.
    workers: told ? 0 : workers,
    limits,
    signal: io.signal,
    onProgress: progress.update,
    ...(explains ? { onDecision: log.tell } : {}),
    ...(observed === undefined ? {} : { onObservation: observed.tell }),
  }).finally(progress.stop);
  if (explains) log.end();
  const results = resultsOf(experiment, outcomes, {
    command: commandLine('run', path, options),
    assumptions: assumptionsOf(experiment),
  });
  const say = observed?.say ?? io.out;
  if (options.json === true) say(runJson(results, outcomes));
  else
    for (const { cell, outcome } of outcomes) {
      const { model } = settledOf(experiment.file.scenario, cell.memory, cell.mix);
      say(runReport(cell, outcome, io, model));
    }
  if (options.out !== undefined) writeRun(io, options.out, results);
  if (outcomes.every(({ outcome }) => outcome.kind === 'done')) observed?.write();
  return outcomes.some(({ outcome }) => outcome.kind === 'failed') ? EXIT.failed : EXIT.fine;
}

/** Decisions that `--explain` prints; a run of minutes has thousands. */
const EXPLAINED = 100;

interface ExplainLog {
  readonly tell: (decision: Decision) => void;
  readonly end: () => void;
}

/** Prints decisions; beside JSON on stderr, so that the result stays JSON. */
function explainLog(io: Io, guests: readonly string[], { explainAll, json }: RunOptions): ExplainLog {
  const write = json === true ? io.err : io.out;
  const most = explainAll === true ? Infinity : EXPLAINED;
  let told = 0;
  return {
    tell: (decision) => {
      if (told === 0) write(`${EXPLAIN_HEAD}\n`);
      told++;
      if (told <= most) write(`${explained(decision, guests)}\n`);
    },
    end: () => {
      if (told > most) write(`${grouped(told - most)} more decisions: --explain-all prints them\n`);
      if (told > 0) write('\n');
    },
  };
}

interface ObservationFile {
  readonly tell: (observation: Observation) => void;
  readonly write: () => void;
  readonly say: (text: string) => void;
}

/**
 * The log of `--observations`: docs/formats/observation-log.md.
 * @throws OVB_USAGE for more than one run, OVB_OUT_UNWRITABLE before any work is done
 */
function observationLog(io: Io, path: string | undefined, runs: number): ObservationFile | undefined {
  if (path === undefined) return undefined;
  if (runs > 1) {
    throw new OverbookError(
      'OVB_USAGE',
      '--observations',
      `a log covers one run, but there would be ${runs}`,
      'Give one seed and one host size, as in `--seed 1`.',
    );
  }
  const file = outFile(io, path);
  const lines = [observationLogHeader()];
  return {
    tell: (observation) => void lines.push(observationLine(observation)),
    write: () => {
      file.write((to) => writeFileSync(to, lines.join('')));
      io.note(`wrote ${grouped(lines.length - 1)} observations to ${path}\n`);
    },
    say: file.say,
  };
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
