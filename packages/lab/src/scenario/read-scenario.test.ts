import { readdirSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ProblemsError } from './problems.ts';
import { parseScenario, readScenario } from './read-scenario.ts';

const GOOD = `name: small
host:
  memory: 16 MiB
guests:
  - name: one
    recording: a.ovr
mixes:
  swap-only:
    strategies: [hostswap]
`;

/** What is wrong with a text: `line:column what | mend`. */
function problemsIn(text: string): readonly string[] {
  try {
    parseScenario('s.yaml', text);
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems.map(({ code, at, what, mend }) => {
      expect(code).toBe('OVB_SCENARIO_INVALID');
      return `${at.replace('s.yaml:', '')} ${what} | ${mend}`;
    });
  }
  return [];
}

/** GOOD with one piece replaced. */
function changed(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

test('a good scenario has defaults filled in, sizes in pages and times in milliseconds', () => {
  const { scenario } = parseScenario('s.yaml', changed('16 MiB', '16 MiB\n  paces: { balance: 1.5 s }'));
  expect(scenario).toEqual({
    name: 'small',
    datasets: '.',
    seeds: [1],
    host: { memory: 4096, paces: { balance: 1500 } },
    guests: [{ name: 'one', recording: 'a.ovr', start: 'work-start' }],
    order: 'shuffled',
    plugins: [],
    mixes: { 'swap-only': { strategies: ['hostswap'] } },
    check: false,
  });
});

test.each([
  ['an unknown key', changed('memory:', 'memroy:'), ["3:3 unknown key 'memroy' | Did you mean 'memory'?"]],
  ['an unknown key at the top', `${GOOD}sed: 1\n`, ["10:1 unknown key 'sed' | Did you mean 'seeds'?"]],
  [
    'an unknown key of a guest',
    changed('a.ovr', 'a.ovr\n    sise: 1 MiB'),
    ["7:5 unknown key 'sise' | Did you mean 'size'?"],
  ],
  [
    'an unknown key of a mix',
    changed('strategies:', 'strategys:'),
    ["9:5 unknown key 'strategys' | Did you mean 'strategies'?"],
  ],
  [
    'an unknown cost',
    `${GOOD}costs: { swapIm: 1 }\n`,
    ["10:10 unknown key 'swapIm' | Did you mean 'swapIn'?"],
  ],
  [
    'an unknown pace',
    changed('16 MiB', '16 MiB\n  paces: { balence: 1 s }'),
    ["4:12 unknown key 'balence' | Did you mean 'balance'?"],
  ],
  [
    'an unknown model',
    changed('16 MiB', '16 MiB\n  memoryStates: esxi-6'),
    ["4:17 'memoryStates' is text 'esxi-6' | Did you mean 'esxi-6.x'?"],
  ],
  [
    'a size without a unit',
    changed('16 MiB', '16'),
    ["3:11 'memory' is not a quantity | Write a number and a unit"],
  ],
  [
    'a size in megabytes',
    changed('16 MiB', '16 MB'),
    ["3:11 '16 MB' has an unknown unit, 'MB' | Write `512 MiB`"],
  ],
  [
    'a guest of no kind',
    changed('recording: a.ovr', 'size: 1 MiB'),
    ["5:5 entry 1 of 'guests' does not say what it runs | Give one of: recording, trace, script, programs."],
  ],
  [
    'a guest of two kinds',
    changed('a.ovr', 'a.ovr\n    trace: a.ovt'),
    ["7:5 unknown key 'trace' | Known keys: name"],
  ],
  [
    'an unknown start',
    changed('a.ovr', 'a.ovr\n    start: boot'),
    ["7:12 'start' is text 'boot' | Known: power-on, work-start."],
  ],
  [
    'an unfinished script',
    changed('recording: a.ovr', 'script: { intervals: 1 }\n    image: a.ovd\n    size: 1 MiB'),
    ["6:5 'pagesPerInterval' is missing | Add it: a number."],
  ],
  [
    'a name with capitals',
    changed('name: small', 'name: Small'),
    ["1:7 'name' is not a name | Use lowercase letters"],
  ],
  ['no host', GOOD.replace(/host:\n.*\n/, ''), ["1:1 'host' is missing | Add it: a map."]],
  [
    'no guest',
    changed('- name: one\n    recording: a.ovr', '[]'),
    ["5:3 'guests' is empty | Give at least 1."],
  ],
  [
    'no mix',
    changed('mixes:\n  swap-only:\n    strategies: [hostswap]', 'mixes: {}'),
    ['7:8 there is no mix | Name at least one'],
  ],
  ['an empty mix', changed('[hostswap]', '[]'), ["9:17 'strategies' is empty | Give at least 1."]],
  [
    'a map of two strategies',
    changed('[hostswap]', '[{ tps: {}, hostswap: {} }]'),
    ["9:18 entry 1 of 'strategies' names 2 plugins | Give a map from exactly one"],
  ],
  [
    'two guests of one name',
    changed('mixes:', '  - { name: one, recording: b.ovr }\nmixes:'),
    ["7:13 two guests are named 'one' | Give each guest a name of its own."],
  ],
  ['a seed twice', `${GOOD}seeds: [1, 1]\n`, ['10:8 a seed is named twice | Name each seed once.']],
  [
    'a negative seed',
    `${GOOD}seeds: [-1]\n`,
    ["10:9 entry 1 of 'seeds' is -1, which is too small | Give at least 0."],
  ],
  ['a file that is no map', '- 1\n- 2\n', ['1:1 the file is a list | Give a map.']],
  ['an empty file', '', ['1:1 the file is nothing | Give a map.']],
  ['a key twice', `${GOOD}name: again\n`, ['10:1 not valid YAML: Map keys must be unique']],
  ['broken YAML', 'name: [1\n', ['2:1 not valid YAML:']],
])('%s is refused at its place, with the mend', (_what, text, wanted) => {
  const found = problemsIn(text);
  expect(found).toHaveLength(wanted.length);
  for (const [i, start] of wanted.entries()) expect(found[i]!.slice(0, start.length)).toBe(start);
});

test('all problems are told at once, in the order of the file', () => {
  const text = changed('16 MiB', '16').replace('recording', 'recroding').replace('[hostswap]', '[]');
  expect(problemsIn(text).map((problem) => problem.split(' ')[0])).toEqual(['3:11', '5:5', '9:17']);
});

test('aliases that would unfold into a flood are refused', () => {
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
  ];
  expect(() => parseScenario('s.yaml', bomb.join('\n'))).toThrow(/not valid YAML/);
});

test('a file that is not there is refused by name', () => {
  expect(() => readScenario('/nowhere/s.yaml')).toThrow(
    expect.objectContaining({ code: 'OVB_SCENARIO_UNREADABLE', at: '/nowhere/s.yaml' }),
  );
});

test('every shipped scenario is valid and named after its file', () => {
  const folder = new URL('../../../../scenarios/', import.meta.url).pathname;
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) expect(readScenario(folder + file).scenario.name).toBe(file.replace('.yaml', ''));
});
