/** What every recording must satisfy, wherever it comes from: checked on import, before writing and after reading. */
import { FILL_SAME } from '@overbook/core/units';
import { isRole } from '@overbook/formats/roles';
import type { Refuse } from '../trace/check.ts';
import { checkTrace } from '../trace/check.ts';
import { checkSteady } from './check-steady.ts';
import type { RecordedMoment, RecordedSnapshot, Recording } from './recording.ts';

/** Throws what `refuse` makes of the first broken rule. O(runs + snapshots × pages). */
export function checkRecording(recording: Recording, refuse: Refuse): void {
  const { trace, endMs } = recording;
  checkTrace(trace, refuse);
  if (trace.pages !== recording.pages)
    throw refuse(`has ${recording.pages} pages, its trace has ${trace.pages}`);
  if (trace.pageNumbers !== undefined) throw refuse('has a trace whose pages are not guest frames');
  if (endMs.length !== trace.intervals)
    throw refuse(`has ${endMs.length} end times for ${trace.intervals} intervals`);
  for (let interval = 1; interval < endMs.length; interval++) {
    if (endMs[interval]! < endMs[interval - 1]!) throw refuse(`goes back in time at interval ${interval}`);
  }
  checkSnapshots(recording, refuse);
  checkSteady(recording, refuse);
  const moments: readonly RecordedMoment[] = [...recording.phases, ...recording.balloonTargets];
  for (const moment of moments) checkMoment(moment, recording, refuse);
}

/** Boundaries: a snapshot's instructions are exactly the sum of the intervals before it. */
function checkSnapshots(recording: Recording, refuse: Refuse): void {
  const { trace } = recording;
  if (recording.snapshots[0]?.afterIntervals !== 0) throw refuse('has no snapshot at power-on');
  let interval = 0;
  let instructions = 0;
  for (const snapshot of recording.snapshots) {
    if (snapshot.afterIntervals < interval || snapshot.afterIntervals > trace.intervals) {
      throw refuse(`places snapshot ${snapshot.label} after interval ${snapshot.afterIntervals}`);
    }
    for (; interval < snapshot.afterIntervals; interval++) instructions += trace.instructions[interval]!;
    if (snapshot.instructions !== instructions) {
      throw refuse(
        `places snapshot ${snapshot.label} at ${snapshot.instructions} instructions, its trace at ${instructions}`,
      );
    }
    if (snapshot.agentAsked !== undefined) checkMoment(snapshot.agentAsked, recording, refuse);
    checkColumns(snapshot, recording.pages, refuse);
  }
}

function checkColumns(snapshot: RecordedSnapshot, pages: number, refuse: Refuse): void {
  const { changed, label, role } = snapshot;
  const sameLength = [snapshot.keyLo, snapshot.keyHi, snapshot.compressedBytes, snapshot.fill].every(
    (column) => column.length === changed.length,
  );
  if (!sameLength) throw refuse(`has columns of different lengths in snapshot ${label}`);
  if (role.length !== pages) throw refuse(`has ${role.length} roles for ${pages} pages in snapshot ${label}`);
  for (let row = 0; row < changed.length; row++) {
    const frame = changed[row]!;
    if (frame >= pages || (row > 0 && frame <= changed[row - 1]!))
      throw refuse(`lists frame ${frame} out of order in snapshot ${label}`);
    if (snapshot.fill[row]! > FILL_SAME)
      throw refuse(`gives frame ${frame} the fill class ${snapshot.fill[row]}`);
  }
  const wrong = role.findIndex((byte) => !isRole(byte));
  if (wrong >= 0) throw refuse(`gives frame ${wrong} the role byte ${role[wrong]} in snapshot ${label}`);
}

function checkMoment(moment: RecordedMoment, recording: Recording, refuse: Refuse): void {
  if (moment.interval > recording.trace.intervals) {
    throw refuse(`names interval ${moment.interval}, its trace has ${recording.trace.intervals}`);
  }
}
