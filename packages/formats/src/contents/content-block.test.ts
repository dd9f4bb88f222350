import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/forge.ts';
import { ByteWriter } from '../container/byte-writer.ts';
import { Cursor } from '../container/cursor.ts';
import type { ContentColumns } from './content-block.ts';
import { columns, decodeContents, encodeContents, hasRepeatedKey, knownContents } from './content-block.ts';
import { ContentIndex } from './content-index.ts';

/** Pages drawn from few contents, so that most repeat. */
const pages = fc.array(
  fc.record({ lo: fc.integer({ min: 0, max: 6 }), hi: fc.integer({ min: 0, max: 2 }) }),
  { maxLength: 80 },
);

function rowsOf(drawn: readonly { lo: number; hi: number }[]): ContentColumns {
  const rows = columns(drawn.length);
  drawn.forEach(({ lo, hi }, row) => {
    rows.keyLo[row] = (lo * 0x9e3779b1) >>> 0;
    rows.keyHi[row] = hi;
    rows.compressedBytes[row] = lo * 700 + hi;
    rows.fill[row] = (lo + hi) % 3;
  });
  return rows;
}

function block(
  rows: ContentColumns,
  index: ContentIndex,
  from = 0,
  to: number = rows.fill.length,
): Uint8Array {
  const writer = new ByteWriter();
  encodeContents(writer, index, rows, from, to);
  return writer.finish();
}
function cursorOver(bytes: Uint8Array): Cursor {
  return new Cursor({ kind: 'digest', name: 'x' }, { tag: 'PAGE', offset: 0, bytes });
}

describe('content blocks', () => {
  test('give back the pages, over several blocks that share contents', () => {
    fc.assert(
      fc.property(fc.array(pages, { maxLength: 4 }), (blocks) => {
        const index = new ContentIndex();
        const known = knownContents();
        for (const drawn of blocks) {
          const rows = rowsOf(drawn);
          const read = columns(drawn.length);
          const cursor = cursorOver(block(rows, index));
          decodeContents(cursor, known, drawn.length, read, 0);
          cursor.end();
          expect(read).toEqual(rows);
          expect(known.count).toBe(index.count);
        }
      }),
    );
  });

  test('write each content once: a copied stretch costs one byte a page', () => {
    const stretch = Array.from({ length: 500 }, (_, lo) => ({ lo, hi: 0 }));
    const index = new ContentIndex();
    const once = block(rowsOf(stretch), index).length;
    expect(block(rowsOf(stretch), index).length).toBeLessThan(520);
    expect(once).toBeGreaterThan(500 * 11);
  });

  test('number contents as a Map would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.nat(3), fc.nat(2), fc.nat(2)), { maxLength: 3000 }),
        (drawn) => {
          const index = new ContentIndex();
          const model = new Map<string, number>();
          for (const content of drawn) {
            const key = content.join();
            if (!model.has(key)) model.set(key, model.size);
            expect(index.add(...content)).toBe(model.get(key));
          }
          expect(index.count).toBe(model.size);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('see two contents of one key', () => {
    const known = {
      rows: rowsOf([
        { lo: 1, hi: 0 },
        { lo: 2, hi: 0 },
        { lo: 1, hi: 0 },
      ]),
      count: 3,
      fillMax: 2,
    };
    expect(hasRepeatedKey(known)).toBe(true);
    expect(hasRepeatedKey({ ...known, count: 2 })).toBe(false);
    expect(hasRepeatedKey(knownContents())).toBe(false);
  });
});

describe('a lying block is refused', () => {
  const honest = block(
    rowsOf([
      { lo: 1, hi: 0 },
      { lo: 2, hi: 0 },
      { lo: 1, hi: 0 },
    ]),
    new ContentIndex(),
  );
  const edited = (edit: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Uint8Array.from(honest);
    edit(bytes);
    return bytes;
  };
  const refused: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['more new contents than pages', edited((bytes) => (bytes[0] = 4))],
    ['fewer new contents than are used', edited((bytes) => (bytes[0] = 1))],
    ['more new contents than bytes', edited((bytes) => (bytes[2] = 1))],
    ['another length of references', edited((bytes) => (bytes[4] = 2))],
    ['a fill class that is none', edited((bytes) => (bytes[8 + 2 * 10] = 3))],
    ['a content that is not there yet', edited((bytes) => (bytes[honest.length - 1] = 1 + 2 * 9))],
    ['a content before the first', edited((bytes) => (bytes[honest.length - 1] = 1 + 9))],
    ['an end too early', honest.subarray(0, honest.length - 1)],
  ];
  test.each(refused)('%s', (_why, bytes) => {
    expect(codeOf(() => decodeContents(cursorOver(bytes), knownContents(), 3, columns(3), 0))).toBe(
      'OVB_DIGEST_CORRUPT',
    );
  });
});
