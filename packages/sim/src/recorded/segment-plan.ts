// hot
import { ACCESS_WRITE } from '@overbook/core/host';
import { ROLE_FREE } from '@overbook/formats/roles';
import type { Recording } from '@overbook/traces';

import { roleAfter } from './page-roles.ts';
import type { Segment } from './recorded-script.ts';

/** Bits of an entry above its page number; a recording has at most 2^28 pages. */
export const ENTRY_PAGE = 0x0fffffff;
export const ENTRY_WRITE = 1 << 28;
/** Nothing writes the page between this interval and the snapshot ahead. */
export const ENTRY_LAST_WRITE = 1 << 29;
/** The page's role byte becomes another, or the page is allocated: the sign, which is the cheapest to ask for. */
export const ENTRY_ROLE = 1 << 31;

/**
 * What the replay of one segment does whatever the host, the mix and the seed do: worked out once and shared by all
 * runs of a process, at 4 bytes a touch. A cell of the quickstart has 6.6 million touches; to ask for each when its
 * page is touched and written next, and what its role becomes, was an eighth of the cell's time.
 */
export interface SegmentPlan {
  /** Pages that the intervals touch, ascending in each interval, with ENTRY_… bits. */
  readonly entries: Int32Array;
  /** First entry of each interval, and the end of the last one. */
  readonly starts: Uint32Array;
  /** Pages whose content is another at the snapshot ahead though nothing touched them: a device wrote them. */
  readonly deviceWrites: Uint32Array;
  /** Role byte of each page when the segment begins. */
  readonly roles: Uint8Array;
}

/** Time and memory: O(touches of the segment + pages). */
export function planSegment(recording: Recording, segment: Segment): SegmentPlan {
  const { snapshot } = segment;
  const { snapshots, pages } = recording;
  const { entries, starts } = entriesOf(recording, segment);
  const lastTouch = new Int32Array(pages).fill(-1);
  const lastWrite = new Int32Array(pages).fill(-1);
  for (let at = 0; at < entries.length; at++) {
    const page = entries[at]! & ENTRY_PAGE;
    lastTouch[page] = at;
    if ((entries[at]! & ENTRY_WRITE) !== 0) lastWrite[page] = at;
  }
  const untouched = placeDeviceWrites(entries, lastWrite, snapshots[snapshot]!.changed);
  const ahead = snapshots[snapshot]!.role;
  const roles = snapshots[snapshot - 1]!.role.slice();
  for (let page = 0; page < pages; page++)
    if (ahead[page] === ROLE_FREE && lastTouch[page]! < 0) roles[page] = ROLE_FREE;
  const now = roles.slice();
  for (let at = 0; at < entries.length; at++) {
    const page = entries[at]! & ENTRY_PAGE;
    const write = (entries[at]! & ENTRY_WRITE) !== 0;
    const isLastWrite = lastWrite[page] === at;
    const was = now[page]!;
    const changes = write || (ahead[page] === ROLE_FREE && lastTouch[page] === at);
    if (changes) now[page] = roleAfter(ahead[page]!, write, isLastWrite);
    if (isLastWrite) entries[at]! |= ENTRY_LAST_WRITE;
    if (now[page] !== was || (write && was === ROLE_FREE)) entries[at]! |= ENTRY_ROLE;
  }
  return { entries, starts, deviceWrites: untouched, roles };
}

/**
 * A page whose content is another at the snapshot ahead though no program wrote it was written by a device. When is
 * not recorded: before a program uses what came, so the page's first touch counts as the write. That a write at the
 * snapshot is too late was seen beside a real ksmd (docs/model/page-sharing.md).
 * @param lastWrite entry of each page, or -1; brought up to date
 * @returns pages that nothing touched
 */
function placeDeviceWrites(entries: Int32Array, lastWrite: Int32Array, changed: Uint32Array): Uint32Array {
  const written = changed.filter((page) => lastWrite[page]! < 0);
  const waits = new Uint8Array(lastWrite.length);
  for (const page of written) waits[page] = 1;
  for (let at = 0; at < entries.length; at++) {
    const page = entries[at]! & ENTRY_PAGE;
    if (waits[page] === 0) continue;
    waits[page] = 0;
    entries[at]! |= ENTRY_WRITE;
    lastWrite[page] = at;
  }
  return written.filter((page) => waits[page] === 1);
}

/** Pages of each interval, with ENTRY_WRITE where it writes them. */
function entriesOf({ trace }: Recording, { from, to }: Segment): Pick<SegmentPlan, 'entries' | 'starts'> {
  const { runCount, runFirst, runKind, runStart } = trace;
  const starts = new Uint32Array(to - from + 1);
  let touches = 0;
  for (let interval = from; interval < to; interval++) {
    const end = runStart[interval + 1]!;
    for (let run = runStart[interval]!; run < end; run++) touches += runCount[run]!;
    starts[interval - from + 1] = touches;
  }
  const entries = new Int32Array(touches);
  const first = runStart[from]!;
  const last = to > from ? runStart[to]! : first;
  let at = 0;
  for (let run = first; run < last; run++) {
    const bits = runKind[run] === ACCESS_WRITE ? ENTRY_WRITE : 0;
    const page = runFirst[run]!;
    const end = page + runCount[run]!;
    for (let one = page; one < end; one++) entries[at++] = one | bits;
  }
  return { entries, starts };
}
