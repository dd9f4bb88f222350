/** Verbs and options of the command line. Each verb's code is imported when it is used: help stays quick. */
import { readFileSync } from 'node:fs';

import { Command, CommanderError, Option } from 'commander';

// A type alone: with braces around it the module would still be loaded, and the laboratory with it.
import type { AnalyzeWords } from './commands/analyze.ts';
import type { DigestWords } from './commands/digest.ts';
import type { ReproduceOptions } from './commands/reproduce.ts';
import type { TopOptions } from './commands/top.ts';
import type { Io } from './process/io.ts';
import { addStudies } from './program-studies.ts';
import type { Runs } from './verb.ts';
import { collect } from './verb.ts';
import { examplesText } from './help-examples.ts';
import { EXIT } from './process/io.ts';

function ownVersion(): string {
  return (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
}

/** Builds the program. @returns runs words, resolves to the exit code */
export function buildProgram(io: Io): (words: readonly string[]) => Promise<number> {
  let code: number = EXIT.fine;
  const runs =
    <A extends unknown[]>(load: () => Promise<(io: Io, ...rest: A) => number | Promise<number>>) =>
    async (...rest: A): Promise<void> => {
      code = await (await load())(io, ...rest);
    };
  const program = new Command('overbook')
    .description('Which mix of memory reclamation techniques frees memory at the least cost to these guests?')
    .version(ownVersion(), '-V, --version')
    .option('--quiet', 'print only results and errors')
    .option('--no-color', 'print without colour, as with NO_COLOR=1')
    .showSuggestionAfterError(true)
    .showHelpAfterError('Run with --help to list commands and options.')
    .addHelpText('after', '\nExit code: 0 fine, 1 the work found a failure, 2 the input is wrong.');
  addExperiments(program, runs);
  addPlugins(program, runs);
  addAnalysis(program, runs);
  addInputs(program, runs);
  addTranslate(program, runs);
  configure(program, io, []);
  return async (words) => {
    try {
      await program.parseAsync(words.map(inNewSpelling), { from: 'user' });
      return code;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      return error.exitCode === 0 ? EXIT.fine : EXIT.badInput;
    }
  };
}

/** `--output` was the spelling of some commands: it still works. */
function inNewSpelling(word: string): string {
  return word === '--output' || word.startsWith('--output=') ? `--out${word.slice('--output'.length)}` : word;
}

function configure(command: Command, io: Io, words: readonly string[]): void {
  command
    .addHelpText('before', examplesText(words, io.self))
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.errColor,
      outputError: (text, write) => {
        const lines = text
          .trim()
          .replace(/^error: /, '')
          .split('\n');
        write(`error OVB_USAGE at overbook\n  ${lines.join('\n  ')}\n`);
      },
    });
  for (const sub of command.commands) configure(sub, io, [...words, sub.name()]);
}

function addExperimentOptions(command: Command): Command {
  return command
    .option('--seeds <n>', 'seeds 1 to n')
    .option('--seed <n>', 'only this seed')
    .option('--host-memory <sizes>', "host memory instead of the scenario's: 512MiB,60%")
    .option('--workers <n>', 'worker threads; default: one per core')
    .option('--plugin <module>', 'load a module with strategies or policies; may be repeated', collect)
    .option('--check', 'check every guest read against an independent record')
    .option('--any-size', 'allow implausible sizes, and sizes that may exceed this machine')
    .option('--call-limit <time>', 'end a run that gives no sign of life for this long; default 5min')
    .option('--run-limit <time>', 'end a run that takes longer; default 1h')
    .option('--memory-limit <size>', 'end a run that uses more memory; default: four fifths of the machine');
}

function addSeries(command: Command): Command {
  return command.option(
    '--series <period>',
    'sample every counter at this period of virtual time: 500ms, 5s',
  );
}

function addExperiments(program: Command, runs: Runs): void {
  addCompare(program, runs);
  addRank(program, runs);
  addStudies(program, runs);
  addRun(program, runs);
  addReproduce(program, runs);
  addTop(program, runs);
  addValidate(program, runs);
}

/** Which mixes of a scenario are run, and others beside them. */
function addMixes(command: Command): Command {
  return command
    .option('--mix <name>', 'only this mix; may be repeated', collect)
    .option(
      '--with <strategies>',
      'add a mix of these strategies, e.g. patch,hostswap; may be repeated',
      collect,
    );
}

