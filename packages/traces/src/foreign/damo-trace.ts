/** From a record of damo to a trace: pages of accessed regions by snapshot, a nanosecond for an instruction. */
import { ACCESS_READ, PAGE_BYTES } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { PAGES_MAX } from '@overbook/formats';
import { RunList } from '../trace/run-list.ts';
import type { DamoRecord, DamoSnapshot } from './damo-records.ts';
import { finishedTrace } from './finished-trace.ts';
import type { Imported } from './foreign-format.ts';
import { badFile, tooMuch } from './refusals.ts';

/** Pages from `first` up to `end`. */
interface Range {
  readonly first: number;
  readonly end: number;
}

/** @throws OVB_TRACE_CORRUPT, OVB_TRACE_TOO_LARGE */
export function damoTrace(id: FileId, { target, snapshots }: DamoRecord): Imported {
  const touched = snapshots.map(accessedRanges);
  const all = joined(touched.flat());
  const total = all.reduce((sum, { first, end }) => sum + end - first, 0);
  if (total > PAGES_MAX) throw tooMuch(id, `accessed regions hold ${total} pages`);
  const list = new RunList();
  let clock: number | undefined;
  for (const [i, snapshot] of snapshots.entries()) {
    const { startNs, endNs } = snapshot;
    const from = clock ?? startNs;
    if (!Number.isSafeInteger(endNs - startNs) || endNs <= startNs || startNs < from)
      throw badFile(id, `snapshot ${i} goes from ${startNs} to ${endNs} ns`, 'Record it again.');
    if (startNs > from) list.interval(startNs - from);
    addRuns(list, touched[i]!, all);
    list.interval(endNs - startNs);
    clock = endNs;
  }
  const [first] = snapshots;
  if (first === undefined || total === 0)
    throw badFile(id, 'holds no access', 'Record for longer, while the target is active.');
  const about = {
    source: `damo record of target ${target}: every page of an accessed region; one nanosecond per instruction`,
    space: 'guest-virtual',
    everyInstructions: first.endNs - first.startNs,
  } as const;
  const collected = { arrays: list.finish(), pages: total, numbers: numbersOf(all, total) };
  return {
    trace: finishedTrace(id, about, collected),
    notes: [
      'every page of a region in which DAMON saw an access counts as read: an upper bound; no page counts as written',
      'a nanosecond of the record counts as one instruction',
    ],
  };
}

function accessedRanges({ regions }: DamoSnapshot): readonly Range[] {
  return joined(
    regions
      .filter(({ isAccessed }) => isAccessed)
      .map(({ start, end }) => ({ first: Math.floor(start / PAGE_BYTES), end: Math.ceil(end / PAGE_BYTES) })),
  );
}

/** The same pages as ascending ranges that do not touch each other. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const apart: { first: number; end: number }[] = [];
  for (const { first, end } of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = apart.at(-1);
    if (last !== undefined && first <= last.end) last.end = Math.max(last.end, end);
    else apart.push({ first, end });
  }
  return apart;
}

/** `ranges` are parts of `all`; a page's number in the trace is how many pages of `all` lie before it. */
function addRuns(list: RunList, ranges: readonly Range[], all: readonly Range[]): void {
  let next = 0;
  let before = 0;
  for (const { first, end } of ranges) {
    while (all[next]!.end <= first) {
      before += all[next]!.end - all[next]!.first;
      next++;
    }
    list.run(before + first - all[next]!.first, end - first, ACCESS_READ);
  }
}

function numbersOf(all: readonly Range[], total: number): Float64Array {
  const numbers = new Float64Array(total);
  let page = 0;
  for (const { first, end } of all) for (let number = first; number < end; number++) numbers[page++] = number;
  return numbers;
}
