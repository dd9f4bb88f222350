/** How far the trace of a recording explains its snapshots: every changed frame should have been stored to. */
import { ACCESS_WRITE } from '@overbook/core/units';
import type { Recording } from '../src/index.ts';
import { expandInterval, largestInterval } from '../src/index.ts';

export interface Truth {
  /** Frames that changed between two snapshots after work-start. */
  readonly changed: number;
  /** Those of them that the CPU did not store to in between. */
  readonly unexplained: number;
  /** Frames, over all snapshots, that no interval had touched and that are listed as changed all the same. */
  readonly changedUntouched: number;
}

export function truthOf(recording: Recording): Truth {
  const { trace, pages, snapshots } = recording;
  const gfns = new Uint32Array(largestInterval(trace));
  const accesses = new Uint8Array(gfns.length);
  const ever = new Uint8Array(pages);
  let [changed, unexplained, changedUntouched] = [0, 0, 0];
  let interval = 0;
  for (const [index, snapshot] of snapshots.entries()) {
    const written = new Uint8Array(pages);
    for (; interval < snapshot.afterIntervals; interval++) {
      const count = expandInterval(trace, interval, gfns, accesses);
      for (let row = 0; row < count; row++) {
        ever[gfns[row]!] = 1;
        if (accesses[row] === ACCESS_WRITE) written[gfns[row]!] = 1;
      }
    }
    changedUntouched += snapshot.changed.filter((frame) => ever[frame] === 0).length;
    if (index < 2) continue; // the firmware loads kernel and initrd by DMA
    changed += snapshot.changed.length;
    unexplained += snapshot.changed.filter((frame) => written[frame] === 0).length;
  }
  return { changed, unexplained, changedUntouched };
}