function addCompare(program: Command, runs: Runs): void {
  const command = program
    .command('compare')
    .description('run all mixes of a scenario on the same guests and print them side by side')
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--baseline <name>', 'the mix to compare the others with; default: the first that runs');
  addSeries(addExperimentOptions(addMixes(command)))
    .option('--assumptions', 'print all assumptions in full')
    .option('--json', 'print the results as JSON')
    .option('--report <file>', 'write what it came to as one HTML file with drawings')
    .option('-o, --out <folder>', 'write results.json and CSV files there')
    .action(runs(async () => (await import('./commands/compare.ts')).compare));
}

function addRank(program: Command, runs: Runs): void {
  const command = program
    .command('rank')
    .description('show how often each mix comes out best over all that is assumed, and what turns that')
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--points <n>', 'settings of all costs to try on each host size; default: 24');
  addExperimentOptions(addMixes(command))
    .option('--json', 'print the ranking as JSON')
    .option('--keep', 'write the ranking beside the scenario, where `compare` finds it')
    .option('-o, --out <folder>', 'write rank.json and rank.csv there')
    .action(runs(async () => (await import('./commands/rank.ts')).rank));
}

function addRun(program: Command, runs: Runs): void {
  addSeries(
    addExperimentOptions(
      program
        .command('run')
        .description('run one mix of a scenario and print what happened to the host and each guest')
        .argument('<scenario>', 'scenario file (YAML)')
        .option('--mix <name>', 'the mix; default: the one with most strategies'),
    ),
  )
    .option('--explain', 'print the first 100 decisions, with their reasons')
    .option('--explain-all', 'print every decision')
    .option('--observations <file>', 'write what policies observed, to replay others on it (JSON Lines)')
    .option('--json', 'print the whole result as JSON')
    .option('-o, --out <folder>', 'write results.json there, with --series also CSV files')
    .action(runs(async () => (await import('./commands/run.ts')).run));
}

function addReproduce(program: Command, runs: Runs): void {
  program
    .command('reproduce')
    .description('repeat published experiments and print published beside measured figures')
    .argument('[ids...]', 'experiments; default: all (--list names them)')
    .option('--list', 'list the experiments without running them')
    .option('--json', 'print the results as JSON')
    .option('-o, --out <folder>', 'write JSON, CSV and a page with plots there')
    .option('--strict', 'exit with 1 for any failing row, also for one that is explained')
    .option('--datasets <folder>', "folder of recordings and images; default: this project's own")
    .action(
      runs(async () => {
        const { reproduce } = await import('./commands/reproduce.ts');
        return (to: Io, ids: readonly string[], options: ReproduceOptions) =>
          reproduce(to, ids, options, ownVersion());
      }),
    );
}

function addTop(program: Command, runs: Runs): void {
  program
    .command('top')
    .description("show one mix's memory screen live while it runs (keys as in esxtop), or write it as CSV")
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--mix <name>', 'the mix; default: the one with most strategies')
    .option('--interval <period>', 'virtual time between samples', '1s')
    .option('--speed <factor>', 'virtual time relative to wall time: 1, 10 (default), ... or max')
    .option('--batch', 'write CSV to stdout: one row per sample, the host, then each VM')
    .option('-n, --iterations <n>', 'with --batch: number of samples to write')
    .option('--seed <n>', "seed of the run; default: the scenario's first")
    .option('--host-memory <size>', "host memory instead of the scenario's: 512MiB, 60%")
    .option('--plugin <module>', 'load a module with strategies or policies; may be repeated', collect)
    .option('--check', 'check every guest read against an independent record')
    .action(
      runs(async () => {
        const { holdTerminal } = await import('./top/terminal-hold.ts');
        return async (to: Io, path: string, options: TopOptions) => {
          const release = options.batch === true ? () => undefined : holdTerminal(`reading ${path}`);
          try {
            return await (await import('./commands/top.ts')).top(to, path, options, release);
          } finally {
            release('input');
          }
        };
      }),
    );
}

function addValidate(program: Command, runs: Runs): void {
  program
    .command('validate')
    .description('check a scenario, its datasets and its plugins, without running it')
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--plugin <module>', 'load a module with strategies or policies; may be repeated', collect)
    .option('--any-size', 'allow implausible sizes, and sizes that may exceed this machine')
    .option('--json', 'print the findings as JSON')
    .option('--call-limit <time>', 'refuse a plugin that takes longer in one call; default 5min')
    .option('--memory-limit <size>', 'refuse a plugin that uses more memory')
    .action(runs(async () => (await import('./commands/validate.ts')).validate));
}

