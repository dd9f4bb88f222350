/**
 * Which contents of a recording any other machine of its release holds too, and which are its own. Copies of one
 * recorded guest must not share what is its own: no second machine would have it.
 */
import { FILL_OTHER } from '@overbook/core';
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/host';
import { ROLE_FILE_CLEAN, ROLE_FREE, ROLE_MASK } from '@overbook/formats/roles';
import type { Recording } from '@overbook/traces';
import { applySnapshot, powerOnStates } from '@overbook/traces/frame-states';

import { KeyMap } from './key-map.ts';

/** Keys of contents, one row each. */
export interface ContentKeys {
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
}

/** The same with what tells pages of one repeated byte. */
export interface Contents extends ContentKeys {
  readonly fill: Uint8Array;
}

const COMMON = 0;

/**
 * Contents that stay equal in all copies of a recording. A content is common where one of these holds:
 * - it is in two recordings of different work, or of the same work with different data (`origin.seed`);
 * - it is in a list of contents known to be so;
 * - the guest held it when its work began, as clean page cache or in free memory: read from the disk image or left by
 *   the boot;
 * - the guest executed it from clean page cache: the text of a program on the disk image.
 * What the work itself wrote is none of these, unless two recordings made it alike.
 */
export class CommonContents {
  /** COMMON, or 1 + the index of the one origin that has the content. */
  readonly #originOf = new KeyMap();
  readonly #origins: string[] = [];

  /** @param known keys of contents known to be common */
  constructor(known: readonly ContentKeys[]) {
    for (const { keyLo, keyHi } of known)
      for (let row = 0; row < keyLo.length; row++) this.#originOf.set(keyLo[row]!, keyHi[row]!, COMMON);
  }

  /** Takes a recording for evidence of what is common. O(all its contents). */
  add({ origin, snapshots, steady }: Recording): void {
    const number = 1 + this.#numberOf(JSON.stringify([origin.work, origin.seed]));
    for (const { keyLo, keyHi, fill } of [...snapshots, ...(steady ? [steady] : [])])
      for (let row = 0; row < keyLo.length; row++) {
        if (fill[row] !== FILL_OTHER) continue;
        const was = this.#originOf.get(keyLo[row]!, keyHi[row]!);
        if (was < 0) this.#originOf.set(keyLo[row]!, keyHi[row]!, number);
        else if (was !== number) this.#originOf.set(keyLo[row]!, keyHi[row]!, COMMON);
      }
  }

  /** Takes what the recording shows of where its contents came from. O(trace + pages × snapshots). */
  addOwnEvidence(recording: Recording): void {
    const { snapshots, trace } = recording;
    const workStart = snapshots.findIndex(({ label }) => label === 'work-start');
    const states = powerOnStates(recording);
    snapshots.forEach((snapshot, i) => {
      applySnapshot(states, snapshot);
      const fetched = i === 0 ? undefined : fetchedBetween(recording, i - 1, trace.pages);
      for (let page = 0; page < trace.pages; page++) {
        if (states.fill[page] !== FILL_OTHER) continue;
        const role = states.role[page]! & ROLE_MASK;
        const isClean = role === ROLE_FILE_CLEAN;
        const isFromBoot = i <= workStart && (isClean || role === ROLE_FREE);
        if (isFromBoot || (isClean && fetched?.[page] === 1))
          this.#originOf.set(states.keyLo[page]!, states.keyHi[page]!, COMMON);
      }
    });
  }

  /** True for a content that any machine of the release has. Pages of one repeated byte are common, too. */
  has(lo: number, hi: number, fill: number): boolean {
    return fill !== FILL_OTHER || this.#originOf.get(lo, hi) === COMMON;
  }

  #numberOf(origin: string): number {
    const at = this.#origins.indexOf(origin);
    return at >= 0 ? at : this.#origins.push(origin) - 1;
  }
}

/** 1 for each page that the guest executed between a snapshot and the next, after whatever it wrote there. */
function fetchedBetween({ snapshots, trace }: Recording, snapshot: number, pages: number): Uint8Array {
  const { runStart, runFirst, runCount, runKind } = trace;
  const fetched = new Uint8Array(pages);
  const end = runStart[snapshots[snapshot + 1]!.afterIntervals]!;
  for (let run = runStart[snapshots[snapshot]!.afterIntervals]!; run < end; run++) {
    const kind = runKind[run];
    if (kind === ACCESS_FETCH || kind === ACCESS_WRITE)
      fetched.fill(kind === ACCESS_FETCH ? 1 : 0, runFirst[run]!, runFirst[run]! + runCount[run]!);
  }
  return fetched;
}
