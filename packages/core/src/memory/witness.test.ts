import { expect, test } from 'vitest';

import { KeyStore } from '../store/key-store.ts';
import type { ContentTable } from '../units/content.ts';
import { FILL_OTHER, FILL_ZERO } from '../units/content.ts';
import { gfn, mfn, vmId } from '../units/page.ts';
import { Witness } from './witness.ts';

const table: ContentTable = {
  contentKey: 'sha256-64',
  codec: 'none',
  keyLo: Uint32Array.of(1, 2),
  keyHi: Uint32Array.of(3, 4),
  compressedBytes: Uint16Array.of(100, 200),
  fill: Uint8Array.of(FILL_OTHER, FILL_OTHER),
};
const vm = vmId(0);

test('a page reads back what was written last', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  store.write(mfn(0), table, 1);
  witness.wrote(vm, gfn(2), table, 1);
  witness.check(vm, gfn(2), mfn(0), store);
  expect(witness.reads).toBe(1);
  store.write(mfn(0), table, 0);
  expect(() => witness.check(vm, gfn(2), mfn(0), store)).toThrow(
    /guests read what they last wrote \(page 2 of VM 0/,
  );
});

test('a page never written reads as zero', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  witness.check(vm, gfn(0), mfn(0), store);
  store.write(mfn(0), table, 0);
  expect(() => witness.check(vm, gfn(0), mfn(0), store)).toThrow(/a new frame reads as zero/);
});

test('a page that was given away reads as zero again', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  witness.wrote(vm, gfn(1), table, 0);
  witness.discarded(vm, gfn(1));
  expect(store.fill(mfn(1))).toBe(FILL_ZERO);
  witness.check(vm, gfn(1), mfn(1), store);
});

test('private contents are known by their hash at the moment of writing', () => {
  const store = new KeyStore(2);
  const witness = new Witness([4]);
  store.writePrivate(mfn(0), 100, FILL_OTHER);
  witness.wrotePrivate(vm, gfn(0), store.hashLo(mfn(0)), store.hashHi(mfn(0)));
  witness.check(vm, gfn(0), mfn(0), store);
  store.writePrivate(mfn(0), 100, FILL_OTHER);
  expect(() => witness.check(vm, gfn(0), mfn(0), store)).toThrow(/last wrote/);
});
