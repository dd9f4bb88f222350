/** What to type: the first thing that each command's help shows. Paths are those of a clone. */

/** Examples by the words of a command, without `overbook`. */
export const HELP_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': ['compare scenarios/quickstart.yaml', 'strategies show tps', 'new scenario mine'],
  compare: [
    'compare scenarios/quickstart.yaml',
    'compare scenarios/quickstart.yaml --seeds 5 --host-memory 50%,60%,70% -o results',
    'compare scenarios/quickstart.yaml --seeds 5 --report quickstart.html',
    'compare scenarios/quickstart.yaml --mix classic --with tps,hostswap --baseline classic',
  ],
  rank: [
    'rank scenarios/quickstart.yaml',
    'rank scenarios/quickstart.yaml --points 8 --mix tps --mix balloon --mix compression',
    'rank scenarios/quickstart.yaml --host-memory 50%,70% -o ranking',
  ],
  study: [
    'study scenarios/studies/host-size.study.yaml --dry-run',
    'study scenarios/studies/host-size.study.yaml -o host-size',
    'study scenarios/studies/host-size.study.yaml --engine redis://queue.lan:6379',
    'study scenarios/studies/host-size.study.yaml -o host-size --report host-size.html',
  ],
  'study status': ['study status host-size --watch'],
  worker: ['worker redis://queue.lan:6379 --concurrency 4'],
  artifact: ['artifact scenarios/studies/salting.study.yaml --from salting -o salting.artifact'],
  'artifact check': ['artifact check salting.artifact'],
  cell: ['cell --study scenarios/studies/host-size.study.yaml --cell 3f2a -o 3f2a.json'],
  run: [
    'run scenarios/quickstart.yaml --mix classic',
    'run scenarios/mini-bytes.yaml --explain',
    'run scenarios/quickstart.yaml --mix tps --series 5s -o results',
  ],
  reproduce: ['reproduce --list', 'reproduce esx-minfree', 'reproduce -o results'],
  top: [
    'top scenarios/quickstart.yaml --mix classic',
    'top scenarios/quickstart.yaml --batch --interval 10s > top.csv',
  ],
  validate: ['validate scenarios/quickstart.yaml'],
  strategies: ['strategies', 'strategies --plugin ./examples/patch/patch.ts'],
  'strategies show': ['strategies show hostswap', 'strategies show ksm'],
  counters: ['counters', 'counters --json'],
  datasets: ['datasets'],
  new: ['new scenario mine', 'new strategy cold-pages'],
  'new scenario': ['new scenario mine', 'new scenario mine -o scenarios/mine.yaml'],
  'new strategy': ['new strategy cold-pages'],
  analyze: [
    'analyze web.lime db.lime',
    'analyze web.raw db.vmem --only sharing',
    'analyze web.lime db.lime -o report',
  ],
  digest: ['digest web.lime -o web.ovd', 'digest web.lime -o web.ovd --secret-file secret'],
  trace: ['trace info datasets/traces/sqlite.ovt', 'trace import sort.lackey --from lackey -o sort.ovt'],
  'trace import': [
    'trace import sort.lackey --from lackey -o sort.ovt',
    'trace import accesses.csv --from csv --columns address=2,kind=op -o accesses.ovt',
    'trace import sort.obt.br -o sort.ovt',
  ],
  'trace info': ['trace info datasets/traces/sqlite.ovt'],
  recording: ['recording info datasets/recordings/redis.ovr', 'recording import captured redis -o redis.ovr'],
  'recording import': ['recording import captured redis -o redis.ovr'],
  'recording check': ['recording check datasets/recordings/redis.ovr'],
  'recording info': ['recording info datasets/recordings/redis.ovr'],
  translate: [
    'translate --demo',
    'translate scenarios/translation.yaml',
    'translate scenarios/translation.yaml --guest sqlite --address 0x1000 --at 2s',
  ],
};

/** The lines before a command's help. @param self how the command is called */
export function examplesText(words: readonly string[], self: string): string {
  const examples = HELP_EXAMPLES[words.join(' ')] ?? [];
  if (examples.length === 0) return '';
  const title = examples.length === 1 ? 'Example' : 'Examples';
  return `${title}:\n${examples.map((line) => `  ${self} ${line}\n`).join('')}`;
}
