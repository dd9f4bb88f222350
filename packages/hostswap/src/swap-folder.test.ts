import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toMfn } from '@overbook/core';
import { ByteStore } from '@overbook/core/host';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { SwapFolder } from './swap-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swap-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As a run that died between opening its files and taking their names away leaves it. */
function leaveBehind(name: string, ageSeconds: number): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, '0.vswp'), 'a page');
  const made = lstatSync(path).mtimeMs / 1000 - ageSeconds;
  utimesSync(path, made, made);
  return path;
}

test('files are for this user alone, under a name that nobody can know', () => {
  const names = [new SwapFolder(folder), new SwapFolder(folder)].map((swap) => {
    swap.open(new ByteStore(1));
    return swap;
  });
  const folders = readdirSync(folder);
  expect(new Set(folders).size).toBe(names.length);
  for (const name of folders) {
    expect(lstatSync(join(folder, name)).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, name))).toEqual(['0.vswp']);
    expect(lstatSync(join(folder, name, '0.vswp')).mode & 0o777).toBe(0o600);
  }
  for (const swap of names) swap.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('sealed, its files hold pages and stand nowhere', () => {
  const store = new ByteStore(2);
  const swap = new SwapFolder(folder);
  const file = swap.open(store);
  swap.seal();
  expect(readdirSync(folder)).toEqual([]);
  store.view(toMfn(0)).fill(7);
  file.save(5, toMfn(0));
  file.load(5, toMfn(1));
  expect(store.equal(toMfn(0), toMfn(1))).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
  swap.remove();
});

test('what a run left behind goes at the next start; what is new, a link or no folder stays', () => {
  const old = leaveBehind('overbook-swap-aaaaaa', 3600);
  const fresh = leaveBehind('overbook-swap-bbbbbb', 0);
  const others = leaveBehind('somebody-elses', 3600);
  symlinkSync(others, join(folder, 'overbook-swap-cccccc'));
  writeFileSync(join(folder, 'overbook-swap-dddddd'), '');
  new SwapFolder(folder).remove();
  expect(existsSync(old)).toBe(false);
  expect(existsSync(join(fresh, '0.vswp'))).toBe(true);
  expect(existsSync(join(others, '0.vswp'))).toBe(true);
  expect(readdirSync(folder)).toHaveLength(4);
});

test('a folder or a file that cannot be made is an error with its mend', () => {
  expect(() => new SwapFolder(join(folder, 'missing'))).toThrow(
    /cannot create a folder for swap files.*ENOENT.*directory/,
  );
  const swap = new SwapFolder(folder);
  rmSync(join(folder, readdirSync(folder)[0]!), { recursive: true });
  expect(() => swap.open(new ByteStore(1))).toThrow(/cannot open the swap file.*ENOENT.*directory/);
});
