import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { ContentTable } from '../units/content.ts';
import { FILL_OTHER, FILL_SAME, FILL_ZERO } from '../units/content.ts';
import { PAGE_BYTES, toMfn } from '../units/page.ts';
import { ByteStore } from './byte-store.ts';
import { KeyStore } from './key-store.ts';

/** Five contents: zero, two same-filled, two others, with keys of their real bytes. */
function makeTable(): ContentTable {
  const bytes = new Uint8Array(5 * PAGE_BYTES);
  bytes.subarray(PAGE_BYTES, 2 * PAGE_BYTES).fill(0xcc);
  bytes.subarray(2 * PAGE_BYTES, 3 * PAGE_BYTES).fill(0xdd);
  for (let i = 0; i < PAGE_BYTES; i++) bytes[3 * PAGE_BYTES + i] = (i * 7) & 255;
  bytes.set([1, 2, 3], 4 * PAGE_BYTES);
  const keyLo = new Uint32Array(5);
  const keyHi = new Uint32Array(5);
  for (let i = 0; i < 5; i++) {
    const hash = createHash('sha256')
      .update(bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES))
      .digest();
    keyLo[i] = hash.readUInt32LE(0);
    keyHi[i] = hash.readUInt32LE(4);
  }
  const fill = Uint8Array.of(FILL_ZERO, FILL_SAME, FILL_SAME, FILL_OTHER, FILL_OTHER);
  return {
    contentKey: 'sha256-64',
    codec: 'none',
    keyLo,
    keyHi,
    compressedBytes: Uint16Array.of(20, 30, 30, 4110, 40),
    fill,
    bytes,
  };
}
const table = makeTable();
const FRAMES = 6;

describe.each([
  ['KeyStore', () => new KeyStore(FRAMES)],
  ['ByteStore', () => new ByteStore(FRAMES)],
])('%s', (_name, make) => {
  test('agrees with a plain list of contents after any writes, copies, saves and loads', () => {
    const step = fc.record({
      what: fc.constantFrom('write', 'zero', 'copy', 'save', 'load'),
      frame: fc.nat(FRAMES - 1),
      other: fc.nat(FRAMES - 1),
      content: fc.nat(4),
      slot: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const store = make();
        const slots = store.slots();
        const frames = Array.from({ length: FRAMES }, () => 0);
        const saved = new Map<number, number>();
        for (const { what, frame, other, content, slot } of steps) {
          if (what === 'write') {
            store.write(toMfn(frame), table, content);
            frames[frame] = content;
          } else if (what === 'zero') {
            store.zero(toMfn(frame));
            frames[frame] = 0;
          } else if (what === 'copy') {
            store.copy(toMfn(frame), toMfn(other));
            frames[other] = frames[frame]!;
          } else if (what === 'save') {
            slots.save(slot, toMfn(frame));
            saved.set(slot, frames[frame]!);
          } else if (saved.has(slot)) {
            slots.load(slot, toMfn(frame));
            frames[frame] = saved.get(slot)!;
          }
        }
        for (let a = 0; a < FRAMES; a++) {
          expect(store.fill(toMfn(a))).toBe(table.fill[frames[a]!]);
          for (let b = 0; b < FRAMES; b++) {
            expect(store.equal(toMfn(a), toMfn(b))).toBe(frames[a] === frames[b]);
            const sameHash =
              store.hashLo(toMfn(a)) === store.hashLo(toMfn(b)) &&
              store.hashHi(toMfn(a)) === store.hashHi(toMfn(b));
            expect(sameHash).toBe(frames[a] === frames[b]);
          }
        }
      }),
    );
  });
});

