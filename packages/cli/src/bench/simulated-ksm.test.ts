import { toPages } from '@overbook/core';
import { ACCESS_WRITE } from '@overbook/core/host';
import type { RecordedSnapshot, Recording, SteadyContents } from '@overbook/traces';
import { describe, expect, test } from 'vitest';

import { parseKsmLog } from './ksm-log.ts';
import { simulatedKsm } from './simulated-ksm.ts';

const PAGES = 4;

/** Pages that each interval writes. */
const WRITES = [[0, 1, 2], [1], [1, 2], [2]];

type Contents = Pick<SteadyContents, 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'>;

function contentsOf(...keys: number[]): Contents {
  return {
    keyLo: Uint32Array.from(keys),
    keyHi: Uint32Array.from(keys),
    compressedBytes: new Uint16Array(keys.length).fill(100),
    fill: new Uint8Array(keys.length),
  };
}

function snapshotOf(
  label: string,
  afterIntervals: number,
  changed: number[],
  keys: number[],
): RecordedSnapshot {
  const role = new Uint8Array(PAGES);
  const place = { afterIntervals, instructions: afterIntervals, guestMs: afterIntervals };
  return { label, ...place, changed: Uint32Array.from(changed), ...contentsOf(...keys), role };
}

/**
 * Pages 0 and 1 both get content 7 in interval 0. Page 1 gets it again in interval 1 and another in interval 2, page 2
 * is 9 at the end.
 */
function recordingOf(steady?: SteadyContents): Recording {
  const runs = WRITES.flat();
  const runStart = WRITES.reduce((starts, pages) => [...starts, starts.at(-1)! + pages.length], [0]);
  return {
    name: 'small',
    pages: toPages(PAGES),
    contentKey: 'sha256-64',
    codec: 'none',
    powerOn: { keyLo: 0, keyHi: 0, compressedBytes: 26 },
    trace: {
      name: 'small',
      source: 'a test',
      space: 'guest-physical',
      pages: toPages(PAGES),
      everyInstructions: 1,
      intervals: WRITES.length,
      instructions: new Float64Array(WRITES.length).fill(1),
      runStart: Uint32Array.from(runStart),
      runFirst: Uint32Array.from(runs),
      runCount: new Uint32Array(runs.length).fill(1),
      runKind: new Uint8Array(runs.length).fill(ACCESS_WRITE),
    },
    endMs: Uint32Array.of(1, 2, 3, 4),
    snapshots: [snapshotOf('power-on', 0, [], []), snapshotOf('end', 4, [0, 1, 2], [7, 8, 9])],
    ...(steady && { steady }),
    phases: [],
    balloonTargets: [],
    origin: { work: 'none', seed: 1, kernel: '', emulator: '', accelerator: '' },
  };
}

const SETTINGS = { max_page_sharing: '256', use_zero_pages: '0', smart_scan: '0' };
const HEAD = {
  format: 'OBKSM1',
  name: 'small',
  stepMs: 1000,
  pagesToScan: 10,
  kernel: '6.18.0',
  settings: SETTINGS,
};
const NOTHING = {
  pagesScanned: 0,
  fullScans: 0,
  pagesShared: 0,
  pagesSharing: 0,
  pagesUnshared: 0,
  pagesVolatile: 0,
  stableNodeDups: 0,
};

/** A log of steps before those intervals. */
function logOf(intervals: readonly number[], head: object = {}): string {
  const steps = intervals.map((interval, i) => ({ interval, guestMs: i, ...NOTHING }));
  return [{ ...HEAD, ...head }, ...steps].map((line) => JSON.stringify(line)).join('\n');
}

const STEADY: SteadyContents = {
  steadyMs: 1000,
  interval: Uint32Array.of(0, 1),
  frame: Uint32Array.of(1, 1),
  ...contentsOf(7, 7),
};

describe('KSM in step with a log', () => {
  const intervals = [1, 1, 2, 2, 3, 4, 4];
  const of = (recording: Recording): unknown[] =>
    simulatedKsm(recording, parseKsmLog(logOf(intervals))).map(
      ({ pagesScanned, fullScans, pagesShared, pagesSharing, pagesUnshared, pagesVolatile }) => [
        [pagesScanned, fullScans],
        [pagesShared, pagesSharing, pagesUnshared, pagesVolatile],
      ],
    );

  test('merges what is equal at two visits in a row, and a page that was written when it is passed', () => {
    expect(of(recordingOf(STEADY))).toEqual([
      // Three pages have frames; none was seen before.
      [
        [3, 1],
        [0, 0, 0, 3],
      ],
      // Pages 0 and 1 are merged, page 2 waits.
      [
        [6, 2],
        [1, 1, 1, 0],
      ],
      // Interval 1 has written page 1: the same content, whose checksum is known, joins the stable node again.
      [
        [9, 3],
        [1, 1, 1, 0],
      ],
      [
        [12, 4],
        [1, 1, 1, 0],
      ],
      // Interval 2 has written pages 1 and 2. Page 0 stays on its stable node, alone.
      [
        [15, 5],
        [1, 0, 0, 2],
      ],
      // Interval 3 has written page 2 once more.
      [
        [18, 6],
        [1, 0, 1, 1],
      ],
      [
        [21, 7],
        [1, 0, 2, 0],
      ],
    ]);
  });

  test('without contents between snapshots page 1 equals nothing until its last write', () => {
    const [, second, third] = of(recordingOf());
    expect([second, third]).toEqual([
      [
        [6, 2],
        [0, 0, 3, 0],
      ],
      [
        [9, 3],
        [0, 0, 2, 1],
      ],
    ]);
  });
});

describe('a log of ksmd', () => {
  test('is read line by line', () => {
    const log = parseKsmLog(logOf([0, 3]));
    expect(log).toMatchObject({ name: 'small', pagesToScan: 10, settings: SETTINGS });
    expect(log.steps.map(({ interval }) => interval)).toEqual([0, 3]);
  });

  test.each([
    ['of another format', logOf([0], { format: 'OBKSM2' }), /OBKSM1/],
    ['with a field that is not known', logOf([0], { speed: 3 }), /speed/],
    ['that scans nothing', logOf([0], { pagesToScan: 0 }), /pagesToScan/],
    ['whose steps go back', logOf([3, 2]), /step 1 of the log of small lies before the one before/],
    ['with a step that lacks a counter', `${logOf([])}\n{"interval":1,"guestMs":2}`, /pagesScanned/],
    ['that is cut', logOf([0, 1]).slice(0, -3), /JSON/],
  ])('is refused %s', (_why, text, why) => {
    expect(() => parseKsmLog(text)).toThrow(why);
  });
});
