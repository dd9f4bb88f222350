/** Traces and recordings made up for tests, with the slow form beside the fast one. */
import { toPages } from '@overbook/core/units';
import type { RecordedSnapshot, Recording, SteadyContents, Trace } from '../src/index.ts';
import fc from 'fast-check';
import type { PlainInterval } from './plain-reader.ts';

/** The arrays of intervals given as page → kind maps with ascending pages; neighbours of one kind become one run. */
export function traceOf(
  intervals: readonly PlainInterval[],
  pages: number,
  numbers?: readonly number[],
): Trace {
  const runs: [first: number, count: number, kind: number][] = [];
  const runStart = [0];
  for (const interval of intervals) {
    const from = runs.length;
    for (const [page, kind] of interval.pages) {
      const last = runs[runs.length - 1];
      const joins = runs.length > from && last![0] + last![1] === page && last![2] === kind;
      if (joins) last![1]++;
      else runs.push([page, 1, kind]);
    }
    runStart.push(runs.length);
  }
  const trace: Trace = {
    name: 'made-up',
    source: 'a test',
    space: 'guest-virtual',
    pages: toPages(pages),
    everyInstructions: 1000,
    intervals: intervals.length,
    instructions: Float64Array.from(intervals, ({ instructions }) => instructions),
    runStart: Uint32Array.from(runStart),
    runFirst: Uint32Array.from(runs, ([first]) => first),
    runCount: Uint32Array.from(runs, ([, count]) => count),
    runKind: Uint8Array.from(runs, ([, , kind]) => kind),
  };
  return numbers === undefined ? trace : { ...trace, pageNumbers: Float64Array.from(numbers) };
}

const MADE_UP_PAGES = 60;

export const anyIntervals: fc.Arbitrary<PlainInterval[]> = fc.array(
  fc
    .tuple(
      fc.integer({ min: 1, max: 2 ** 49 }),
      fc.array(fc.tuple(fc.nat(MADE_UP_PAGES - 1), fc.integer({ min: 1, max: 3 }))),
    )
    .map(([instructions, touched]) => ({
      instructions,
      pages: new Map([...new Map(touched)].sort(([a], [b]) => a - b)),
    })),
  { maxLength: 8 },
);

/** Ascending, up to 2^40. */
const anyNumbers: fc.Arbitrary<number[]> = fc
  .array(fc.nat(2 ** 30), { minLength: MADE_UP_PAGES, maxLength: MADE_UP_PAGES })
  .map((gaps) => gaps.map((_, page) => gaps.slice(0, page + 1).reduce((sum, gap) => sum + gap + 1, 0)));

export const anyTrace: fc.Arbitrary<Trace> = fc
  .tuple(anyIntervals, fc.option(anyNumbers, { nil: undefined }))
  .map(([intervals, numbers]) => traceOf(intervals, MADE_UP_PAGES, numbers));

/** Changed frames: frame → small number that stands for a content. */
export type Changes = ReadonlyMap<number, number>;

/** A recording of those intervals, with a snapshot at power-on and one after each of `places`. */
export function recordingOf(intervals: readonly PlainInterval[], changes: readonly Changes[]): Recording {
  const trace: Trace = { ...traceOf(intervals, MADE_UP_PAGES), space: 'guest-physical' };
  const snapshots = changes.map((changed, index) => {
    const afterIntervals = Math.floor((index * intervals.length) / Math.max(1, changes.length - 1));
    return snapshotOf(index, Math.min(intervals.length, afterIntervals), intervals, changed);
  });
  return {
    name: 'made-up',
    pages: toPages(MADE_UP_PAGES),
    contentKey: 'sha256-64',
    codec: 'liblz4-1.9.4',
    powerOn: { keyLo: 0xb2ac7fad, keyHi: 0xe9c66f58, compressedBytes: 26 },
    trace,
    endMs: Uint32Array.from(intervals, (_, interval) => interval * 250),
    snapshots,
    phases: [{ name: 'work', interval: 0, instructions: 0, guestMs: 10 }],
    balloonTargets: [{ targetMiB: 3, interval: 0, instructions: 0, guestMs: 20 }],
    origin: { work: 'none', seed: 7, kernel: 'none', emulator: 'none', accelerator: 'none' },
  };
}