test('two bits that cancel out in one half of the hash of bytes do not in the other', () => {
  const store = new ByteStore(3);
  const words = (frame: number): Uint32Array => {
    const view = store.view(toMfn(frame));
    return new Uint32Array(view.buffer, view.byteOffset, 1024);
  };
  for (const frame of [1, 2]) words(frame)[100] = 2 ** 31;
  words(1)[101] = 2 ** 15 / 2;
  words(2)[101] = 2 ** 13 / 2;
  expect(store.hashLo(toMfn(1))).toBe(store.hashLo(toMfn(0)));
  expect(store.hashHi(toMfn(1))).not.toBe(store.hashHi(toMfn(0)));
  expect(store.hashHi(toMfn(2))).toBe(store.hashHi(toMfn(0)));
  expect(store.hashLo(toMfn(2))).not.toBe(store.hashLo(toMfn(0)));
});

test('a private content equals its own copies and nothing else, whatever its counter', () => {
  const store = new KeyStore(4);
  store.writePrivate(toMfn(0), 100, FILL_OTHER);
  store.writePrivate(toMfn(1), 100, FILL_OTHER);
  store.copy(toMfn(0), toMfn(2));
  expect(store.equal(toMfn(0), toMfn(1))).toBe(false);
  expect(store.equal(toMfn(0), toMfn(2))).toBe(true);
  // Counter 0 has the key lanes of the zero page; only the private mark tells them apart.
  expect(store.equal(toMfn(0), toMfn(3))).toBe(false);
  expect(store.fill(toMfn(0))).toBe(FILL_OTHER);
});

test('a private content has one key from when it is first asked for on, wherever it goes', () => {
  const store = new KeyStore(5);
  const slots = store.slots();
  const keyOf = (frame: number) => [store.hashLo(toMfn(frame)), store.hashHi(toMfn(frame))];
  store.writePrivate(toMfn(0), 100, FILL_SAME);
  store.copy(toMfn(0), toMfn(1));
  slots.save(7, toMfn(0));
  store.writePrivate(toMfn(2), 100, FILL_SAME);
  slots.save(8, toMfn(2));
  slots.load(7, toMfn(3));
  slots.load(8, toMfn(4));
  expect([keyOf(1), keyOf(3)]).toEqual([keyOf(0), keyOf(0)]);
  expect(keyOf(4)).toEqual(keyOf(2));
  expect(keyOf(2)).not.toEqual(keyOf(0));
  expect(store.equal(toMfn(1), toMfn(3))).toBe(true);
  const before = keyOf(0);
  store.writePrivate(toMfn(0), 100, FILL_ZERO);
  expect([store.fill(toMfn(0)), store.compressedBytes(toMfn(0))]).toEqual([FILL_OTHER, 100]);
  expect(keyOf(0)).not.toEqual(before);
  expect([store.fill(toMfn(0)), store.fill(toMfn(2)), store.compressedBytes(toMfn(2))]).toEqual([
    FILL_OTHER,
    FILL_SAME,
    100,
  ]);
});

test('writePrivateHits does what writePrivate does for each write among the accesses', () => {
  const entries = Uint32Array.from([3, 2, 1, 0], (frame) => ((1 << 28) | frame) >>> 0);
  const one = new KeyStore(4);
  const many = new KeyStore(4);
  const gfns = Uint32Array.of(0, 1, 2, 3, 0);
  const kinds = Uint8Array.of(3, 2, 3, 1, 3);
  many.writePrivateHits(entries, gfns, kinds, 0, 5, 77);
  for (const gfn of [0, 2, 0]) one.writePrivate(toMfn(entries[gfn]! & 0x0fffffff), 77, FILL_OTHER);
  for (let frame = 0; frame < 4; frame++) {
    expect(many.hashLo(toMfn(frame))).toBe(one.hashLo(toMfn(frame)));
    expect(many.compressedBytes(toMfn(frame))).toBe(one.compressedBytes(toMfn(frame)));
  }
});

test('a host with bytes refuses contents that have none, with the mend', () => {
  const { bytes: _left, ...keysOnly } = table;
  expect(() => new ByteStore(1).write(toMfn(0), keysOnly, 0)).toThrow(/contents without bytes/);
  expect(() => new ByteStore(1).writePrivate()).toThrow(/Use the key store/);
});
