import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ByteStore, mfn } from '@overbook/core';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { SwapFile, SwapFolder } from './swap-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swap-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeFile(): { readonly store: ByteStore; readonly file: SwapFile; readonly path: string } {
  const store = new ByteStore(2);
  const path = join(folder, 'a.vswp');
  store.view(mfn(0)).fill(7);
  return { store, file: new SwapFile(path, store), path };
}

test('a slot gives back the page that was put into it', () => {
  const { store, file } = makeFile();
  file.save(3, mfn(0));
  file.load(3, mfn(1));
  expect(store.equal(mfn(0), mfn(1))).toBe(true);
});

test('a slot that was changed behind our back is an error with its place, never a wrong page', () => {
  const { file, path } = makeFile();
  file.save(1, mfn(0));
  const page = Buffer.alloc(2 * 4096, 7);
  page[4096 + 99] = 8;
  writeFileSync(path, page);
  expect(() => file.load(1, mfn(1))).toThrow(/a\.vswp:0x1000: the slot does not hold what was written/);
});

test('a file that was cut short is an error, never a wrong page', () => {
  const { file, path } = makeFile();
  file.save(1, mfn(0));
  truncateSync(path, 5000);
  expect(() => file.load(1, mfn(1))).toThrow(/the file ends after 904 bytes/);
});

test('a file that cannot be written stops with the reason and the mend', () => {
  const store = new ByteStore(1);
  expect(() => new SwapFile(join(folder, 'missing', 'a.vswp'), store)).toThrow(
    /cannot open the swap file.*ENOENT.*directory/,
  );
});

test.skipIf(!existsSync('/dev/full'))(
  'a full device stops with its reason; the page stays where it was',
  () => {
    const store = new ByteStore(1);
    const file = new SwapFile('/dev/full', store);
    store.view(mfn(0)).fill(9);
    expect(() => file.save(0, mfn(0))).toThrow(/cannot write the swap file: ENOSPC/);
    expect(store.view(mfn(0))[0]).toBe(9);
  },
);

test('the folder goes with the host, and a folder that cannot be made is an error', () => {
  const store = new ByteStore(1);
  const swap = new SwapFolder(folder);
  swap.file('web/../1', store).save(0, mfn(0));
  expect(readdirSync(folder)).toHaveLength(1);
  swap.remove();
  expect(readdirSync(folder)).toEqual([]);
  expect(() => new SwapFolder(join(folder, 'missing'))).toThrow(/cannot make a folder for swap files/);
});
