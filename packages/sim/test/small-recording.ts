import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';
import type { RecordedSnapshot, Recording, SteadyContents, Trace } from '@overbook/traces';

export interface SmallInterval {
  readonly instructions: number;
  readonly endMs: number;
  /** Page → 1 fetched, 2 read, 3 written. */
  readonly touches: Readonly<Record<number, 1 | 2 | 3>>;
}

export interface SmallSnapshot {
  readonly label?: string;
  readonly after: number;
  /** Content number of every page; 0 is the zero page, others are distinct contents of that key. */
  readonly contents: readonly number[];
  readonly roles?: readonly number[];
  /** Interval from which the recorder disturbed the guest. */
  readonly agentAsked?: number;
}

/** What a page held after a write, until it was written again. */
export interface SmallContent {
  readonly interval: number;
  readonly page: number;
  readonly content: number;
}

/** A trace out of a few intervals. */
export function smallTrace(size: number, intervals: readonly SmallInterval[], name = 'small'): Trace {
  const runStart = [0];
  const first: number[] = [];
  const kind: number[] = [];
  for (const { touches } of intervals) {
    for (const [page, access] of Object.entries(touches)) {
      first.push(Number(page));
      kind.push(access);
    }
    runStart.push(first.length);
  }
  return {
    name,
    source: 'test',
    space: 'guest-physical',
    pages: toPages(size),
    everyInstructions: 1000,
    intervals: intervals.length,
    instructions: Float64Array.from(intervals, (interval) => interval.instructions),
    runStart: Uint32Array.from(runStart),
    runFirst: Uint32Array.from(first),
    runCount: new Uint32Array(first.length).fill(1),
    runKind: Uint8Array.from(kind),
  };
}

/** A recording small enough to be followed by hand. Content c has key c and compressed size 100 + c. */
export function smallRecording(
  size: number,
  intervals: readonly SmallInterval[],
  snapshots: readonly SmallSnapshot[],
  between?: readonly SmallContent[],
): Recording {
  let before: readonly number[] = Array.from({ length: size }, () => 0);
  const made = snapshots.map((snapshot, i) => {
    const changed = snapshot.contents.flatMap((content, page) => (content === before[page] ? [] : [page]));
    before = snapshot.contents;
    return toSnapshot(snapshot, changed, i, intervals, toPages(size));
  });
  return {
    name: 'small',
    pages: toPages(size),
    contentKey: 'sha256-64',
    codec: 'none',
    powerOn: { keyLo: 0, keyHi: 0, compressedBytes: 100 },
    trace: smallTrace(size, intervals),
    endMs: Uint32Array.from(intervals, (interval) => interval.endMs),
    snapshots: made,
    ...(between !== undefined && { steady: toSteady(between) }),
    phases: [],
    balloonTargets: [],
    origin: { work: 'test', seed: 1, kernel: '', emulator: '', accelerator: '' },
  };
}

/** @param between ascending by interval, then page */
function toSteady(between: readonly SmallContent[]): SteadyContents {
  return {
    steadyMs: 1000,
    interval: Uint32Array.from(between, ({ interval }) => interval),
    frame: Uint32Array.from(between, ({ page }) => page),
    ...toColumns(between.map(({ content }) => content)),
  };
}

function toColumns(
  contents: readonly number[],
): Pick<RecordedSnapshot, 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'> {
  return {
    keyLo: Uint32Array.from(contents),
    keyHi: Uint32Array.from(contents),
    compressedBytes: Uint16Array.from(contents, (content) => 100 + content),
    fill: Uint8Array.from(contents, (content) => (content === 0 ? 1 : 0)),
  };
}

function toSnapshot(
  snapshot: SmallSnapshot,
  changed: readonly number[],
  index: number,
  intervals: readonly SmallInterval[],
  size: Pages,
): RecordedSnapshot {
  const contents = changed.map((page) => snapshot.contents[page]!);
  const done = intervals.slice(0, snapshot.after);
  return {
    label: snapshot.label ?? `s${index}`,
    afterIntervals: snapshot.after,
    instructions: done.reduce((sum, interval) => sum + interval.instructions, 0),
    guestMs: done[done.length - 1]?.endMs ?? 0,
    changed: Uint32Array.from(changed),
    ...toColumns(contents),
    role: Uint8Array.from({ length: size }, (_, page) => snapshot.roles?.[page] ?? 6),
    ...(snapshot.agentAsked === undefined
      ? {}
      : {
          agentAsked: {
            interval: snapshot.agentAsked,
            instructions: intervals
              .slice(0, snapshot.agentAsked)
              .reduce((sum, one) => sum + one.instructions, 0),
          },
        }),
  };
}
