/** How far a recording's trace tells of all that its snapshots show, and whether its clock is one. */
import { ACCESS_WRITE, FILL_ZERO } from '@overbook/core/units';
import { ROLE_MASK, ROLE_NAMES } from '@overbook/formats/roles';
import { applySnapshot, powerOnStates } from './frame-states.ts';
import type { RecordedSnapshot, Recording } from './recording.ts';

/** Frames whose content is another at a snapshot than at the one before, by what the CPU did to them in between. */
export interface ChangedFrames {
  readonly label: string;
  readonly changed: number;
  readonly stored: number;
  readonly onlyRead: number;
  readonly untouched: number;
  /** Of those that were not stored to: how many had which role at the snapshot. */
  readonly notStoredByRole: Readonly<Record<string, number>>;
}

export interface Examination {
  readonly steps: readonly ChangedFrames[];
  /** Frames that nothing had touched up to some snapshot and that were not zero there. */
  readonly strangeFrames: number;
  /** Labels of snapshots, power-on aside, that do not say from where on the recorder disturbed the guest. */
  readonly unmarked: readonly string[];
  /** Guest nanoseconds up to the last interval's end. */
  readonly guestNs: number;
  readonly instructions: number;
  /**
   * Labels of snapshots before which more instructions ran than nanoseconds passed: none where an instruction takes a
   * nanosecond of the guest's clock.
   */
  readonly crowded: readonly string[];
}

const NS_PER_MS = 1_000_000;
/** Times are whole milliseconds; a block that was left early counts whole until the recorder's clock comes up to it. */
const ROUNDING_NS = 10 * NS_PER_MS;
const UNTOUCHED = 0;
const READ = 1;
const STORED = 2;

/** Goes through the whole recording once. O(accesses + snapshots × pages). */
export function examineRecording(recording: Recording): Examination {
  const { pages, snapshots, trace, endMs } = recording;
  const states = powerOnStates(recording);
  const touched = new Uint8Array(pages);
  const since = new Uint8Array(pages);
  const steps: ChangedFrames[] = [];
  let interval = 0;
  let strangeFrames = 0;
  for (const snapshot of snapshots) {
    since.fill(UNTOUCHED);
    for (; interval < snapshot.afterIntervals; interval++) markTouched(recording, interval, since);
    for (let frame = 0; frame < pages; frame++) touched[frame]! |= since[frame]!;
    steps.push(changedFrames(snapshot, since));
    applySnapshot(states, snapshot);
    for (let frame = 0; frame < pages; frame++) {
      if (touched[frame] === UNTOUCHED && states.fill[frame] !== FILL_ZERO) strangeFrames++;
    }
  }
  return {
    steps,
    strangeFrames,
    unmarked: snapshots
      .filter(({ afterIntervals, agentAsked }) => afterIntervals > 0 && agentAsked === undefined)
      .map(({ label }) => label),
    guestNs: (endMs.at(-1) ?? 0) * NS_PER_MS,
    instructions: trace.instructions.reduce((sum, count) => sum + count, 0),
    crowded: crowdedSteps(recording),
  };
}

function markTouched({ trace }: Recording, interval: number, since: Uint8Array): void {
  const { runStart, runFirst, runCount, runKind } = trace;
  for (let run = runStart[interval]!; run < runStart[interval + 1]!; run++) {
    const mark = runKind[run] === ACCESS_WRITE ? STORED : READ;
    const end = runFirst[run]! + runCount[run]!;
    for (let frame = runFirst[run]!; frame < end; frame++) if (since[frame]! < mark) since[frame] = mark;
  }
}

function changedFrames(snapshot: RecordedSnapshot, since: Uint8Array): ChangedFrames {
  const { changed, label, role } = snapshot;
  const counts = [0, 0, 0];
  const byRole: Record<string, number> = {};
  for (const frame of changed) {
    const mark = since[frame]!;
    counts[mark]!++;
    if (mark === STORED) continue;
    const name = ROLE_NAMES[role[frame]! & ROLE_MASK]!;
    byRole[name] = (byRole[name] ?? 0) + 1;
  }
  return {
    label,
    changed: changed.length,
    stored: counts[STORED]!,
    onlyRead: counts[READ]!,
    untouched: counts[UNTOUCHED]!,
    notStoredByRole: byRole,
  };
}

function crowdedSteps({ snapshots }: Recording): string[] {
  const isCrowded = ({ instructions, guestMs }: RecordedSnapshot, before: RecordedSnapshot): boolean =>
    instructions - before.instructions > (guestMs - before.guestMs) * NS_PER_MS + ROUNDING_NS;
  return snapshots
    .filter((snapshot, i) => i > 0 && isCrowded(snapshot, snapshots[i - 1]!))
    .map(({ label }) => label);
}
