import type { ContentTable } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { Recording } from '@overbook/traces';
import { largestInterval } from '@overbook/traces/expand';

import type { SegmentPlan } from './segment-plan.ts';
import { planSegment } from './segment-plan.ts';

/** Intervals between two snapshots that are replayed, and the snapshot at their end. */
export interface Segment {
  readonly from: number;
  /** Exclusive; intervals in which the recorder disturbed the guest come after it and are left out. */
  readonly to: number;
  readonly snapshot: number;
}

/** A recording made ready for replay; shared by all guests and runs that use it, never changed. */
export interface RecordedScript {
  readonly recording: Recording;
  /**
   * Every content that any snapshot shows, snapshot by snapshot, row by row, then those between snapshots; entry 0 is
   * the zero page of power-on.
   */
  readonly contents: ContentTable;
  /** First content of each snapshot. */
  readonly contentStart: Uint32Array;
  /** First content between snapshots. */
  readonly steadyStart: number;
  /** Per content between snapshots: row + 1 of the next one of its page, 0 = none. */
  readonly steadyAfter: Uint32Array;
  /** Segment k leads from snapshot k to snapshot k + 1. */
  readonly segments: readonly Segment[];
  /** What the replay of segment k does in every run; worked out when it is first asked for. */
  readonly plan: (k: number) => SegmentPlan;
  /** Index of the snapshot `work-start`, or -1. */
  readonly workStart: number;
  /** Pages touched or changed before work-start, ascending: what a guest that arrives there has in memory. */
  readonly arrivingPages: Uint32Array;
  /** Entries that the largest interval, or the largest set of changed pages, needs. */
  readonly largestBatch: number;
}

const known = new WeakMap<Recording, RecordedScript>();

/** Prepares a recording, once. O(pages + changed pages of all snapshots + contents between them). */
export function scriptOf(recording: Recording): RecordedScript {
  let script = known.get(recording);
  if (script === undefined) {
    script = prepare(recording);
    known.set(recording, script);
  }
  return script;
}

/** A copy of a recording that differs in keys of contents alone is replayed by the same plans: they are shared. */
export function shareScript(copy: Recording, of: Recording): void {
  const script = scriptOf(of);
  const { contentStart, steadyStart } = script;
  const { keyLo, keyHi } = contentsOf(copy, contentStart, steadyStart);
  known.set(copy, { ...script, recording: copy, contents: { ...script.contents, keyLo, keyHi } });
}

function prepare(recording: Recording): RecordedScript {
  const { snapshots, trace } = recording;
  const contentStart = new Uint32Array(snapshots.length);
  let rows = 1;
  snapshots.forEach((snapshot, i) => {
    contentStart[i] = rows;
    rows += snapshot.changed.length;
  });
  const segments = snapshots.slice(1).map((snapshot, i) => ({
    from: snapshots[i]!.afterIntervals,
    to: Math.min(snapshot.agentAsked?.interval ?? snapshot.afterIntervals, snapshot.afterIntervals),
    snapshot: i + 1,
  }));
  const plans: SegmentPlan[] = [];
  const workStart = snapshots.findIndex((snapshot) => snapshot.label === 'work-start');
  return {
    recording,
    contents: contentsOf(recording, contentStart, rows),
    contentStart,
    steadyStart: rows,
    steadyAfter: nextOfSamePage(recording),
    segments,
    plan: (k) => (plans[k] ??= planSegment(recording, segments[k]!)),
    workStart,
    arrivingPages: touchedUntil(recording, workStart),
    largestBatch: Math.max(recording.pages, largestInterval(trace)),
  };
}

function touchedUntil({ pages, snapshots, trace }: Recording, workStart: number): Uint32Array {
  const touched = new Uint8Array(pages);
  const runs = workStart < 0 ? 0 : trace.runStart[snapshots[workStart]!.afterIntervals]!;
  for (let run = 0; run < runs; run++) {
    const first = trace.runFirst[run]!;
    touched.fill(1, first, first + trace.runCount[run]!);
  }
  for (const { changed } of snapshots.slice(0, workStart + 1)) for (const page of changed) touched[page] = 1;
  return Uint32Array.from(touched.keys()).filter((page) => touched[page] === 1);
}

function nextOfSamePage({ pages, steady }: Recording): Uint32Array {
  if (steady === undefined) return new Uint32Array(0);
  const after = new Uint32Array(steady.frame.length);
  const next = new Uint32Array(pages);
  for (let row = after.length - 1; row >= 0; row--) {
    after[row] = next[steady.frame[row]!]!;
    next[steady.frame[row]!] = row + 1;
  }
  return after;
}

/** @param steadyStart contents of all snapshots, and the zero page */
function contentsOf(recording: Recording, contentStart: Uint32Array, steadyStart: number): ContentTable {
  const rows = steadyStart + (recording.steady?.frame.length ?? 0);
  const table = {
    contentKey: recording.contentKey,
    codec: recording.codec,
    keyLo: new Uint32Array(rows),
    keyHi: new Uint32Array(rows),
    compressedBytes: new Uint16Array(rows),
    fill: new Uint8Array(rows),
  };
  table.keyLo[0] = recording.powerOn.keyLo;
  table.keyHi[0] = recording.powerOn.keyHi;
  table.compressedBytes[0] = recording.powerOn.compressedBytes;
  table.fill[0] = 1;
  const put = (start: number, columns: Omit<ContentTable, 'contentKey' | 'codec'>): void => {
    table.keyLo.set(columns.keyLo, start);
    table.keyHi.set(columns.keyHi, start);
    table.compressedBytes.set(columns.compressedBytes, start);
    table.fill.set(columns.fill, start);
  };
  recording.snapshots.forEach((snapshot, i) => put(contentStart[i]!, snapshot));
  if (recording.steady !== undefined) put(steadyStart, recording.steady);
  return table;
}

/** @throws OVB_NO_WORK_START */
export function requireWorkStart(script: RecordedScript, guest: string): number {
  if (script.workStart >= 0) return script.workStart;
  throw new OverbookError(
    'OVB_NO_WORK_START',
    `guest ${guest}`,
    `recording ${script.recording.name} has no snapshot named work-start`,
    'Start the guest at power-on.',
  );
}
