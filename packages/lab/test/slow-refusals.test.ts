/** Files that are wrong a thousand times, or nested without end: refused with few problems, each a sentence. */
import { expect, test } from 'vitest';

import { ProblemsError, parseScenario } from '@overbook/lab';

const head = 'name: x\nhost: { memory: 2 MiB }\nmixes: { a: { strategies: [hostswap] } }\n';

function problemsOf(text: string): readonly Pick<ProblemsError, 'at' | 'what' | 'mend'>[] {
  try {
    parseScenario('x.yaml', text);
  } catch (error) {
    return error instanceof ProblemsError ? error.problems : [error as ProblemsError];
  }
  throw new Error('it was taken');
}

test('of ten thousand wrong guests the first ones are told, and the rest is not looked at', () => {
  const guests = Array.from({ length: 10_000 }, (_, i) => `  - { name: g${i}, recordin: r, siz: 3 }\n`);
  const problems = problemsOf(`${head}guests:\n${guests.join('')}`);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.length).toBeLessThanOrEqual(50);
  expect(problems[0]!.at).toBe('x.yaml:5:5');
});

test('a wrong guest behind many good ones is told at its own place', () => {
  const guests = Array.from({ length: 350 }, (_, i) => `  - { name: g${i}, recording: r.ovr }\n`);
  const problems = problemsOf(`${head}guests:\n${guests.join('')}  - { name: last, recording: 7 }\n`);
  expect(problems).toMatchObject([{ at: 'x.yaml:355:30', what: "'recording' is number 7" }]);
});

test('errors of YAML without end are told up to a number', () => {
  expect(problemsOf(`name: x\n${'a: [1}\n'.repeat(2000)}`).length).toBeLessThanOrEqual(50);
});

test.each([
  ['lists', `host: ${'['.repeat(20_000)}`],
  ['closed lists', `host: ${'['.repeat(5000)}1${']'.repeat(5000)}`],
  ['maps', `host: ${'{a: '.repeat(20_000)}`],
])('%s nested without end are told as such', (_what, text) => {
  const problems = problemsOf(`name: x\n${text}`);
  expect(problems).toHaveLength(1);
  expect(problems[0]!.what).toBe('is not a scenario: lists and maps are nested too deeply');
});
