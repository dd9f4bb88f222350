// hot
import { ACCESS_WRITE, TOUCH_PAGE, TOUCH_WRITE } from '@overbook/core/host';
import { ROLE_FREE } from '@overbook/formats/roles';
import type { Recording } from '@overbook/traces';

import { roleAfter } from './page-roles.ts';
import type { Segment } from './recorded-script.ts';

/** An entry is a touch, as Pmap takes it, with more bits above; a recording has at most 2^28 pages. */
export const ENTRY_PAGE = TOUCH_PAGE;
export const ENTRY_WRITE = TOUCH_WRITE;
/** Nothing writes the page between this interval and the snapshot ahead. */
export const ENTRY_LAST_WRITE = 1 << 29;
/** The recorder found what the page held after this write. */
export const ENTRY_FOUND = 1 << 30;
/** The page's role byte becomes another, or the page is allocated: the sign, which is the cheapest to ask for. */
export const ENTRY_ROLE = 1 << 31;

/**
 * What the replay of one segment does whatever the host, the mix and the seed do: worked out once and shared by all
 * runs of a process, at 4 bytes a touch and 4 more a write. A cell of the quickstart has 12 million touches: to ask
 * for each when its page is touched and written next, and what its role becomes, was an eighth of the cell's time.
 */
export interface SegmentPlan {
  /** Pages that the intervals touch, ascending in each interval, with ENTRY_… bits. */
  readonly entries: Int32Array;
  /** First entry of each interval, and the end of the last one. */
  readonly starts: Uint32Array;
  /** Of the entries, those that write, for an interval whose order nothing can tell. */
  readonly writes: Picked;
  /** Those with ENTRY_ROLE. */
  readonly changes: Picked;
  /** 1 for an interval whose order always matters: the guest frees several pages, and lists them in that order. */
  readonly ordered: Uint8Array;
  /** Pages whose content is another at the snapshot ahead though nothing touched them: a device wrote them. */
  readonly deviceWrites: Uint32Array;
  /** Role byte of each page when the segment begins. */
  readonly roles: Uint8Array;
}

/** Entries of a kind, by interval. */
export interface Picked {
  readonly entries: Int32Array;
  /** First of each interval, and the end of the last one. */
  readonly starts: Uint32Array;
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
  markFound(recording, segment, { entries, starts });
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
  return {
    entries,
    starts,
    writes: picked({ entries, starts }, ENTRY_WRITE),
    changes: picked({ entries, starts }, ENTRY_ROLE),
    ordered: freeingSeveral({ entries, starts }, ahead, lastTouch),
    deviceWrites: untouched,
    roles,
  };
}

function picked({ entries, starts }: Picked, bit: number): Picked {
  let count = 0;
  for (let at = 0; at < entries.length; at++) if ((entries[at]! & bit) !== 0) count++;
  const of = new Int32Array(count);
  const startsOf = new Uint32Array(starts.length);
  let next = 0;
  for (let interval = 0; interval + 1 < starts.length; interval++) {
    for (let at = starts[interval]!; at < starts[interval + 1]!; at++)
      if ((entries[at]! & bit) !== 0) of[next++] = entries[at]!;
    startsOf[interval + 1] = next;
  }
  return { entries: of, starts: startsOf };
}

/** 1 for each interval with more than one page that becomes free. */
function freeingSeveral({ entries, starts }: Picked, ahead: Uint8Array, lastTouch: Int32Array): Uint8Array {
  const several = new Uint8Array(starts.length - 1);
  for (let interval = 0; interval < several.length; interval++) {
    let freed = 0;
    for (let at = starts[interval]!; at < starts[interval + 1]!; at++) {
      const entry = entries[at]!;
      const page = entry & ENTRY_PAGE;
      const isLast = lastTouch[page] === at || (entry & ENTRY_LAST_WRITE) !== 0;
      if (entry < 0 && isLast && ahead[page] === ROLE_FREE) freed++;
    }
    several[interval] = Number(freed > 1);
  }
  return several;
}

/** Marks the writes after which the recorder found the content of their page. Rows ascend by interval. */
function markFound({ steady, pages }: Recording, { from }: Segment, { entries, starts }: Picked): void {
  if (steady === undefined) return;
  const { interval: intervals, frame } = steady;
  /** Interval + 1 of each page's latest row so far. */
  const latest = new Uint32Array(pages);
  let row = 0;
  for (let index = 0; index + 1 < starts.length; index++) {
    const interval = from + index;
    for (; row < frame.length && intervals[row]! <= interval; row++)
      latest[frame[row]!] = intervals[row]! + 1;
    for (let at = starts[index]!; at < starts[index + 1]!; at++)
      if ((entries[at]! & ENTRY_WRITE) !== 0 && latest[entries[at]! & ENTRY_PAGE] === interval + 1)
        entries[at]! |= ENTRY_FOUND;
  }
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
