import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importedFrom, realIntervals } from '../../test/foreign-kit.ts';
import { oracleBytes } from '../../test/foreign-writer.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { oracleGeneral } from './oracle-general.ts';

test('each request is an interval of its object, in order, wherever the file is cut', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }).map((id) => (id % 3n === 0n ? id % 20n : id)),
        { minLength: 1 },
      ),
      fc.integer({ min: 1, max: 50 }),
      (ids, piece) => {
        const { trace } = importedFrom(oracleGeneral, oracleBytes(ids), {}, piece);
        expect(realIntervals(trace)).toEqual(
          ids.map((id) => ({ instructions: 1, pages: new Map([[Number(id), 2]]) })),
        );
        expect(decodeTrace(encodeTrace(trace, { quality: 1 }), 'x')).toEqual(trace);
      },
    ),
    { numRuns: 200 },
  );
});

test('longer intervals hold each object once', () => {
  const { trace, notes } = importedFrom(oracleGeneral, oracleBytes([5n, 7n, 5n, 9n, 5n]), { every: 3 });
  expect(realIntervals(trace)).toEqual([
    {
      instructions: 3,
      pages: new Map([
        [5, 2],
        [7, 2],
      ]),
    },
    {
      instructions: 2,
      pages: new Map([
        [5, 2],
        [9, 2],
      ]),
    },
  ]);
  expect(notes.join('\n')).toContain('the order and number of requests are lost');
});

test('ids that are hashes of 64 bits number pages in order of their first request, and that is said', () => {
  const { trace, notes } = importedFrom(oracleGeneral, oracleBytes([2n ** 63n, 3n, 2n ** 63n]));
  expect(realIntervals(trace).map(({ pages }) => [...pages.keys()])).toEqual([[0], [1], [0]]);
  expect(trace.pageNumbers).toBeUndefined();
  expect(notes.join('\n')).toContain('in order of their first request');
});

test('sizes other than a page are counted, since they are not used', () => {
  const { notes } = importedFrom(oracleGeneral, oracleBytes([1n, 2n], 100));
  expect(notes[0]).toBe('sizes were not used: 2 of 2 requests are not of 4096 bytes; an object is a page');
});

test('a file that ends inside a record, or holds none, is refused', () => {
  const bytes = oracleBytes([1n, 2n]);
  expect(() => importedFrom(oracleGeneral, bytes.subarray(0, 30))).toThrow(
    /^x: ends inside record 1 \(6 of 24 bytes\)/,
  );
  expect(() => importedFrom(oracleGeneral, new Uint8Array(0))).toThrow(/^x: holds no record/);
});

test('is recognised by records that hold together', () => {
  const bytes = oracleBytes([1n, 2n, 1n, 3n]);
  expect(oracleGeneral.recognises(bytes, true)).toBe(true);
  expect(oracleGeneral.recognises(bytes.subarray(0, 90), false)).toBe(true);
  expect(oracleGeneral.recognises(bytes.subarray(0, 90), true)).toBe(false);
  const timeGoesBack = Buffer.from(bytes);
  timeGoesBack.writeUInt32LE(9, 0);
  expect(oracleGeneral.recognises(timeGoesBack, true)).toBe(false);
  const nextIsBefore = Buffer.from(bytes);
  nextIsBefore.writeBigInt64LE(1n, 24 * 3 + 16);
  expect(oracleGeneral.recognises(nextIsBefore, true)).toBe(false);
  expect(oracleGeneral.recognises(Buffer.alloc(48, 'text, '), true)).toBe(false);
});
