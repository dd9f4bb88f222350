/** A recording of four frames and two snapshots, in which each kind of change and each fault occurs once. */
import { ACCESS_READ, ACCESS_WRITE, FILL_OTHER, toPages } from '@overbook/core/units';
import { describe, expect, test } from 'vitest';

import { examineRecording } from './examine-recording.ts';
import type { RecordedSnapshot, Recording } from './recording.ts';

const SLAB = 4;
const FREE = 1;

function snapshot(
  label: string,
  afterIntervals: number,
  instructions: number,
  guestMs: number,
  changed: readonly number[],
  more: Partial<RecordedSnapshot> = {},
): RecordedSnapshot {
  return {
    label,
    afterIntervals,
    instructions,
    guestMs,
    changed: Uint32Array.from(changed),
    keyLo: Uint32Array.from(changed, (frame) => frame + 1),
    keyHi: new Uint32Array(changed.length),
    compressedBytes: new Uint16Array(changed.length).fill(100),
    fill: new Uint8Array(changed.length).fill(FILL_OTHER),
    role: Uint8Array.of(FREE, SLAB, SLAB, FREE),
    ...more,
  };
}

/** Interval 0 writes frame 0 and reads frame 1; interval 1 touches nothing. Frames 1, 2 change all the same. */
function recorded(end: RecordedSnapshot): Recording {
  return {
    name: 'made up',
    pages: toPages(4),
    contentKey: 'none',
    codec: 'none',
    powerOn: { keyLo: 0, keyHi: 0, compressedBytes: 26 },
    trace: {
      name: 'made up',
      source: 'made up',
      space: 'guest-physical',
      pages: toPages(4),
      everyInstructions: 1000,
      intervals: 2,
      instructions: Float64Array.of(4_000_000, 2_000_000),
      runStart: Uint32Array.of(0, 2, 2),
      runFirst: Uint32Array.of(0, 1),
      runCount: Uint32Array.of(1, 1),
      runKind: Uint8Array.of(ACCESS_WRITE, ACCESS_READ),
    },
    endMs: Uint32Array.of(4, 30),
    snapshots: [snapshot('power-on', 0, 0, 0, [], { role: new Uint8Array(4) }), end],
    phases: [],
    balloonTargets: [],
    origin: { work: 'none', seed: 1, kernel: 'none', emulator: 'none', accelerator: 'none' },
  };
}

describe('an examined recording', () => {
  const asked = { interval: 1, instructions: 4_000_000 };

  test('has its changed frames sorted by what the CPU did to them', () => {
    const end = snapshot('end', 2, 6_000_000, 30, [0, 1, 2], { agentAsked: asked });
    expect(examineRecording(recorded(end))).toEqual({
      steps: [
        { label: 'power-on', changed: 0, stored: 0, onlyRead: 0, untouched: 0, notStoredByRole: {} },
        { label: 'end', changed: 3, stored: 1, onlyRead: 1, untouched: 1, notStoredByRole: { slab: 2 } },
      ],
      // Frame 2, which nothing touched.
      strangeFrames: 1,
      unmarked: [],
      guestNs: 30_000_000,
      instructions: 6_000_000,
      crowded: [],
    });
  });

  test('says where more instructions ran than nanoseconds passed, and where the recorder is not marked', () => {
    const slow = snapshot('end', 2, 60_000_000, 30, [0]);
    expect(examineRecording(recorded(slow))).toMatchObject({ crowded: ['end'], unmarked: ['end'] });
    const rounded = snapshot('end', 2, 39_000_000, 30, [0], { agentAsked: asked });
    expect(examineRecording(recorded(rounded))).toMatchObject({
      crowded: [],
      unmarked: [],
      strangeFrames: 0,
    });
  });
});
