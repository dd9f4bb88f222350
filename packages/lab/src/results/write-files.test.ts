import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { writeFiles, writeWhole } from './write-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-write-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('all files of a folder are written, and no other', () => {
  const into = join(folder, 'a/b');
  writeFiles(into, { 'one.txt': '1', 'two.txt': '2' });
  expect(readdirSync(into).sort()).toEqual(['one.txt', 'two.txt']);
  expect(readFileSync(join(into, 'two.txt'), 'utf8')).toBe('2');
});

test('a folder that cannot be written is refused, with nothing left behind', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => writeFiles(join(file, 'x'), { 'one.txt': '1' })).toThrow(
    expect.objectContaining({ code: 'OVB_OUT_UNWRITABLE' }),
  );
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test('when one of several files cannot be written, none is', () => {
  const into = join(folder, 'half');
  expect(() => writeFiles(into, { 'one.txt': '1', 'no/such/folder.txt': '2' })).toThrow(/cannot be written/);
  expect(readdirSync(into)).toEqual([]);
});

test('a file whose writer throws keeps what it held', () => {
  const path = join(folder, 'kept.txt');
  writeFileSync(path, 'old');
  const write = (temporary: string): void => {
    writeFileSync(temporary, 'ne');
    throw new RangeError('half way');
  };
  expect(() => writeWhole(path, write)).toThrow(RangeError);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(existsSync(`${path}.partial`)).toBe(false);
});
