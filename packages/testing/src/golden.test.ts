import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { differencesOf, expectGolden } from './golden.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overbook-golden-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const counts = { '60 %': { swapOuts: 4337, swapIns: 4032 } };

test('a golden that was written holds, and is read by people', () => {
  const path = join(folder, 'deep', 'one.json');
  expectGolden(path, counts, true);
  expectGolden(path, counts, false);
  expect(readFileSync(path, 'utf8')).toBe(
    '{\n  "60 %": {\n    "swapOuts": 4337,\n    "swapIns": 4032\n  }\n}\n',
  );
});

test('every count that differs is named, with both figures', () => {
  const path = join(folder, 'two.json');
  expectGolden(path, counts, true);
  const now = { '60 %': { swapOuts: 4338, swapIns: 4032, shared: 1 } };
  expect(() => expectGolden(path, now, false)).toThrow(
    /60 %\.swapOuts: 4337, now 4338\n {2}60 %\.shared: none, now 1/,
  );
  expect(differencesOf(counts, {})).toEqual([
    '60 %.swapOuts: 4337, now none',
    '60 %.swapIns: 4032, now none',
  ]);
});

test('a missing golden is no golden of nothing', () => {
  expect(() => expectGolden(join(folder, 'three.json'), {}, false)).toThrow('three.json does not exist');
});
