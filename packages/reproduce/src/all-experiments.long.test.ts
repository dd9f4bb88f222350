/** Runs everything: what holds for the rows of all experiments, and that docs tell of each that fails. */
import { readFileSync } from 'node:fs';

import { beforeAll, expect, test } from 'vitest';

import type { Row } from './experiment.ts';
import { compares, isReproduced } from './experiment.ts';
import { EXPERIMENTS } from './registry.ts';
import { reproduce } from './reproduce.ts';

const datasets = new URL('../../../datasets', import.meta.url).pathname;
const docs = new URL('../../../docs/model/reproduced.md', import.meta.url);

interface Told extends Row {
  readonly id: string;
}
const rows: Told[] = [];

beforeAll(async () => {
  for (const experiment of EXPERIMENTS) {
    const { result } = await reproduce(experiment, { datasets });
    rows.push(...result.rows.map((row) => ({ ...row, id: experiment.id })));
  }
}, 900_000);

test('what follows from published inputs passes, and every input comes back', () => {
  const bound = rows.filter(({ grade }) => grade === 'arithmetic' || grade === 'input');
  expect(bound.length).toBeGreaterThan(50);
  expect(bound.filter(({ pass }) => !pass)).toEqual([]);
});

test('no row fails without an explanation', () => {
  const silent = rows.filter(({ pass, explanation = '' }) => !pass && explanation.length < 40);
  expect(silent.map(({ id, quantity }) => [id, quantity])).toEqual([]);
});

test('the page on published experiments has each failing row with its figures, and no other', () => {
  const page = readFileSync(docs, 'utf8');
  const section = page.slice(page.indexOf('## Rows that fail'));
  const told = [...section.matchAll(/^\| `([^`]+)` +\| (.+?) +\| (.+?) +\| (.+?) +\|/gm)].map((cells) =>
    cells.slice(1, 5),
  );
  const failing = rows.filter(({ pass }) => !pass);
  expect(told).toEqual(
    failing.map(({ id, quantity, published, measured }) => [
      id,
      quantity,
      String(published),
      String(measured),
    ]),
  );
});

test("the project's page counts them as they are", () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  const [comparing, reproduced] = [rows.filter(compares), rows.filter(isReproduced)];
  const solved = reproduced.filter(({ solved: by }) => by !== undefined);
  const said = `Of ${comparing.length} rows that compare ${reproduced.length} are reproduced`;
  expect(readme).toContain(`${said}, ${solved.length} of them by a parameter`);
});
