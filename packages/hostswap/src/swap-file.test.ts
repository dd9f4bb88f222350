import { closeSync, existsSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toMfn } from '@overbook/core';
import { ByteStore } from '@overbook/core/host';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { SwapFile } from './swap-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swap-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeFile(frames = 2): { readonly store: ByteStore; readonly file: SwapFile; readonly path: string } {
  const store = new ByteStore(frames);
  const path = join(folder, 'a.vswp');
  store.view(toMfn(0)).fill(7);
  return { store, file: new SwapFile(openSync(path, 'w+'), path, store), path };
}

test('a slot gives back the page that was put into it', () => {
  const { store, file } = makeFile();
  file.save(3, toMfn(0));
  file.load(3, toMfn(1));
  expect(store.equal(toMfn(0), toMfn(1))).toBe(true);
});

test('whatever order slots are saved, dropped and saved again in, each gives back its last page', () => {
  const { store, file } = makeFile();
  const known = new Map<number, number>();
  const step = fc.record({ slot: fc.nat(11), byte: fc.integer({ min: 0, max: 255 }), drops: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      for (const { slot, byte, drops } of steps) {
        if (drops) {
          file.drop(slot);
          known.delete(slot);
        } else {
          store.view(toMfn(0)).fill(byte);
          file.save(slot, toMfn(0));
          known.set(slot, byte);
        }
      }
      for (const [slot, byte] of known) {
        file.load(slot, toMfn(1));
        expect(store.view(toMfn(1)).every((one) => one === byte)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

test('a slot that was changed behind our back is an error with its place, never a wrong page', () => {
  const { file, path } = makeFile();
  file.save(1, toMfn(0));
  const page = Buffer.alloc(2 * 4096, 7);
  page[4096 + 99] = 8;
  writeFileSync(path, page);
  expect(() => file.load(1, toMfn(1))).toThrow(/a\.vswp:0x1000: the slot does not hold what was written/);
});

test('a slot that was dropped is not read again, though its bytes still stand there', () => {
  const { file } = makeFile();
  file.save(1, toMfn(0));
  file.drop(1);
  expect(() => file.load(1, toMfn(1))).toThrow(/the slot does not hold what was written/);
});

test('a file that was cut short is an error, never a wrong page', () => {
  const { file, path } = makeFile();
  file.save(1, toMfn(0));
  truncateSync(path, 5000);
  expect(() => file.load(1, toMfn(1))).toThrow(/the file ends after 904 bytes/);
});

test.skipIf(!existsSync('/dev/full'))(
  'a full device stops with its reason; the page stays where it was',
  () => {
    const store = new ByteStore(1);
    const opened = openSync('/dev/full', 'w+');
    const file = new SwapFile(opened, '/dev/full', store);
    store.view(toMfn(0)).fill(9);
    expect(() => file.save(0, toMfn(0))).toThrow(/cannot write the swap file: ENOSPC/);
    expect(store.view(toMfn(0))[0]).toBe(9);
    closeSync(opened);
  },
);
