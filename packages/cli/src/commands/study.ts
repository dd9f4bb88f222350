/** `overbook study`: a scenario over everything that a study varies, in runs that are kept. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

import { OverbookError } from '@overbook/core';
import { didYouMean } from '@overbook/lab';
import { writeFiles } from '@overbook/lab/files';
import { counted, grouped, listed } from '@overbook/lab/words';
import type { ClusterName, Engine, StudyResults } from '@overbook/study';
import {
  CLUSTERS,
  Study,
  StudyFolder,
  allCells,
  clusterFiles,
  clusterPlan,
  readStudy,
  runStudy,
  studyJson,
  studyRecord,
} from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT, interruptedCode } from '../process/io.ts';
import { outFile } from '../process/out-file.ts';
import { ownName } from '../process/own-name.ts';
import { studyProgress } from '../process/study-progress.ts';
import { assumptionsOf } from '../render/assumptions.ts';
import { studyText } from '../render/study.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, workersOf } from './experiment-options.ts';
import { shellWords, withoutFolder } from './shell-words.ts';
import { dryRun } from './study-dry-run.ts';
import { engineOf, isQueue } from './study-engine.ts';

export interface StudyOptions extends Pick<
  ExperimentOptions,
  'workers' | 'callLimit' | 'runLimit' | 'memoryLimit'
> {
  readonly out?: string;
  readonly engine?: string;
  readonly dryRun?: true;
  readonly cells?: true;
  readonly yes?: true;
  readonly csv?: true;
  readonly anySize?: true;
  readonly json?: true;
  readonly report?: string;
}

/** Runs that are made without `--yes`. Chosen: some hours of a small machine. */
const UNASKED_MAX = 5000;

/** @returns 0, or 1 when a run failed by a plugin's fault */
export async function study(io: Io, path: string, options: StudyOptions): Promise<number> {
  checkReport(options);
  const workers = workersOf(options);
  const limits = limitsOf(options);
  const planned = await Study.plan(readStudy(path), { anySize: options.anySize === true });
  if (options.cells === true) return listCells(io, planned);
  const report = options.report === undefined ? undefined : outFile(io, options.report);
  const searches = planned.file.settings.find !== undefined;
  if (planned.cells > UNASKED_MAX && options.yes === undefined && options.dryRun === undefined) {
    throw new OverbookError(
      'OVB_STUDY_LARGE',
      path,
      `the study has ${grouped(planned.cells)} runs`,
      'Give `--dry-run` to see how long they take, and `--yes` to make them.',
    );
  }
  const command = shellWords(['overbook', 'study', withoutFolder(path)]);
  const record = studyRecord(planned, { node: process.version, command });
  const out = options.out ?? `${record.name}.study`;
  const cluster = clusterOf(options.engine);
  const files =
    cluster && clusterFiles(cluster, clusterPlan(planned, relative(resolve(out), resolve(path)), version()));
  const open = (): StudyFolder => StudyFolder.open(out, record, { own: ownName(), nowMs: Date.now() });
  if (files !== undefined) return writeCluster(io, open(), files);
  // The engine first: where there is none, nothing is written.
  const engine = await engineOf(io, planned, options.engine, { workers, limits });
  try {
    const folder = open();
    if (options.dryRun === true) return await dryRun(io, planned, folder, engine, engine.slots);
    const wishes = { isCsvWanted: options.csv === true, searches };
    const results = await runWatched(io, planned, folder, engine, wishes);
    if (results === undefined) {
      io.err(`stopped; results are kept in ${folder.path}, and the same command goes on with them\n`);
      return interruptedCode(io.signal);
    }
    // A report on stdout is alone there.
    (report?.say ?? io.out)(
      options.json === true ? studyJson(planned, results) : studyText(planned, results, io),
    );
    io.note(`wrote runs.jsonl, runs.parquet, guests.parquet and summary.json to ${folder.path}\n`);
    if (report !== undefined) {
      // Who draws nothing does not load the drawing library.
      const { studyReport } = await import('@overbook/study/report');
      const page = studyReport(planned, results, { record, assumptions: assumptionsOf(planned.first) });
      report.write((to) => writeFileSync(to, page));
      io.note(`wrote the report to ${options.report!}\n`);
    }
    return failures(io, results);
  } finally {
    await engine.close();
  }
}

/** What runs nothing here has nothing to report. @throws OVB_USAGE */
function checkReport({ report, dryRun, cells, engine }: StudyOptions): void {
  const without = [
    ...(dryRun === undefined ? [] : ['--dry-run']),
    ...(cells === undefined ? [] : ['--cells']),
    ...(clusterOf(engine) === undefined ? [] : [`--engine ${engine!}`]),
  ];
  if (report === undefined || without.length === 0) return;
  const what = `there is nothing to report with ${without.join(' and ')}`;
  throw new OverbookError('OVB_USAGE', '--report', what, 'Leave one of them out.');
}

/** @returns undefined where cells run here @throws OVB_USAGE */
function clusterOf(engine: string | undefined): ClusterName | undefined {
  if (engine === undefined || engine === 'local' || isQueue(engine)) return undefined;
  const cluster = CLUSTERS.find((name) => name === engine);
  if (cluster !== undefined) return cluster;
  const mend = `${didYouMean(engine, ['local', 'redis://HOST:PORT', ...CLUSTERS], 'Engines')}`;
  throw new OverbookError('OVB_USAGE', '--engine', `there is no engine '${engine}'`, mend);
}

function writeCluster(io: Io, folder: StudyFolder, files: Readonly<Record<string, string>>): number {
  for (const name of Object.keys(files)) mkdirSync(dirname(folder.file(name)), { recursive: true });
  writeFiles(folder.path, files);
  io.out(`wrote ${listed(Object.keys(files))} to ${folder.path}; its README.md says how to run them\n`);
  return EXIT.fine;
}

function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** One line a run: what a batch system is given, and what its key stands for. */
function listCells(io: Io, planned: Study): number {
  for (const { key, values, request } of allCells(planned))
    io.out(`${JSON.stringify({ cell: key, mix: request.mix, seed: request.seed, ...values })}\n`);
  return EXIT.fine;
}

/** @returns undefined where the user stopped it */
async function runWatched(
  io: Io,
  planned: Study,
  folder: StudyFolder,
  engine: Engine,
  { isCsvWanted, searches }: { readonly isCsvWanted: boolean; readonly searches: boolean },
): Promise<StudyResults | undefined> {
  const progress = await studyProgress(io, folder, searches ? undefined : planned.cells);
  let state: 'ended' | 'stopped' = 'stopped';
  try {
    const results = await runStudy(planned, folder, engine, {
      signal: io.signal,
      onCell: progress.onCell,
      csv: isCsvWanted,
    });
    state = 'ended';
    return results;
  } catch (error) {
    if (io.signal.aborted) return undefined;
    throw error;
  } finally {
    progress.stop(state);
  }
}

function failures(io: Io, { failed }: StudyResults): number {
  if (failed.length === 0) return EXIT.fine;
  const [first] = failed;
  io.note(`failed  ${counted(failed.length, 'run')}; ${first!.mix}, seed ${first!.seed}: ${first!.what}\n`);
  return EXIT.failed;
}
