import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { checkArtifact, isReproduced, makeArtifact } from '@overbook/study';

import { runHere } from './run-here.ts';
import { SCENARIO, tinyStudy } from './tiny.ts';

const GRID = 'seeds: 2\nvary: { host.memory: [45 %, 60 %] }\n';

async function made(): Promise<string> {
  const path = tinyStudy(GRID);
  const { study, folder } = await runHere(path);
  const out = join(dirname(path), 'artifact');
  makeArtifact(study, folder, out, {
    authors: ['Doe, Jo'],
    version: '1.2.3',
    node: 'v0',
    texts: { LICENSE: 'free' },
  });
  return out;
}

test('an artifact runs from its own folder and gives its rows again, every byte', async () => {
  const artifact = await made();
  expect(statSync(join(artifact, 'run-all')).mode & 0o111).not.toBe(0);
  const { how } = await runHere(join(artifact, 'inputs/study.yaml'), join(artifact, 'results'));
  expect(how.ran).toBe(8);
  const check = checkArtifact(artifact);
  expect(check).toEqual({
    rows: 8,
    isExact: true,
    missing: [],
    unexpected: [],
    differences: [],
    madeWith: [],
  });
  expect(isReproduced(check)).toBe(true);
  expect(parse(readFileSync(join(artifact, 'CITATION.cff'), 'utf8'))).toMatchObject({
    authors: [{ 'family-names': 'Doe', 'given-names': 'Jo' }],
  });
});

test('what differs is told by row and column, with what it was made with', async () => {
  const artifact = await made();
  const [expected, results] = ['expected', 'results'].map((name) => join(artifact, name));
  mkdirSync(results!);
  copyFileSync(join(expected!, 'study.json'), join(results!, 'study.json'));
  const [first, second, ...rest] = readFileSync(join(expected!, 'runs.jsonl'), 'utf8').trim().split('\n');
  const near = JSON.parse(first!) as Record<string, number>;
  near['work_slowdown_ratio']! *= 1.001;
  const far = JSON.parse(second!) as Record<string, number>;
  far['work_slowdown_ratio']! *= 2;
  const lines = [JSON.stringify(near), JSON.stringify(far), ...rest.slice(1)];
  writeFileSync(join(results!, 'runs.jsonl'), `${lines.join('\n')}\n`);
  const record = readFileSync(join(expected!, 'study.json'), 'utf8');
  writeFileSync(join(results!, 'study.json'), record.replace('"node": "v0"', '"node": "v1"'));
  const check = checkArtifact(artifact);
  expect(check).toMatchObject({
    isExact: false,
    unexpected: [],
    madeWith: [{ what: 'Node.js', expected: 'v0', got: 'v1' }],
    differences: [
      { column: 'work_slowdown_ratio', isWithin: true },
      {
        column: 'work_slowdown_ratio',
        isWithin: false,
        row: expect.stringMatching(/"45 %".*seed 2/) as unknown,
      },
    ],
  });
  expect(check.missing).toHaveLength(1);
  expect(isReproduced(check)).toBe(false);
});

test('a study that did not run to its end, a folder with files and inputs from elsewhere are refused', async () => {
  const by = { authors: [], version: '1.2.3', node: 'v0', texts: {} };
  const path = tinyStudy(GRID);
  const { study, folder } = await runHere(path);
  const out = join(dirname(path), 'artifact');
  expect(() => makeArtifact(study, folder, dirname(path), by)).toThrow(/is not empty/);
  rmSync(folder.file('summary.json'));
  expect(() => makeArtifact(study, folder, out, by)).toThrow(/has not run to its end/);
  const elsewhere = tinyStudy(GRID, SCENARIO.replace('images/mini.raw.gz', '../datasets/images/mini.raw.gz'));
  const ended = await runHere(elsewhere);
  expect(() => makeArtifact(ended.study, ended.folder, out, by)).toThrow(/lies outside/);
});
