import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, test } from 'vitest';

import { checkOutFile, checkOutFolder } from './out-target.ts';
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
  mkdirSync(join(into, 'two.txt'), { recursive: true });
  expect(() => writeFiles(into, { 'one.txt': '1', 'two.txt': '2' })).toThrow(/two.txt: is a folder/);
  expect(readdirSync(into)).toEqual(['two.txt']);
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

describe('what is no regular file is written into, and stays what it is', () => {
  test('a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const read = promisify(execFile)('cat', [pipe]);
    writeWhole(pipe, (path) => writeFileSync(path, 'through'));
    expect((await read).stdout).toBe('through');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  test('a device', () => {
    writeWhole('/dev/null', (path) => writeFileSync(path, 'gone'));
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a pipe among the files of a folder', async () => {
    const into = join(folder, 'with-pipe');
    mkdirSync(into);
    execFileSync('mkfifo', [join(into, 'one.txt')]);
    const read = promisify(execFile)('cat', [join(into, 'one.txt')]);
    writeFiles(into, { 'one.txt': '1', 'two.txt': '2' });
    expect((await read).stdout).toBe('1');
    expect(readdirSync(into).sort()).toEqual(['one.txt', 'two.txt']);
  });
});

describe('links are followed', () => {
  test('a link to a file: the file changes, the link stays', () => {
    const [file, link] = [join(folder, 'linked.txt'), join(folder, 'link')];
    writeFileSync(file, 'old');
    symlinkSync('linked.txt', link);
    writeWhole(link, (path) => writeFileSync(path, 'new'));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  test('a link to nothing yet: the file comes into being', () => {
    const link = join(folder, 'dangling');
    symlinkSync('elsewhere/made.txt', link);
    writeWhole(link, (path) => writeFileSync(path, 'new'));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'elsewhere/made.txt'), 'utf8')).toBe('new');
  });

  test('links in a circle are refused', () => {
    symlinkSync('circle-b', join(folder, 'circle-a'));
    symlinkSync('circle-a', join(folder, 'circle-b'));
    expect(() => writeWhole(join(folder, 'circle-a'), () => undefined)).toThrow(/leads to itself/);
  });
});

test('a folder in the place of a file is refused', () => {
  expect(() => writeWhole(folder, () => undefined)).toThrow(/is a folder\. Give the path of a file/);
  mkdirSync(join(folder, 'taken/results.json'), { recursive: true });
  expect(() => checkOutFolder(join(folder, 'taken'), ['results.json'])).toThrow(/is a folder/);
});

test('what a secret made is for its owner alone; another file keeps its permissions', () => {
  const [secret, kept] = [join(folder, 'secret.ovd'), join(folder, 'mode.txt')];
  writeFileSync(secret, '', { mode: 0o644 });
  writeWhole(secret, (path) => writeFileSync(path, 's'), { secret: true });
  expect(statSync(secret).mode & 0o777).toBe(0o600);
  writeFiles(join(folder, 'secrets'), { 'a.json': '{}' }, { secret: true });
  expect(statSync(join(folder, 'secrets/a.json')).mode & 0o777).toBe(0o600);
  writeFileSync(kept, '');
  chmodSync(kept, 0o640);
  writeWhole(kept, (path) => writeFileSync(path, 'k'));
  expect(statSync(kept).mode & 0o777).toBe(0o640);
});

describe('whether there can be written is known beforehand', () => {
  test('a folder that is not there yet can be, and is not made by asking', () => {
    checkOutFolder(join(folder, 'not/yet'), ['results.json']);
    checkOutFile(join(folder, 'not/yet.ovd'));
    expect(existsSync(join(folder, 'not'))).toBe(false);
  });

  test('a folder below a file cannot be', () => {
    writeFileSync(join(folder, 'plain'), '');
    expect(() => checkOutFolder(join(folder, 'plain/x'))).toThrow(
      expect.objectContaining({ code: 'OVB_OUT_UNWRITABLE' }),
    );
    expect(() => checkOutFile(join(folder, 'plain/x.ovd'))).toThrow(/has a file in its path/);
    expect(() => checkOutFolder('/proc/overbook')).toThrow(/cannot be written/);
  });
});
