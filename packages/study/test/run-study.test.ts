import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';

import type { Answer } from '@overbook/study';

import { runHere as run } from './run-here.ts';
import { SCENARIO, tinyStudy } from './tiny.ts';

const TABLES = [
  'runs.jsonl',
  'runs.csv',
  'runs.parquet',
  'guests.csv',
  'guests.parquet',
  'summary.json',
  'study.json',
];

function filesOf(folder: string): Readonly<Record<string, string>> {
  const cells = readdirSync(join(folder, 'cells'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  const names = [...TABLES, ...cells.map((name) => join('cells', name))].sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

const GRID = `seeds: 2
vary:
  host.memory: [45 %, 60 %]
  options.tps.pagesPerSecond: [1000, 20000]
`;

test('a mix that a varied option does not touch is run once', async () => {
  const { results, how } = await run(tinyStudy(GRID));
  expect(results.points).toHaveLength(4);
  // Four points, two seeds; swap-only has no tps.
  expect(how).toEqual({ kept: 4, ran: 12, failed: 0 });
});

test('a study that was interrupted and goes on has the bytes of one that was not', async () => {
  const whole = await run(tinyStudy(GRID));
  const path = tinyStudy(GRID);
  for (let after = 1; after <= 5; after += 2)
    await expect(run(path, undefined, after)).rejects.toThrow('stopped');
  const resumed = await run(path);
  expect(resumed.how.kept).toBeGreaterThanOrEqual(9);
  expect(filesOf(resumed.folder.path)).toEqual(filesOf(whole.folder.path));
});

test('a half-written result is no result', async () => {
  const path = tinyStudy(GRID);
  const {
    folder: { path: folder },
  } = await run(path);
  const before = filesOf(folder);
  const [cut] = Object.keys(before);
  writeFileSync(join(folder, cut!), readFileSync(join(folder, cut!)).subarray(0, 100));
  const again = await run(path);
  expect(again.how.ran).toBe(1);
  expect(filesOf(folder)).toEqual(before);
});

test('a changed study runs what is new, whatever the scenario is called', async () => {
  const path = tinyStudy(GRID);
  await run(path);
  writeFileSync(join(dirname(path), 'tiny.yaml'), SCENARIO.replace('name: tiny', 'name: other'));
  writeFileSync(path, readFileSync(path, 'utf8').replace('[45 %, 60 %]', '[45 %, 60 %, 80 %]'));
  // At 80 % six new runs: four of tps, two of swap-only.
  expect((await run(path)).how).toEqual({ kept: 18, ran: 6, failed: 0 });
});

test('the tables say what the cells do', async () => {
  const {
    folder: { path: folder },
    results,
  } = await run(tinyStudy(GRID));
  const lines = readFileSync(join(folder, 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const parquet = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'runs.parquet')) });
  expect(parquet).toEqual(lines);
  expect(lines).toHaveLength(16);
  expect(lines[0]).toMatchObject({
    'host.memory': '45 %',
    'options.tps.pagesPerSecond': 1000,
    mix: 'swap-only',
    seed: 1,
    guests: 2,
  });
  const slowdowns = lines
    .filter(({ point, mix }) => point === 3 && mix === 'tps')
    .map((row) => row['work_slowdown_ratio'] as number);
  const [, tps] = results.points[3]!.mixes;
  expect(tps!.figures!.workSlowdown.mean).toBeCloseTo((slowdowns[0]! + slowdowns[1]!) / 2, 4);
  const csv = readFileSync(join(folder, 'runs.csv'), 'utf8').trim().split('\n');
  expect(csv[0]!.split(',')).toEqual(Object.keys(lines[0]!));
  expect(csv).toHaveLength(17);
});

test('a search finds what a look at every value finds, in a third of the runs or fewer', async () => {
  const values = Array.from({ length: 41 }, (_, i) => `${40 + i} %`);
  const grid = await run(
    tinyStudy(`seeds: 3\nmixes: [swap-only]\nvary:\n  host.memory: [${values.join(', ')}]\n`),
  );
  const limit = 1.5;
  const holding = grid.results.points.map(({ mixes }) => mixes[0]!.figures!.workSlowdown.mean <= limit);
  const first = holding.indexOf(true);
  // What a bisection can find is where this turns once.
  expect(holding.lastIndexOf(false)).toBe(first - 1);
  const find = `seeds: 3
mixes: [swap-only]
find:
  { least: host.memory, from: 40 %, to: 80 %, step: 1 %, hold: { workSlowdown: ${limit} } }
`;
  const { results, how } = await run(tinyStudy(find));
  const [answer] = results.answers as [Answer];
  expect(answer.value).toBe(values[first]);
  expect(answer.gridRuns).toBe(41 * 3);
  expect(answer.runs).toBeLessThanOrEqual((41 * 3) / 3);
  expect(how.ran).toBe(answer.runs);
  const percent = (value: unknown): number => parseFloat(String(value));
  expect(percent(answer.between!.from)).toBeLessThanOrEqual(percent(answer.value));
  expect(percent(answer.between!.to)).toBeGreaterThanOrEqual(percent(answer.value));
});

test('an option is varied in the mixes of the study alone', async () => {
  const ksm = `${SCENARIO}  ksm: { profile: linux-kvm, strategies: [tps, hostswap] }\n`;
  const vary = 'mixes: [tps]\nvary: { options.tps.salting: [0, 2] }\n';
  // As KSM, tps knows no salting.
  expect((await run(tinyStudy(vary, ksm))).how).toEqual({ kept: 0, ran: 2, failed: 0 });
  await expect(run(tinyStudy('vary: { options.tps.salting: [0, 2] }\n', ksm))).rejects.toMatchObject({
    code: 'OVB_STUDY_PATH',
    what: expect.stringMatching(/with options.tps.salting: 0: tps: unknown key 'salting'/) as unknown,
  });
});

test('a folder of another study, or with other files, is left alone', async () => {
  const path = tinyStudy(GRID);
  const out = join(dirname(path), 'out');
  mkdirSync(out);
  writeFileSync(join(out, 'thesis.tex'), 'mine');
  await expect(run(path, out)).rejects.toMatchObject({ code: 'OVB_STUDY_OTHER' });
  expect(readdirSync(out)).toEqual(['thesis.tex']);
});