function addPlugins(program: Command, runs: Runs): void {
  const strategies = program
    .command('strategies')
    .description('list strategies and policies')
    .option('--plugin <module>', 'load another module; may be repeated', collect)
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/strategies.ts')).list));
  strategies
    .command('show')
    .description('print what a strategy or policy does, and its options')
    .argument('<id>')
    .option('--plugin <module>', 'load another module; may be repeated', collect)
    .action(
      runs(async () => {
        const { show } = await import('./commands/strategies.ts');
        return (to: Io, id: string, own: { plugin?: readonly string[] }) =>
          show(to, id, { ...strategies.opts(), ...own });
      }),
    );
  program
    .command('counters')
    .description('list every counter, with its names in esxtop and vCenter')
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/counters.ts')).counters));
  program
    .command('datasets')
    .description('list the shipped datasets that a scenario can name')
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/datasets.ts')).datasets));
  const make = program.command('new').description('create a scenario or strategy of your own');
  make
    .command('scenario')
    .description('create a commented scenario that runs')
    .argument('<name>', 'its name; the file is NAME.yaml')
    .option('-o, --out <file>', 'the file to write')
    .action(runs(async () => (await import('./commands/new-scenario.ts')).newScenario));
  make
    .command('strategy')
    .description('create the package of a strategy: code, README, conformance test')
    .argument('<name>', 'its id and the name of its folder')
    .option('--from <folder>', 'depend on the tarballs in this folder (npm run pack:all makes them)')
    .option('--into <folder>', 'folder for the package; default: ./<name>')
    .action(runs(async () => (await import('./commands/new-strategy.ts')).newStrategy));
}

/** Options of commands that open memory images. */
function addImageOptions(command: Command): Command {
  return command
    .option('--reader <module>', 'load a module with readers of other formats; may be repeated', collect)
    .option('--format <id>', 'read images with this reader, whatever their first bytes')
    .option('--side-file <file>', 'the .vmss or .vmsn of a .vmem, if it is not beside it')
    .option('--device-memory', 'count video memory and firmware in a dump as guest memory')
    .addOption(
      new Option(
        '--holes <meaning>',
        'meaning of holes in a sparse file: zero pages, or unknown as in a differential snapshot; ' +
          'default: unknown in a raw file, zero in a .vmem',
      ).choices(['zero', 'unknown']),
    );
}

function addAnalysis(program: Command, runs: Runs): void {
  const command = program
    .command('analyze')
    .description('show what page sharing and compression would save on memory images or page digests')
    .argument('<image...>', 'memory images in any known format, digests (.ovd), or - for standard input')
    .addOption(new Option('--only <part>', 'compute only this part; faster').choices(['sharing']))
    .option('--group <name=image,image>', 'guests that may share with each other; may be repeated', collect)
    .option('--max-page-sharing <n>', 'at most n pages on one frame, counted as Linux KSM counts them')
    .option('--codec <names>', 'lz4, zstd or snappy, separated by commas; default: lz4,zstd', collect)
    .option('--verify', 'compare the bytes of pages with the same key')
    .option('--flags <image=file>', 'page flags reported by the guest; may be repeated', collect)
    .option('--similar', 'also find near-duplicates that a patch against another page could replace')
    .option('--kernel <version>', 'Linux version whose zram and zswap are modelled; default: 6.18')
    .option('--zsmalloc-chain <n>', 'its CONFIG_ZSMALLOC_CHAIN_SIZE; default: 4 up to 6.2, then 8')
    .option('--top <n>', 'number of most repeated contents to list; default: 10')
    .addOption(
      new Option('--content-key <function>', 'hash function of the content keys').choices([
        'sha256-64',
        'xxh3-64',
      ]),
    )
    .option('--secret-file <file>', 'use a keyed hash with this 32-byte secret')
    .option('--workers <n>', 'worker threads; default: one per core')
    .option('--json', 'print the figures as JSON')
    .option('-o, --out <folder>', 'write analysis.json and report.html there')
    .action(
      runs(async () => {
        const { analyze } = await import('./commands/analyze.ts');
        return (to: Io, paths: readonly string[], words: AnalyzeWords) =>
          analyze(to, paths, words, ownVersion());
      }),
    );
  addImageOptions(command);
}

