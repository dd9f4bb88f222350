import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPages } from '@overbook/core/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, forge, partsOf, withMeta } from '../../test/forge.ts';
import { anyTrace, traceOf } from '../../test/made-up.ts';
import { fingerprint } from '../../test/same.ts';
import { decodeTrace, readTrace } from './decode-trace.ts';
import { encodeTrace, writeTrace } from './encode-trace.ts';
import type { Trace } from './trace.ts';

const small = traceOf(
  [
    {
      instructions: 1000,
      pages: new Map([
        [0, 1],
        [1, 1],
        [2, 3],
        [5, 2],
      ]),
    },
    { instructions: 7, pages: new Map() },
    { instructions: 2 ** 40, pages: new Map([[5, 2]]) },
  ],
  6,
  [10, 11, 20, 21, 2 ** 40, 2 ** 52],
);
const file = encodeTrace(small);
function decode(bytes: Uint8Array): unknown {
  return decodeTrace(bytes, 'x.ovt', { maxUnpackedBytes: 1 << 20 });
}

describe('a trace file', () => {
  test('gives back every trace', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        expect(decode(encodeTrace(trace))).toEqual(trace);
      }),
      { numRuns: 200 },
    );
  });

  test('is read from disk as it was written, and has the same bytes each time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    writeTrace(join(folder, 'x.ovt'), small);
    expect(readTrace(join(folder, 'x.ovt'))).toEqual(small);
    expect(encodeTrace(readTrace(join(folder, 'x.ovt')))).toEqual(file);
    rmSync(folder, { recursive: true });
  });

  test('spans several sections when it is long', () => {
    // 60 intervals of 50 000 single pages, 5000 apart: three bytes a run, 9 MB in all.
    const runs = 60 * 50_000;
    const long: Trace = {
      ...traceOf([], 2 ** 28),
      intervals: 60,
      instructions: new Float64Array(60).fill(5),
      runStart: Uint32Array.from({ length: 61 }, (_, interval) => interval * 50_000),
      runFirst: new Uint32Array(runs).map((_, run) => (run % 50_000) * 5000),
      runCount: new Uint32Array(runs).fill(1),
      runKind: new Uint8Array(runs).fill(3),
    };
    const bytes = encodeTrace(long, { quality: 1 });
    expect(partsOf(bytes, 'trace').map(({ tag }) => tag)).toEqual(['META', 'RUNS', 'RUNS']);
    expect(fingerprint(decodeTrace(bytes, 'long', { maxPages: 2 ** 28 }))).toBe(fingerprint(long));
  }, 20_000);
});

describe('a trace that breaks a rule is not written', () => {
  const at = <T extends Uint32Array | Uint8Array | Float64Array>(
    array: T,
    index: number,
    value: number,
  ): T => {
    const copy = array.slice() as T;
    copy[index] = value;
    return copy;
  };
  const broken: readonly (readonly [why: string, change: Partial<Trace>])[] = [
    ['runs out of order', { runFirst: at(small.runFirst, 1, 0) }],
    ['a run over the last page', { runCount: at(small.runCount, 2, 2) }],
    ['an empty run', { runCount: at(small.runCount, 0, 0) }],
    ['an unknown kind', { runKind: at(small.runKind, 0, 0) }],
    ['an interval of no instructions', { instructions: at(small.instructions, 0, 0) }],
    ['an interval of half an instruction', { instructions: at(small.instructions, 0, 0.5) }],
    ['an interval that ends before it starts', { runStart: at(small.runStart, 1, 4) }],
    ['more intervals than instructions', { intervals: 4 }],
    ['page numbers out of order', { pageNumbers: at(small.pageNumbers!, 1, 10) }],
    ['a page number that is none', { pageNumbers: at(small.pageNumbers!, 1, 10.5) }],
    ['too few page numbers', { pageNumbers: small.pageNumbers!.slice(1) }],
    ['more pages than any', { pages: toPages(2 ** 29) }],
  ];
  test.each(broken)('%s', (_why, change) => {
    expect(codeOf(() => encodeTrace({ ...small, ...change }))).toBe('OVB_TRACE_INVALID');
  });
});

describe('a lying trace file is refused', () => {
  const [meta, page, runs] = partsOf(file, 'trace') as [never, never, { tag: string; bytes: Uint8Array }];
  const word = (at: number, value: number): { tag: string; bytes: Uint8Array } => {
    const bytes = Buffer.from(runs.bytes);
    bytes.writeUInt32LE(value, at);
    return { tag: 'RUNS', bytes };
  };
  const body = 12 + Buffer.from(runs.bytes).readUInt32LE(8);
  const byte = (at: number, value: number): { tag: string; bytes: Uint8Array } => {
    const bytes = Buffer.from(runs.bytes);
    bytes[at] = value;
    return { tag: 'RUNS', bytes };
  };
  const refused: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['fewer pages than it touches', withMeta(file, 'trace', 'pages', 5)],
    ['more pages than numbers', withMeta(file, 'trace', 'pages', 7)],
    ['no numbers, and then numbers', withMeta(file, 'trace', 'pageNumbers', 0)],
    ['numbers of some pages', withMeta(file, 'trace', 'pageNumbers', 5)],
    ['other intervals', withMeta(file, 'trace', 'totals.intervals', 2)],
    ['other runs', withMeta(file, 'trace', 'totals.runs', 5)],
    ['other instructions', withMeta(file, 'trace', 'totals.instructions', 5)],
    ['other page events', withMeta(file, 'trace', 'totals.pageEvents', 4)],
    ['an unknown space', withMeta(file, 'trace', 'space', 'guest')],
    ['an interval length of none', withMeta(file, 'trace', 'everyInstructions', 0)],
    ['an unknown field', withMeta(file, 'trace', 'clock', 1)],
    ['a name that is no text', withMeta(file, 'trace', 'name', 7)],
    ['no metadata', forge([page, runs], 'trace')],
    ['no runs', forge([meta, page], 'trace')],
    ['no page numbers', forge([meta, runs], 'trace')],
    ['page numbers behind the runs', forge([meta, runs, page], 'trace')],
    ['runs twice', forge([meta, page, runs, runs], 'trace')],
    ['page numbers twice', forge([meta, page, page, runs], 'trace')],
    ['more intervals in the section', forge([meta, page, word(0, 4)], 'trace')],
    ['a billion intervals in the section', forge([meta, page, word(0, 1_000_000_000)], 'trace')],
    ['other runs in the section', forge([meta, page, word(4, 3)], 'trace')],
    ['another length of the instruction counts', forge([meta, page, word(8, 3)], 'trace')],
    ['more runs in an interval', forge([meta, page, byte(body, 100)], 'trace')],
    ['an access kind of none', forge([meta, page, byte(body + 1, 4)], 'trace')],
    ['a run past the last page', forge([meta, page, byte(body + 2, 100)], 'trace')],
    ['an interval of no instructions', forge([meta, page, byte(14, 0)], 'trace')],
  ];
  test.each(refused)('%s', (_why, bytes) => {
    expect(codeOf(() => decode(bytes))).toBe('OVB_TRACE_CORRUPT');
  });

  test('that declares more pages than a host has, unless the caller allows it', () => {
    const large = encodeTrace(traceOf([], 2 ** 25));
    expect(codeOf(() => decode(large))).toBe('OVB_TRACE_TOO_LARGE');
    expect(decodeTrace(large, 'x', { maxPages: 2 ** 25 }).pages).toBe(2 ** 25);
  });

  test('unless nothing in it lies', () => {
    expect(decode(forge([meta, page, runs], 'trace'))).toEqual(small);
  });
});
