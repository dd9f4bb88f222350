/** Verbs of studies: run, watched, made by others, packed. Each verb's code is imported when it is used. */
import type { Command } from 'commander';

import type { StatusOptions } from './commands/study-status.ts';
import type { Io } from './process/io.ts';
import type { Runs } from './verb.ts';
import { collect } from './verb.ts';

export function addStudies(program: Command, runs: Runs): void {
  addStudy(program, runs);
  addMakers(program, runs);
  addArtifact(program, runs);
}

function addLimits(command: Command): Command {
  return command
    .option('--call-limit <time>', 'end a run that gives no sign of life for this long; default 5min')
    .option('--run-limit <time>', 'end a run that takes longer; default 1h')
    .option('--memory-limit <size>', 'end a run that uses more memory; default: four fifths of the machine');
}

function addStudy(program: Command, runs: Runs): void {
  const command = program
    .command('study')
    .description(
      'run a scenario over everything that a study varies, or search in it; goes on where it was stopped',
    )
    .argument('<study>', 'study file (YAML)')
    .option('-o, --out <folder>', 'folder of its runs and tables; default: ./NAME.study')
    .option(
      '--engine <where>',
      'where runs are made: local (default), redis://HOST:PORT (a queue), or files for slurm, kubernetes, snakemake',
    )
    .option('--dry-run', 'print how many runs there are and how long they take, by the first of them')
    .option('--cells', 'list the runs with their keys, as JSON Lines, and run none')
    .option('--yes', 'run as many as there are, without asking back')
    .option('--csv', 'write the tables as CSV too')
    .option('--report <file>', 'write what it came to as one HTML file with drawings')
    .option('--any-size', 'allow implausible sizes, and sizes that may exceed this machine')
    .option('--workers <n>', 'worker threads; default: one per core')
    .option('--json', 'print the summary as JSON');
  addLimits(command).action(runs(async () => (await import('./commands/study.ts')).study));
  command
    .command('status')
    .description('print how far a study is')
    .argument('<folder>', 'folder of the study')
    .option('--watch', 'go on until it ends')
    .option('--json', 'print as JSON')
    .action(
      runs(async () => {
        const { studyStatus } = await import('./commands/study-status.ts');
        // The study's own options of the same names are read first, and go to the command above.
        return (to: Io, folder: string, own: StatusOptions) =>
          studyStatus(to, folder, { ...command.opts(), ...own });
      }),
    );
}

/** What makes runs of studies that others ask for. */
function addMakers(program: Command, runs: Runs): void {
  addLimits(
    program
      .command('worker')
      .description('make runs of studies that are on a queue of Redis or Valkey')
      .argument('<address>', 'redis://HOST:PORT, with TLS rediss://HOST:PORT')
      .option('--concurrency <n>', 'runs at a time, each in a process of its own; default: 1')
      .option('--cache <folder>', 'where datasets are kept that this machine lacks'),
  ).action(runs(async () => (await import('./commands/worker.ts')).worker));
  addLimits(
    program
      .command('cell')
      .description('make single runs of a study, as batch systems do')
      .argument('[keys...]', 'keys of the runs, or their beginnings; as `study --cells` lists them')
      .requiredOption('--study <file>', 'study file (YAML)')
      .option('--cell <key>', 'key of one run, or its beginning')
      .option('-o, --out <file>', 'write its result there')
      .option('--into <folder>', "write results into this study's folder; what is there is not run again")
      .option('--workers <n>', 'worker threads; default: one per core'),
  ).action(runs(async () => (await import('./commands/cell.ts')).cell));
}

function addArtifact(program: Command, runs: Runs): void {
  const artifact = program
    .command('artifact')
    .description('pack a study that has run, with its inputs and its rows, into a folder that reproduces it')
    .argument('<study>', 'study file (YAML)')
    .option('--from <folder>', 'folder of its results; default: ./NAME.study')
    .option('-o, --out <folder>', 'folder to make; default: ./NAME.artifact')
    .option('--title <text>', 'its title; default: the name of the study')
    .option('--author <name>', 'Family, Given; may be repeated', collect)
    .action(runs(async () => (await import('./commands/artifact.ts')).artifact));
  artifact
    .command('check')
    .description("hold an artifact's results against its expected rows")
    .argument('<folder>', 'folder of the artifact, after run-all')
    .action(runs(async () => (await import('./commands/artifact-check.ts')).artifactCheck));
}