function addInputs(program: Command, runs: Runs): void {
  const command = program
    .command('digest')
    .description('make a page digest of a memory image: key, compressed size, fill and role of each page')
    .argument('<image>', 'memory image in any known format, or - for standard input')
    .requiredOption('-o, --out <file>', 'digest to write (.ovd)')
    .option('--flags <file>', 'page flags reported by the guest')
    .addOption(
      new Option('--content-key <function>', 'hash function of the content keys')
        .choices(['sha256-64', 'xxh3-64'])
        .default('sha256-64'),
    )
    .option('--secret-file <file>', 'use a keyed hash with this 32-byte secret')
    .option('--json', 'print what the digest holds as JSON')
    .action(
      runs(async () => {
        const { digest } = await import('./commands/digest.ts');
        return (to: Io, image: string, words: DigestWords) => digest(to, image, words, ownVersion());
      }),
    );
  addImageOptions(command);
  const trace = program.command('trace').description('page traces of programs');
  trace
    .command('import')
    .description(
      "import a trace captured by QEMU's plugins (.obt), or with --from one of another tool: valgrind lackey's " +
        "text, libCacheSim's oracleGeneral, damo's records (JSON), CSV",
    )
    .argument('<file>', 'plain, or compressed with gzip, zlib or Brotli (.br)')
    .requiredOption('-o, --out <file>', 'trace to write (.ovt)')
    .addOption(
      new Option('--from <tool>', 'a format of another tool').choices([
        'lackey',
        'oracleGeneral',
        'damo',
        'csv',
      ]),
    )
    .option('--every <n>', 'interval: instructions (lackey; default 1000000), else requests (default 1)')
    .option('--columns <list>', 'csv: columns by number or header, as in address=2,size=3,kind=op')
    .option('--delimiter <character>', 'csv: field separator; default: detected in the first line')
    .option('--target <id>', 'damo: the target to import, if a record has several')
    .action(runs(async () => (await import('./commands/trace.ts')).importIt));
  trace
    .command('info')
    .description('print what a trace holds')
    .argument('<file>')
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/trace.ts')).info));
  addRecording(program, runs);
}

function addRecording(program: Command, runs: Runs): void {
  const recording = program.command('recording').description('recordings of whole guests');
  recording
    .command('import')
    .description(
      'make a recording from captured files NAME.json, .obt.br, .time.br, .snaps.br and, if any, .steady.br',
    )
    .argument('<folder>')
    .argument('<name>')
    .requiredOption('-o, --out <file>', 'recording to write (.ovr)')
    .action(runs(async () => (await import('./commands/recording.ts')).importIt));
  recording
    .command('info')
    .description('print what a recording holds')
    .argument('<file>')
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/recording.ts')).info));
  recording
    .command('check')
    .description('say whether the trace of a recording tells of what its snapshots show')
    .argument('<files...>')
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/check-recording.ts')).check));
}

function addTranslate(program: Command, runs: Runs): void {
  program
    .command('translate')
    .description(
      "draw one address's walk through process, guest OS, VM and host, with its counted references",
    )
    .argument('[scenario]', 'scenario file (YAML); its run is stopped halfway, or at --at')
    .option('--demo', 'a small machine with a page of every backing, by nested and by shadow paging')
    .option('--mix <name>', 'the mix; default: the one with most strategies')
    .option('--guest <name>', 'the guest; default: the first')
    .option('--process <n>', 'the process; default: 0')
    .option('--address <address>', 'byte address in the process; without it, addresses are listed')
    .option('--at <time>', 'virtual time since the measured part began: 2s')
    .addOption(
      new Option('--paging <kind>', "default: the scenario's host.translation, else nested").choices([
        'nested',
        'shadow',
      ]),
    )
    .option('--write', 'make the access a write; default: a read')
    .option('--seed <n>', "seed of the run; default: the scenario's first")
    .option('--host-memory <size>', "host memory instead of the scenario's: 512MiB, 60%")
    .option('--plugin <module>', 'load a module with strategies or policies; may be repeated', collect)
    .option('--json', 'print as JSON')
    .action(runs(async () => (await import('./commands/translate.ts')).translate));
}
