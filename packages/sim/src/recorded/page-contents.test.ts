import type { ContentTable } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { SmallContent, SmallInterval, SmallSnapshot } from '../../test/small-recording.ts';
import { smallRecording } from '../../test/small-recording.ts';
import type { ContentSink } from '../engine/page-writer.ts';
import { PageContents } from './page-contents.ts';
import { scriptOf } from './recorded-script.ts';
import { ENTRY_PAGE, ENTRY_WRITE } from './segment-plan.ts';

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
/** For each write in order: the content that was found after it, if any. */
const found = fc.array(fc.option(fc.nat(9), { nil: undefined }), { maxLength: 60 });

function recordingOf(
  segments: readonly (typeof segment extends fc.Arbitrary<infer S> ? S : never)[],
  contentOfWrite?: readonly (number | undefined)[],
) {
  const intervals: SmallInterval[] = [];
  const snapshots: SmallSnapshot[] = [{ after: 0, contents: Array.from({ length: SIZE }, () => 0) }];
  for (const { intervals: more, disturbed, contents } of segments) {
    for (const touched of more)
      intervals.push({ instructions: 10, endMs: intervals.length + 1, touches: touched });
    const agentAsked = intervals.length - Math.min(disturbed, more.length);
    snapshots.push({ after: intervals.length, contents, agentAsked });
  }
  const between = contentOfWrite && steadyOf(intervals, contentOfWrite);
  return { recording: smallRecording(SIZE, intervals, snapshots, between), intervals, snapshots, between };
}

function steadyOf(
  intervals: readonly SmallInterval[],
  contentOfWrite: readonly (number | undefined)[],
): SmallContent[] {
  const writes = intervals.flatMap(({ touches: touched }, interval) =>
    Object.entries(touched).flatMap(([page, kind]) => (kind === 3 ? [{ interval, page: Number(page) }] : [])),
  );
  return writes.flatMap((write, i) => {
    const content = contentOfWrite[i];
    return content === undefined ? [] : [{ ...write, content }];
  });
}

test('after its last write a page is as the next snapshot shows it, before that as was found, or private', () => {
  const contentOfWrite = fc.option(found, { nil: undefined });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), contentOfWrite, (segments, found) => {
      const { recording, intervals, snapshots, between } = recordingOf(segments, found);
      const script = scriptOf(recording);
      const contents = new PageContents(script);
      contents.standAt(0);
      const memory = new PlainMemory(SIZE);
      const atOnce = new PageContents(script);
      atOnce.standAt(0);
      const other = new PlainMemory(SIZE);
      for (const [k, { from, to, snapshot }] of script.segments.entries()) {
        const ahead = snapshots[snapshot]!.contents;
        const { entries, starts, writes, deviceWrites } = script.plan(k);
        contents.enter({ from, to, snapshot });
        atOnce.enter({ from, to, snapshot });
        for (let interval = from; interval < to; interval++) {
          for (const entry of entries.subarray(starts[interval - from], starts[interval - from + 1])) {
            const page = entry & ENTRY_PAGE;
            if ((entry & ENTRY_WRITE) === 0) continue;
            const again = intervals.slice(interval + 1, to).some((later) => later.touches[page] === 3);
            contents.write(memory, page, entry, interval);
            const steady = between?.find((one) => one.interval === interval && one.page === page)?.content;
            expect(memory.pages[page]).toBe(
              again ? (steady ?? `private ${100 + ahead[page]!}`) : ahead[page],
            );
          }
          const [first, end] = [writes.starts[interval - from]!, writes.starts[interval - from + 1]!];
          atOnce.writeAll(other, writes.entries.subarray(first, end).toReversed(), interval);
          expect(other.pages).toEqual(memory.pages);
          const held = memory.pages.slice();
          memory.pages.fill('lost');
          for (let page = 0; page < SIZE; page++) contents.restore(memory, page, page);
          expect(memory.pages).toEqual(held);
        }
        for (const page of deviceWrites) contents.writeAhead(memory, page, page);
        for (const page of deviceWrites) atOnce.writeAhead(other, page, page);
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
  const { entries } = script.plan(1);
  contents.write(memory, 0, entries[0]!, 2);
  memory.pages[0] = 'lost';
  contents.restore(memory, 0, 0);
  expect(memory.pages[0]).toBe('private 103');
  contents.write(memory, 0, entries[1]!, 4);
  memory.pages[0] = 'lost';
  contents.restore(memory, 0, 0);
  expect(memory.pages[0]).toBe(3);
});

test('contents between snapshots are found again when a recording begins anew', () => {
  const { recording } = recordingOf(
    [
      { intervals: [{ 0: 3 }, { 0: 3 }, { 0: 3 }], disturbed: 0, contents: [1, 0, 0, 0, 0] },
      { intervals: [{ 0: 3 }, { 0: 3 }], disturbed: 0, contents: [2, 0, 0, 0, 0] },
    ],
    [7, 8, undefined, 9],
  );
  const script = scriptOf(recording);
  const contents = new PageContents(script);
  const memory = new PlainMemory(SIZE);
  const replay = (first: number): unknown[] => {
    contents.standAt(first);
    return script.segments.slice(first).flatMap((part, k) => {
      const { entries } = script.plan(first + k);
      contents.enter(part);
      return Array.from({ length: part.to - part.from }, (_, i) => {
        contents.write(memory, 0, entries[i]!, part.from + i);
        return memory.pages[0];
      });
    });
  };
  expect([replay(0), replay(1), replay(0)]).toEqual([
    [7, 8, 1, 9, 2],
    [9, 2],
    [7, 8, 1, 9, 2],
  ]);
});

test('a recording is prepared once, whoever asks', () => {
  const { recording } = recordingOf([{ intervals: [{ 0: 3 }], disturbed: 0, contents: [1, 0, 0, 0, 0] }]);
  expect(scriptOf(recording)).toBe(scriptOf(recording));
});
