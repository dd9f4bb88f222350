import { toGfn, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { expect, test } from 'vitest';

import { smallRecording } from '../../test/small-recording.ts';
import { RecordingReplay } from './recording-replay.ts';

const VM = toVmId(0);

/** Keys of all pages; undefined for a page without a frame, null for a private content. */
function replayOf(recording: ReturnType<typeof smallRecording>) {
  const host = composeHost({
    memory: toPages(64),
    memoryStates: 'direct',
    store: 'keys',
    vms: [{ name: 'small', size: recording.pages }],
    strategies: [],
  });
  const replay = new RecordingReplay(host, VM, recording);
  return (interval: number) => {
    replay.before(interval);
    return Array.from({ length: recording.pages }, (_, page) => {
      if (host.memory.pmaps[VM]!.entries[page] === 0) return undefined;
      const frame = host.memory.frame(VM, toGfn(page));
      const [lo, hi] = [host.store.hashLo(frame), host.store.hashHi(frame)];
      return lo === hi ? lo : null;
    });
  };
}

function touches(...pages: (1 | 2 | 3 | 0)[]) {
  return {
    instructions: 10,
    endMs: 1,
    touches: Object.fromEntries(pages.flatMap((kind, page) => (kind === 0 ? [] : [[page, kind]]))),
  };
}

test('memory is as it was before each interval, private where nobody looked', () => {
  const recording = smallRecording(
    4,
    [touches(3, 2), touches(3, 3), touches(3), touches(0, 3), touches(3)],
    [
      { after: 0, contents: [0, 0, 0, 0] },
      { after: 3, contents: [5, 6, 7, 0] },
      { after: 5, contents: [8, 9, 7, 0] },
    ],
    [{ interval: 1, page: 0, content: 4 }],
  );
  const at = replayOf(recording);
  expect(at(0)).toEqual([undefined, undefined, undefined, undefined]);
  // Page 1 was read alone: it has no frame yet.
  expect(at(1)).toEqual([null, undefined, undefined, undefined]);
  expect(at(2)).toEqual([4, 6, undefined, undefined]);
  // A device has written page 2 before the snapshot.
  expect(at(3)).toEqual([5, 6, 7, undefined]);
  expect(at(3)).toEqual([5, 6, 7, undefined]);
  expect(at(9)).toEqual([8, 9, 7, undefined]);
});

test('intervals that the recorder disturbed are left out, and what they changed is there after them', () => {
  const recording = smallRecording(
    2,
    [touches(3), touches(3), touches(0, 3), touches(3)],
    [
      { after: 0, contents: [0, 0] },
      { after: 3, contents: [5, 6], agentAsked: 1 },
      { after: 4, contents: [7, 6] },
    ],
  );
  const at = replayOf(recording);
  expect([at(1), at(2), at(3), at(4)]).toEqual([
    [5, undefined],
    [5, undefined],
    [5, 6],
    [7, 6],
  ]);
});
