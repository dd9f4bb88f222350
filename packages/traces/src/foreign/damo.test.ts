import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascending, importedFrom, realIntervals } from '../../test/foreign-kit.ts';
import { anyDamoSnapshots, damoJson, recountedRegions } from '../../test/foreign-writer.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { damo } from './damo.ts';

function read(json: string, target?: string) {
  return importedFrom(damo, Buffer.from(json), target === undefined ? {} : { target });
}

test('every page of an accessed region is read in its interval, however regions lie', () => {
  fc.assert(
    fc.property(
      anyDamoSnapshots.filter((all) => all.flat().some(({ samples }) => samples > 0)),
      fc.integer({ min: 1, max: 200 }),
      (snapshots, piece) => {
        const { trace } = importedFrom(damo, Buffer.from(damoJson(snapshots)), {}, piece);
        expect(realIntervals(trace)).toEqual(ascending(recountedRegions(snapshots)));
        expect(decodeTrace(encodeTrace(trace, { quality: 1 }), 'x')).toEqual(trace);
      },
    ),
    { numRuns: 300 },
  );
});

const accessed = [{ start: 1, pages: 2, samples: 3 }];

function snapshot(start: number, end: number, samples: number | string = 1): object {
  return { start_time: start, end_time: end, regions: [{ start: 0, end: 4096, nr_accesses: { samples } }] };
}

test('time between two snapshots is an interval without a page; a snapshot that damo made up is none', () => {
  const json = JSON.stringify([
    { target_id: 0, snapshots: [snapshot(0, 100), snapshot(250, 300), snapshot(300, 400, -1)] },
  ]);
  expect(realIntervals(read(json).trace)).toEqual([
    { instructions: 100, pages: new Map([[0, 2]]) },
    { instructions: 150, pages: new Map() },
    { instructions: 50, pages: new Map([[0, 2]]) },
  ]);
});

test('percentages and bare numbers of accesses count too', () => {
  const region = (accesses: unknown) =>
    JSON.stringify([
      {
        target_id: '0',
        snapshots: [
          { start_time: '0', end_time: '9', regions: [{ start: '0', end: '1', nr_accesses: accesses }] },
        ],
      },
    ]);
  for (const accesses of ['3', 3, { samples: null, percent: '5 %' }])
    expect(read(region(accesses)).trace.pages).toBe(1);
});

test('of several targets one is taken by name', () => {
  const records = [damoJson([accessed], '7'), damoJson([[{ start: 9, pages: 1, samples: 1 }]], '8')];
  const two = `[${records.map((json) => json.slice(1, -1)).join(',')}]`;
  expect(() => read(two)).toThrow(expect.objectContaining({ mend: 'Choose one with `--target ID`: 7, 8.' }));
  expect([...read(two, '8').trace.pageNumbers!]).toEqual([9]);
  expect(() => read(two, '9')).toThrow(/^x: holds no record of target 9/);
});

const refused: readonly (readonly [why: string, json: string, said: RegExp])[] = [
  ['no JSON', '[{"target_id"', /^x: is not complete JSON/],
  ['no list', '{}', /^x: the file is not a list/],
  ['no record', '[]', /^x: holds no record/],
  ['no snapshots', '[{"target_id": 1}]', /^x: record 0: snapshots is not a list/],
  ['no access', damoJson([[{ start: 1, pages: 1, samples: 0 }]]), /^x: holds no access/],
  [
    'time that goes back',
    JSON.stringify([{ snapshots: [snapshot(0, 9), snapshot(5, 20)] }]),
    /^x: snapshot 1 goes from 5 to 20 ns/,
  ],
  ['a size made readable', damoJson([accessed]).replace('"4,096"', '"4.000 KiB"'), /start is "4\.000 KiB"/],
  [
    'a region that ends before it starts',
    damoJson([accessed]).replace('"12,288"', '"1"'),
    /goes from 4096 to 1/,
  ],
  ['more than can be held', damoJson([accessed]).replace('"12,288"', '"9007199254740992"'), /pages/],
];
test.each(refused)('%s is refused', (_why, json, said) => {
  expect(() => read(json)).toThrow(said);
});

test('is recognised as JSON with targets and snapshots', () => {
  expect(damo.recognises(Buffer.from(damoJson([accessed])), true)).toBe(true);
  expect(damo.recognises(Buffer.from('[{"name": 1}]'), true)).toBe(false);
  expect(damo.recognises(Buffer.from('{"format":"OBT1"}'), true)).toBe(false);
});
