/** What contents between snapshots must satisfy: each belongs to a write that the trace has. */
import { ACCESS_WRITE, FILL_SAME } from '@overbook/core/units';
import type { Refuse } from '../trace/check.ts';
import type { Trace } from '../trace/trace.ts';
import type { Recording, SteadyContents } from './recording.ts';

/** Throws what `refuse` makes of the first broken rule. The trace has been checked. O(rows + runs). */
export function checkSteady({ trace, snapshots, steady }: Recording, refuse: Refuse): void {
  if (steady === undefined) return;
  const { steadyMs, interval, frame, fill } = steady;
  if (!Number.isSafeInteger(steadyMs) || steadyMs < 1 || steadyMs >= 2 ** 32)
    throw refuse(`has contents that were steady for ${steadyMs} ms`);
  const sameLength = [frame, steady.keyLo, steady.keyHi, steady.compressedBytes, fill].every(
    (column) => column.length === interval.length,
  );
  if (!sameLength) throw refuse('has columns of different lengths in the contents between snapshots');
  const end = snapshots.at(-1)?.afterIntervals ?? 0;
  const writes = new WrittenFrames(trace);
  for (let row = 0; row < interval.length; row++) {
    const at = `frame ${frame[row]} in interval ${interval[row]}`;
    if (interval[row]! >= end) throw refuse(`has a content of ${at}, after the last snapshot`);
    if (!ascends(steady, row)) throw refuse(`lists the content of ${at} out of order`);
    if (fill[row]! > FILL_SAME) throw refuse(`gives ${at} the fill class ${fill[row]}`);
    if (!writes.has(frame[row]!, interval[row]!))
      throw refuse(`has a content of ${at}, where its trace has no write`);
  }
}

function ascends({ interval, frame }: SteadyContents, row: number): boolean {
  if (row === 0 || interval[row]! > interval[row - 1]!) return true;
  return interval[row] === interval[row - 1] && frame[row]! > frame[row - 1]!;
}

/** Looks writes up in a trace; the questions ascend by interval, then frame. */
class WrittenFrames {
  readonly #trace: Trace;
  #run = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  has(frame: number, interval: number): boolean {
    const { runStart, runFirst, runCount, runKind } = this.#trace;
    const end = runStart[interval + 1]!;
    let run = Math.max(this.#run, runStart[interval]!);
    while (run < end && runFirst[run]! + runCount[run]! <= frame) run++;
    this.#run = run;
    return run < end && runFirst[run]! <= frame && runKind[run] === ACCESS_WRITE;
  }
}
