import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { intervalsOf, obtFile, obtPlain, obtRuns } from '../../test/captured-writer.ts';
import { codeOf } from '../../test/forge.ts';
import { anyIntervals, anyTrace, traceOf } from '../../test/made-up.ts';
import { importTrace, parseObt } from './import-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
const identity = Array.from({ length: 60 }, (_, page) => page);

describe('a trace of ascending runs', () => {
  test('comes in as it was', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        expect(parseObt(obtRuns(trace, [...(trace.pageNumbers ?? identity)]), 'x.obt')).toEqual(trace);
      }),
    );
  });

  test("is read plain, gzipped and brotli-packed; a name that is missing is the file's", () => {
    const trace = traceOf([{ instructions: 5, pages: new Map([[3, 2]]) }], 60);
    const bytes = obtRuns(trace, identity, { name: undefined });
    writeFileSync(join(folder, 'a.obt'), bytes);
    writeFileSync(join(folder, 'a.obt.gz'), gzipSync(bytes));
    writeFileSync(join(folder, 'a.obt.br'), brotliCompressSync(bytes));
    for (const end of ['obt', 'obt.gz', 'obt.br'])
      expect(importTrace(join(folder, `a.${end}`))).toEqual({ ...trace, name: 'a' });
  });

  test('of a whole guest is told by its source', () => {
    const bytes = obtRuns(traceOf([], 0), [], { source: 'qemu tcg plugin system, guest-physical pages' });
    expect(parseObt(bytes, 'x').space).toBe('guest-physical');
  });
});

describe('a trace in order of first touch', () => {
  const anyOrder = fc
    .tuple(anyIntervals, fc.shuffledSubarray(identity, { minLength: 60 }), fc.infiniteStream(fc.nat()))
    .map(([intervals, order]) => ({ intervals, order }));

  test('is brought into the order of its real page numbers', () => {
    fc.assert(
      fc.property(anyOrder, ({ intervals, order }) => {
        // Page p of the file has the real number 100 + order[p]: after import it is page order[p].
        const renumbered = intervals.map(({ instructions, pages }) => ({
          instructions,
          pages: new Map([...pages].map(([page, kind]) => [order.indexOf(page), kind])),
        }));
        const trace = parseObt(
          obtPlain(
            renumbered,
            order.map((page) => 100 + page),
          ),
          'x.obt',
        );
        expect(intervalsOf(trace)).toEqual(intervals);
        expect([...trace.pageNumbers!]).toEqual(identity.map((page) => 100 + page));
        expect(trace).toMatchObject(traceOf(intervals, 60));
      }),
    );
  });

  test('keeps the strongest access of a page that comes twice', () => {
    const code = (away: number, kind: number): number => away * 8 + kind + 1;
    const trace = parseObt(obtFile({}, [code(0, 3), code(0, 1), 0, 9], [7]), 'x');
    expect(intervalsOf(trace)).toEqual([{ instructions: 9, pages: new Map([[0, 3]]) }]);
  });
});

describe('a trace that is none is refused', () => {
  const run = (gap: number, kind: number): number => gap * 8 + kind + 1;
  const runs = (body: readonly number[], table: readonly number[] = identity): Buffer =>
    obtFile({ coding: 'runs' }, body, table);
  const good = runs([run(3, 2), 0, 5]);
  const corrupt: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['an access kind of none', runs([run(3, 0), 0, 5])],
    ['a page behind its table', runs([run(12, 2), 0, 5], [1, 2, 3])],
    ['a page of the plain coding behind its table', obtFile({}, [run(5, 2), 0, 5], [1, 2, 3])],
    ['a page of the plain coding before the first', obtFile({}, [run(0, 2) + 4, 0, 5], [1, 2, 3])],
    ['a page above any', runs([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 5])],
    ['an end inside an interval', runs([run(3, 2)])],
    ['an end inside an interval, plain', obtFile({}, [run(3, 2)], identity)],
    ['no end', good.subarray(0, good.length - 4 - 60 * 8 - 2)],
    [
      'a number that never ends',
      Buffer.concat([good.subarray(0, good.indexOf(10) + 1), Buffer.alloc(100, 0x80)]),
    ],
    ['half a table', good.subarray(0, good.length - 8)],
    ['more than a table', Buffer.concat([good, Buffer.alloc(1)])],
    ['a table out of order', runs([run(0, 2), 0, 5], [2, 1])],
    ['a page number twice', obtFile({}, [run(0, 2), 0, 5], [2, 2])],
    ['a page number above 2^53', runs([run(0, 2), 0, 5], [2 ** 60])],
    ['no interval length', obtFile({ interval: 0 }, [], [])],
    ['a first line that is no JSON', Buffer.from('{"format"\n')],
  ];
  test.each(corrupt)('%s', (_why, bytes) => {
    expect(codeOf(() => parseObt(bytes, 'x.obt'))).toBe('OVB_TRACE_CORRUPT');
  });

  const unknown: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['nothing', Buffer.alloc(0)],
    ['no line', Buffer.from('{"format":"OBT1"')],
    ['another format', obtFile({ format: 'OBT2' }, [], [])],
    ['large pages', obtFile({ pageSize: 2 ** 21 }, [], [])],
    ['an unknown coding', obtFile({ coding: 'delta' }, [], [])],
  ];
  test.each(unknown)('%s', (_why, bytes) => {
    expect(codeOf(() => parseObt(bytes, 'x.obt'))).toBe('OVB_TRACE_FORMAT');
  });

  test('a file that is not there, or not packed', () => {
    expect(codeOf(() => importTrace(join(folder, 'none.obt')))).toBe('OVB_FILE_UNREADABLE');
    writeFileSync(join(folder, 'b.obt.br'), 'not brotli');
    expect(codeOf(() => importTrace(join(folder, 'b.obt.br')))).toBe('OVB_TRACE_CORRUPT');
  });

  test('with the place in the unpacked file', () => {
    expect(() => parseObt(runs([run(3, 0), 0, 5]), 'x.obt')).toThrow(
      /^x\.obt:0x0: section OBT1 holds access kind 0 \(unpacked byte \d+\)/,
    );
  });
});
