import type { ContentTable } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { SmallInterval, SmallSnapshot } from '../../test/small-recording.ts';
import { smallRecording } from '../../test/small-recording.ts';
import type { ContentSink } from '../engine/page-writer.ts';
import { PageContents } from './page-contents.ts';
import { scriptOf } from './recorded-script.ts';

/** A memory that remembers what is in each page: a key, or the size of a private content. */
class PlainMemory implements ContentSink {
  readonly pages: (number | string)[];

  constructor(size: number) {
    this.pages = Array.from({ length: size }, () => 0);
  }

  write(page: number, table: ContentTable, index: number): void {
    this.pages[page] = table.keyLo[index]!;
  }

  writePrivate(page: number, compressedBytes: number): void {
    this.pages[page] = `private ${compressedBytes}`;
  }
}

const SIZE = 5;
const touches = fc.dictionary(
  fc.constantFrom('0', '1', '2', '3', '4'),
  fc.constantFrom<(1 | 2 | 3)[]>(1, 2, 3),
  {
    maxKeys: SIZE,
  },
);
const segment = fc.record({
  intervals: fc.array(touches, { maxLength: 5 }),
  /** Of these, how many at the end belong to the recorder. */
  disturbed: fc.nat(2),
  contents: fc.array(fc.nat(6), { minLength: SIZE, maxLength: SIZE }),
});

function recordingOf(segments: readonly (typeof segment extends fc.Arbitrary<infer S> ? S : never)[]) {
  const intervals: SmallInterval[] = [];
  const snapshots: SmallSnapshot[] = [{ after: 0, contents: Array.from({ length: SIZE }, () => 0) }];
  for (const { intervals: more, disturbed, contents } of segments) {
    for (const touched of more)
      intervals.push({ instructions: 10, endMs: intervals.length + 1, touches: touched });
    const agentAsked = intervals.length - Math.min(disturbed, more.length);
    snapshots.push({ after: intervals.length, contents, agentAsked });
  }
  return { recording: smallRecording(SIZE, intervals, snapshots), intervals, snapshots };
}

test('a page is private from its first write to its last before a snapshot, then as the snapshot shows it', () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const { recording, intervals, snapshots } = recordingOf(segments);
      const script = scriptOf(recording);
      const contents = new PageContents(script);
      contents.standAt(0);
      const memory = new PlainMemory(SIZE);
      const devices = new Uint32Array(SIZE);
      for (const { from, to, snapshot } of script.segments) {
        const ahead = snapshots[snapshot]!.contents;
        contents.enter({ from, to, snapshot });
        for (let interval = from; interval < to; interval++) {
          for (const [name, kind] of Object.entries(intervals[interval]!.touches)) {
            const page = Number(name);
            if (kind !== 3) continue;
            contents.write(memory, page, page, interval);
            const again = intervals.slice(interval + 1, to).some((later) => later.touches[page] === 3);
            expect(memory.pages[page]).toBe(again ? `private ${100 + ahead[page]!}` : ahead[page]);
          }
        }
        const count = contents.deviceWrites(snapshot, devices);
        for (const page of devices.subarray(0, count)) contents.writeAhead(memory, page, page);
        expect(memory.pages).toEqual(ahead);
      }
    }),
    { numRuns: 300 },
  );
});

test('a page read back from a disk holds what it held', () => {
  const { recording } = recordingOf([
    { intervals: [{ 0: 3 }, { 0: 3, 1: 3 }], disturbed: 0, contents: [1, 2, 0, 0, 0] },
    { intervals: [{ 0: 3 }, {}, { 0: 3 }], disturbed: 0, contents: [3, 2, 0, 0, 0] },
  ]);
  const script = scriptOf(recording);
  const contents = new PageContents(script);
  const memory = new PlainMemory(SIZE);
  contents.standAt(1);
  contents.enter(script.segments[1]!);
  contents.restore(memory, 0, 0);
  expect(memory.pages[0]).toBe(1);
  contents.write(memory, 0, 0, 2);
  memory.pages[0] = 'lost';
  contents.restore(memory, 0, 0);
  expect(memory.pages[0]).toBe('private 103');
  contents.write(memory, 0, 0, 4);
  memory.pages[0] = 'lost';
  contents.restore(memory, 0, 0);
  expect(memory.pages[0]).toBe(3);
});

test('a recording is prepared once, whoever asks', () => {
  const { recording } = recordingOf([{ intervals: [{ 0: 3 }], disturbed: 0, contents: [1, 0, 0, 0, 0] }]);
  expect(scriptOf(recording)).toBe(scriptOf(recording));
});
