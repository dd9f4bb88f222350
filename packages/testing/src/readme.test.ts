import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import * as broken from './broken/index.ts';
import { POLICY_PROMISES } from './policy-suite.ts';
import { PROMISES } from './promises.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Cells of the table whose first heading is `heading`, row by row. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const lines = readme.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(first + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the table of promises has each of them, in their order', () => {
  expect(rowsOf('promise').map(([promise]) => promise)).toEqual(Object.values(PROMISES));
});

test('the table of lies has each of them, and the promise that the kit names', () => {
  const lies = rowsOf('lie').map(([lie, , promise]) => `${lie}: ${promise}`);
  const cases = Object.entries(broken).map(([name, { breaks }]) => `\`${name}\`: ${breaks}`);
  expect(new Set(lies)).toEqual(new Set(cases));
});

test('the table of policies has each of their promises, in their order', () => {
  expect(rowsOf('promise of a policy').map(([promise]) => promise)).toEqual(Object.values(POLICY_PROMISES));
});
