import { expect, test } from 'vitest';

import { KeyStore } from '../store/key-store.ts';
import type { ContentTable } from '../units/content.ts';
import { FILL_OTHER, FILL_ZERO } from '../units/content.ts';
import { toGfn, toMfn, toVmId } from '../units/page.ts';
import { Witness } from './witness.ts';

const table: ContentTable = {
  contentKey: 'sha256-64',
  codec: 'none',
  keyLo: Uint32Array.of(1, 2),
  keyHi: Uint32Array.of(3, 4),
  compressedBytes: Uint16Array.of(100, 200),
  fill: Uint8Array.of(FILL_OTHER, FILL_OTHER),
};
const vm = toVmId(0);

test('a page reads back what was written last', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  store.write(toMfn(0), table, 1);
  witness.wrote(vm, toGfn(2), table, 1);
  witness.check(vm, toGfn(2), toMfn(0), store);
  expect(witness.reads).toBe(1);
  store.write(toMfn(0), table, 0);
  expect(() => witness.check(vm, toGfn(2), toMfn(0), store)).toThrow(
    /guests read what they last wrote \(page 2 of VM 0/,
  );
});

test('a page never written reads as zero', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  witness.check(vm, toGfn(0), toMfn(0), store);
  store.write(toMfn(0), table, 0);
  expect(() => witness.check(vm, toGfn(0), toMfn(0), store)).toThrow(/a new frame reads as zero/);
});

test('a page that was given away reads as zero again', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  witness.wrote(vm, toGfn(1), table, 0);
  witness.discarded(vm, toGfn(1));
  expect(store.fill(toMfn(1))).toBe(FILL_ZERO);
  witness.check(vm, toGfn(1), toMfn(1), store);
});

test('private contents are known by their hash at the moment of writing', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  store.writePrivate(toMfn(0), 100, FILL_OTHER);
  witness.wrotePrivate(vm, toGfn(0), store.hashLo(toMfn(0)), store.hashHi(toMfn(0)));
  witness.check(vm, toGfn(0), toMfn(0), store);
  store.writePrivate(toMfn(0), 100, FILL_OTHER);
  expect(() => witness.check(vm, toGfn(0), toMfn(0), store)).toThrow(/last wrote/);
});
