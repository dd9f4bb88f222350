/** `overbook rank`: how often each mix comes out best over all that is assumed, and what turns that. */
import { basename, dirname } from 'node:path';

import { OverbookError } from '@overbook/core';
import {
  checkOutFolder,
  designRank,
  keptRankingPath,
  planExperiment,
  rankCsv,
  rankJson,
  rankingOf,
  readScenario,
  runExperiment,
  writeFiles,
} from '@overbook/lab';
import { listed } from '@overbook/lab/words';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { progressBar } from '../process/progress.ts';
import { rankingText } from '../render/ranking.ts';
import { commandLine } from './command-line.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, overridesOf, wholeNumber, workersOf } from './experiment-options.ts';

export interface RankOptions extends Omit<ExperimentOptions, 'series'> {
  readonly points?: string;
  readonly mix?: readonly string[];
  readonly with?: readonly string[];
  readonly json?: true;
  readonly keep?: true;
  readonly out?: string;
}

const FILES = ['rank.json', 'rank.csv'];
/** Chosen: with the settled point, 25 of each host size; a correlation of 0.6 of one among 25 costs is found. */
const POINTS = 24;
const POINTS_MAX = 10_000;

/** @returns 0, or 1 when a run failed by a plugin's fault */
export async function rank(io: Io, path: string, options: RankOptions): Promise<number> {
  const workers = workersOf(options);
  const limits = limitsOf(options);
  const points =
    options.points === undefined ? POINTS : wholeNumber('--points', options.points, 1, POINTS_MAX);
  refuseOtherKind('scenario', path, io.self);
  const experiment = await planExperiment(readScenario(path), {
    ...overridesOf(options),
    ...(options.mix === undefined ? {} : { mixes: options.mix }),
    ...(options.with === undefined ? {} : { added: options.with.map((list) => list.split(',')) }),
  });
  const design = designRank(experiment, points);
  const names = new Set(design.cells.map(({ mix }) => mix.name));
  if (names.size < 2) {
    throw new OverbookError(
      'OVB_USAGE',
      options.mix === undefined ? `${path} at mixes` : '--mix',
      'there is one mix: no order could turn',
      'Name two or more mixes, or add one with `--with`, as in `--with tps,hostswap`.',
    );
  }
  if (design.factors.length === 0) {
    throw new OverbookError(
      'OVB_RANK_FIXED',
      `${path} at costs`,
      'the scenario sets every cost, and no spread or option is open: there is nothing to vary',
      'Remove what you did not measure yourself from the scenario, or use `overbook compare`.',
    );
  }
  if (options.out !== undefined) checkOutFolder(options.out, FILES);
  const kept = keptRankingPath(path);
  if (options.keep === true) checkOutFolder(dirname(kept), [basename(kept)]);
  const progress = await progressBar(io, design.cells, experiment.seeds.length > 1);
  const outcomes = await runExperiment(
    { ...experiment, cells: design.cells },
    { workers, limits, signal: io.signal, onProgress: progress.update },
  ).finally(progress.stop);
  const ranking = rankingOf(experiment, design, outcomes);
  const json = rankJson(experiment, ranking, commandLine('rank', path, options));
  io.out(options.json === true ? json : rankingText(experiment, ranking, io));
  if (options.out !== undefined) {
    writeFiles(options.out, { 'rank.json': json, 'rank.csv': rankCsv(ranking) });
    io.note(`wrote ${listed(FILES)} to ${options.out}\n`);
  }
  if (options.keep === true) {
    writeFiles(dirname(kept), { [basename(kept)]: json });
    io.note(`wrote ${kept}\n`);
  }
  const failed = outcomes.find(({ outcome }) => outcome.kind === 'failed');
  if (failed === undefined || failed.outcome.kind !== 'failed') return EXIT.fine;
  io.note(`failed  ${failed.cell.mix.name}: ${failed.outcome.what}\n`);
  return EXIT.failed;
}
