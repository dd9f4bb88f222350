/** `overbook reproduce`: published experiments, run again; published beside measured. */
import { fileURLToPath } from 'node:url';

import { checkOutFolder, writeFiles } from '@overbook/lab/files';
import type { Experiment, Reproduced } from '@overbook/reproduce';
import { chooseExperiments, reproduce as reproduceOne, reproducedJson, verdictOf } from '@overbook/reproduce';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import type { Steps } from '../process/steps.ts';
import { stepsBar } from '../process/steps.ts';
import { experimentList, reproduction, reproductionSummary } from '../render/reproduction.ts';

export interface ReproduceOptions {
  readonly json?: true;
  readonly out?: string;
  readonly list?: true;
  readonly strict?: true;
  readonly datasets?: string;
}

/** The datasets of a clone: a package from a registry has none, and says which file it misses. */
const SHIPPED_DATASETS = fileURLToPath(new URL('../../../../datasets', import.meta.url));

const FILES = ['reproduce.json', 'reproduce.csv', 'figures.csv', 'index.html'];

/** @returns 0; 1 when a row failed that should not (see `exitCode`), with `--strict` also when any other did */
export async function reproduce(
  io: Io,
  ids: readonly string[],
  options: ReproduceOptions,
  version: string,
): Promise<number> {
  const chosen = chooseExperiments(ids);
  if (options.list === true) {
    io.out(options.json === true ? listJson(chosen) : experimentList(chosen, io));
    return EXIT.fine;
  }
  if (options.out !== undefined) checkOutFolder(options.out, FILES);
  // Experiments run in this thread, which only an interrupt that kills can stop.
  io.letInterruptsKill();
  const steps = await stepsBar(
    io,
    chosen.map(({ id }) => id),
  );
  const all: Reproduced[] = [];
  try {
    for (const experiment of chosen) all.push(await runOne(experiment, options, steps, all.length));
  } finally {
    steps.stop();
  }
  io.out(options.json === true ? reproducedJson(all) : reproduction(all, io));
  if (options.json === true) io.err(`${reproductionSummary(all)}\n`);
  if (options.out !== undefined) await writeReport(io, options.out, all, ids, version);
  return exitCode(all, options.strict === true);
}

async function runOne(
  experiment: Experiment,
  options: ReproduceOptions,
  steps: Steps,
  index: number,
): Promise<Reproduced> {
  steps.begin(index);
  const reproduced = await reproduceOne(experiment, {
    datasets: options.datasets ?? SHIPPED_DATASETS,
    progress: (fraction) => steps.update(index, fraction),
  });
  steps.end(index, verdictOf(reproduced.result));
  return reproduced;
}

function listJson(experiments: readonly Experiment[]): string {
  return `${JSON.stringify(
    experiments.map(({ id, title, source, calibrated, chosen, gaps }) => ({
      id,
      title,
      source,
      calibrated,
      chosen,
      gaps,
    })),
    undefined,
    2,
  )}\n`;
}

/** Rows of arithmetic and of inputs have to hold, and of the others those that fail have to be explained. */
export function exitCode(all: readonly Reproduced[], strict: boolean): number {
  const failing = all.flatMap(({ result }) => result.rows.filter(({ pass }) => !pass));
  const counts = failing.filter(
    ({ grade, explanation }) =>
      strict || explanation === undefined || grade === 'arithmetic' || grade === 'input',
  );
  const empty = all.some(({ result: { rows } }) => rows.length === 0);
  return counts.length > 0 || empty ? EXIT.failed : EXIT.fine;
}

async function writeReport(
  io: Io,
  folder: string,
  all: readonly Reproduced[],
  ids: readonly string[],
  version: string,
): Promise<void> {
  // Drawing brings a library and a DOM along: only who asked for a page loads them.
  const { figuresCsv, reproducedCsv, reproducedPage } = await import('@overbook/reproduce/report');
  const command = ['overbook', 'reproduce', ...ids].join(' ');
  const footer = [
    `Made by \`${command}\`, overbook ${version}.`,
    'Same version, same figures: no run depends on the machine.',
  ];
  writeFiles(folder, {
    'reproduce.json': reproducedJson(all),
    'reproduce.csv': reproducedCsv(all),
    'figures.csv': figuresCsv(all),
    'index.html': reproducedPage(all, footer),
  });
  io.note(`wrote reproduce.json, reproduce.csv, figures.csv and index.html to ${folder}\n`);
}
