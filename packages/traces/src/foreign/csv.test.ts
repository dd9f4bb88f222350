import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascending, importedFrom, realIntervals } from '../../test/foreign-kit.ts';
import { anyAccesses, csvText, recountedByRequests } from '../../test/foreign-writer.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { csv } from './csv.ts';
import type { ImportOptions } from './foreign-format.ts';

function read(text: string, options: ImportOptions = {}) {
  return importedFrom(csv, Buffer.from(text), options);
}

function pagesOf(text: string, options: ImportOptions = {}): unknown {
  return realIntervals(read(text, options).trace).map(({ pages }) => [...pages.keys()]);
}

test('every page of every access is counted, by header or by number, wherever the text is cut', () => {
  fc.assert(
    fc.property(
      anyAccesses.filter(({ length }) => length > 0),
      fc.constantFrom(',', ';', '\t'),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 90 }),
      (accesses, delimiter, every, piece) => {
        const text = csvText(accesses, delimiter);
        const { trace } = importedFrom(csv, Buffer.from(text), { every }, piece);
        expect(realIntervals(trace)).toEqual(ascending(recountedByRequests(accesses, every)));
        expect(decodeTrace(encodeTrace(trace, { quality: 1 }), 'x')).toEqual(trace);
        const headless = text.slice(text.indexOf('\n') + 1);
        const columns = { address: '2', size: '3', kind: '1' };
        expect(importedFrom(csv, Buffer.from(headless), { every, columns, delimiter }).trace).toEqual(trace);
      },
    ),
    { numRuns: 200 },
  );
});

test('ids of any text are pages in order of appearance; a size beside them is not used', () => {
  const { trace, notes } = read('time,id,size\n0,A,4096\n1,"B, too",9\n2,A,4096\n');
  expect(realIntervals(trace).map(({ pages }) => [...pages.keys()])).toEqual([[0], [1], [0]]);
  expect(notes.join('\n')).toContain('in order of their first request');
});

test('pages by number, and a single column', () => {
  expect(pagesOf('pfn\n7\n0x10\n')).toEqual([[7], [16]]);
  expect(pagesOf('0x1fff\n0x3000\n', { columns: { address: '1' } })).toEqual([[1], [3]]);
  expect(pagesOf('x y\n1 4096\n', { columns: { address: 'y' }, delimiter: ' ' })).toEqual([[1]]);
});

const refused: readonly (readonly [why: string, text: string, options: ImportOptions, said: RegExp])[] = [
  [
    'a header that names nothing',
    'time,what\n1,2\n',
    {},
    /"time,what", names no column for an address, a page or an id/,
  ],
  ['a column that is not there', 'a,b\n1,2\n', { columns: { id: 'c' } }, /has no column "c"/],
  ['a column by too high a number', 'a,b\n1,2\n', { columns: { id: '3' } }, /has no column "3"/],
  ['no subject', 'a,b\n1,2\n', { columns: { kind: '1' } }, /exactly one of address, page and id/],
  ['two subjects', 'a,b\n1,2\n', { columns: { page: '1', id: '2' } }, /exactly one of address, page and id/],
  [
    'a size of an id',
    'a,b\n1,2\n',
    { columns: { id: '1', size: '2' } },
    /a size goes with an address, not with id/,
  ],
  ['a number that is none', 'address\n12x\n', {}, /^x:2: "12x" is not a whole number below 2\^64/],
  ['an address of 65 bits', 'address\n0x10000000000000000\n', {}, /^x:2: .* is not a whole number/],
  ['a page above 2^53', 'page\n9007199254740992\n', {}, /^x:2: page 9007199254740992 is above 2\^53/],
  ['an empty field', 'address,op\n4096,r\n,r\n', {}, /^x:3: has nothing in column 1/],
  ['an unknown kind', 'address,op\n4096,q\n', {}, /^x:2: "q" is not a kind of access/],
  ['a size of none', 'address,size\n4096,0\n', {}, /^x:2: an access of 0 bytes/],
  ['an open quotation mark', 'id,op\n"a,r\n', {}, /^x:2: .* has a misplaced quotation mark/],
  ['a line without end', `id,op\n${'a'.repeat(70_000)}`, {}, /^x:2: is longer than 65536 bytes/],
  ['a header alone', 'id,op\n', {}, /^x: holds no line with an access/],
  ['nothing', '', {}, /^x: holds no line with an access/],
];
test.each(refused)('%s is refused', (_why, text, options, said) => {
  expect(() => read(text, options)).toThrow(said);
});
