import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascending, importedFrom, realIntervals } from '../../test/foreign-kit.ts';
import { anyAccesses, lackeyText, recountedByInstructions } from '../../test/foreign-writer.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { lackey } from './lackey.ts';

function read(text: string, every?: number) {
  return importedFrom(lackey, Buffer.from(text), every === undefined ? {} : { every }).trace;
}

test('every page of every access is counted, wherever the text is cut, and lives through a file', () => {
  fc.assert(
    fc.property(
      anyAccesses.filter((accesses) => accesses.some(({ letter }) => letter === 'I')),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 80 }),
      (accesses, every, piece) => {
        const { trace } = importedFrom(lackey, Buffer.from(lackeyText(accesses)), { every }, piece);
        expect(realIntervals(trace)).toEqual(ascending(recountedByInstructions(accesses, every)));
        expect(decodeTrace(encodeTrace(trace, { quality: 1 }), 'x')).toEqual(trace);
      },
    ),
    { numRuns: 300 },
  );
});

test('a log as valgrind writes it: banner, all four kinds, marks of superblocks, an end without a newline', () => {
  const trace = read(
    '==9== Lackey\n==9== Command: ls\n==9==\nI  04001000,3\n S 1ffeffff48,8\n L 04a2b008,8\nSB 04001004\n\n' +
      '--9-- warning\nI  04001003,2\n M 0421cffe,4',
    1,
  );
  expect(realIntervals(trace)).toEqual([
    {
      instructions: 1,
      pages: new Map([
        [0x4001, 1],
        [0x4a2b, 2],
        [0x1ffefff, 3],
      ]),
    },
    {
      instructions: 1,
      pages: new Map([
        [0x4001, 1],
        [0x421c, 3],
        [0x421d, 3],
      ]),
    },
  ]);
  expect(trace).toMatchObject({ space: 'guest-virtual', everyInstructions: 1 });
});

test('by default an interval is a million instructions', () => {
  const trace = read('I  1000,4\n'.repeat(1_000_001));
  expect([...trace.instructions]).toEqual([1_000_000, 1]);
});

const refused: readonly (readonly [why: string, text: string, said: RegExp])[] = [
  ["the program's own output", 'I  1000,4\nhello\n', /^x:2: "hello" is not a line of lackey/],
  ['a line cut short', 'I  1000,4\n L 04a2', /^x:2: " L 04a2" is not a line/],
  ['a size of none', ' L 1000,0\n', /^x:1: " L 1000,0" is not a line/],
  ['an address of 68 bits', 'I  10000000000000000,4\n', /^x:1: .* is not a line/],
  ['no address', 'I  ,4\n', /^x:1: .* is not a line/],
  ['two processes', '==9== a\nI  1000,4\n==10== b\n', /^x:3: is of process 10, the lines before of 9/],
  ['no instruction', '==9== a\n L 1000,4\n', /^x: holds no instruction line/],
  ['nothing', '', /^x: holds no instruction line/],
];
test.each(refused)('%s is refused, at its line', (_why, text, said) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'OVB_TRACE_CORRUPT' }));
  expect(() => read(text)).toThrow(said);
});

test('is recognised by its lines, and nothing else is taken for it', () => {
  const isLackey = (text: string) => lackey.recognises(Buffer.from(text), true);
  expect(isLackey('==9== Lackey\nI  04001000,3\n S 1ffeffff48,8\n')).toBe(true);
  expect(isLackey('I  04001000,3\nI  0400')).toBe(true);
  expect(isLackey('==9== Memcheck, a memory error detector\n')).toBe(false);
  expect(isLackey('a,b\n1,2\n')).toBe(false);
  expect(isLackey('')).toBe(false);
});