function snapshotOf(
  index: number,
  afterIntervals: number,
  intervals: readonly PlainInterval[],
  changed: Changes,
): RecordedSnapshot {
  const frames = [...changed.keys()].sort((a, b) => a - b);
  const contents = frames.map((frame) => changed.get(frame)!);
  const facts = {
    label: `snapshot ${index}`,
    afterIntervals,
    instructions: intervals.slice(0, afterIntervals).reduce((sum, { instructions }) => sum + instructions, 0),
    guestMs: afterIntervals * 250,
    memSha256: '00'.repeat(32),
    hostStillMs: 3,
    ...(index > 0 && {
      agentAsked: { interval: 0, instructions: 0 },
      meminfoKiB: { MemTotal: 240, MemFree: 4 * index },
      vmstat: { pgfault: index },
      guestUptimeSeconds: index + 0.25,
      balloonActualMiB: 3,
    }),
  };
  return {
    ...facts,
    changed: Uint32Array.from(frames),
    ...contentColumns(contents),
    role: Uint8Array.from({ length: MADE_UP_PAGES }, (_, frame) => (frame + index) % 12),
  };
}

const anyChanges: fc.Arbitrary<Changes[]> = fc.array(
  fc.array(fc.tuple(fc.nat(MADE_UP_PAGES - 1), fc.nat(20))).map((pairs) => new Map(pairs)),
  { minLength: 1, maxLength: 4 },
);

/** Contents between snapshots: small numbers that stand for contents, for some of the writes in order. */
export function withSteady(
  recording: Recording,
  contents: readonly (number | undefined)[],
  steadyMs = 1000,
): Recording {
  const { runStart, runFirst, runCount, runKind } = recording.trace;
  const rows: [interval: number, frame: number, content: number][] = [];
  let write = 0;
  for (let interval = 0; interval < recording.snapshots.at(-1)!.afterIntervals; interval++) {
    for (let run = runStart[interval]!; run < runStart[interval + 1]!; run++) {
      if (runKind[run] !== 3) continue;
      for (let frame = runFirst[run]!; frame < runFirst[run]! + runCount[run]!; frame++) {
        const content = contents[write++];
        if (content !== undefined) rows.push([interval, frame, content]);
      }
    }
  }
  const steady: SteadyContents = {
    steadyMs,
    interval: Uint32Array.from(rows, ([interval]) => interval),
    frame: Uint32Array.from(rows, ([, frame]) => frame),
    ...contentColumns(rows.map(([, , content]) => content)),
  };
  return { ...recording, steady };
}

function contentColumns(
  contents: readonly number[],
): Pick<RecordedSnapshot, 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'> {
  return {
    keyLo: Uint32Array.from(contents, (content) => (content * 0x9e3779b1) >>> 0),
    keyHi: Uint32Array.from(contents, (content) => (content * 0x85ebca6b) >>> 0),
    compressedBytes: Uint16Array.from(contents, (content) => 26 + content),
    fill: Uint8Array.from(contents, (content) => content % 3),
  };
}

export const anyRecording: fc.Arbitrary<Recording> = fc
  .tuple(
    anyIntervals.map((intervals) =>
      intervals.map((interval) => ({ ...interval, instructions: (interval.instructions % 1e9) + 1 })),
    ),
    anyChanges,
    fc.option(fc.array(fc.option(fc.nat(30), { nil: undefined }), { maxLength: 60 }), { nil: undefined }),
  )
  .map(([intervals, changes, steady]) => {
    const recording = recordingOf(intervals, changes);
    return steady === undefined ? recording : withSteady(recording, steady);
  });
