import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/forge.ts';
import { ByteWriter } from './byte-writer.ts';
import { Cursor } from './cursor.ts';

function cursorOver(bytes: Uint8Array): Cursor {
  return new Cursor({ kind: 'digest', name: 'x.ovd' }, { tag: 'TEST', offset: 0x40, bytes });
}

describe('numbers come back as they were written', () => {
  test('varints of every length', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeNat(), fc.nat(300))), (values) => {
        const writer = new ByteWriter(1);
        for (const value of values) writer.varint(value);
        const cursor = cursorOver(writer.finish());
        expect(values.map(() => cursor.varint())).toEqual(values);
        cursor.end();
      }),
    );
  });

  test('the edges of each length', () => {
    for (const value of [
      0,
      127,
      128,
      16_383,
      16_384,
      2 ** 31,
      2 ** 32,
      2 ** 49 - 1,
      2 ** 49,
      Number.MAX_SAFE_INTEGER,
    ]) {
      const writer = new ByteWriter(1);
      writer.varint(value);
      expect(cursorOver(writer.finish()).varint()).toBe(value);
    }
  });

  test('fixed widths, little endian', () => {
    const writer = new ByteWriter(1);
    writer.u8(0xfe);
    writer.u16(0x1234);
    writer.u32(0xdeadbeef);
    writer.bytes(Uint8Array.of(7, 8));
    expect([...writer.finish()]).toEqual([0xfe, 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde, 7, 8]);
    const cursor = cursorOver(writer.finish());
    expect([cursor.u8(), cursor.u16(), cursor.u32(), [...cursor.take(2)]]).toEqual([
      0xfe,
      0x1234,
      0xdeadbeef,
      [7, 8],
    ]);
    expect(cursor.remaining).toBe(0);
  });

  test('sixty-four bits up to 2^53', () => {
    expect(cursorOver(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0)).u64()).toBe(2 ** 33 + 1);
  });
});

describe('what is no number is refused, with the place', () => {
  const refused: readonly (readonly [
    why: string,
    bytes: readonly number[],
    read: (cursor: Cursor) => unknown,
  ])[] = [
    ['the end inside a varint', [0x80], (cursor) => cursor.varint()],
    ['nothing at all', [], (cursor) => cursor.varint()],
    ['a varint above 2^53', Array<number>(8).fill(0xff), (cursor) => cursor.varint()],
    ['a varint that never ends', Array<number>(64).fill(0x80), (cursor) => cursor.varint()],
    ['a varint padded with a zero', [0x81, 0x00], (cursor) => cursor.varint()],
    ['the end inside a word', [1, 2, 3], (cursor) => cursor.u32()],
    ['sixty-four bits above 2^53', [0, 0, 0, 0, 0, 0, 0x20, 0], (cursor) => cursor.u64()],
    ['more bytes than there are', [1], (cursor) => cursor.take(2)],
    ['bytes left over', [1], (cursor) => cursor.end()],
  ];
  test.each(refused)('%s', (_why, bytes, read) => {
    const call = (): unknown => read(cursorOver(Uint8Array.from(bytes)));
    expect(codeOf(call)).toBe('OVB_DIGEST_CORRUPT');
    expect(call).toThrow(/^x\.ovd:0x40: section TEST /);
  });
});
