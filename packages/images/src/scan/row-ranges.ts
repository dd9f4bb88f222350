/** The layout of an image in shared memory: which page each row is. Threads find the pages of their rows in it. */
import { PAGE_BYTES } from '@overbook/core/units';

/** Neighbouring pages with bytes, and the row of the first. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
  readonly row: number;
}

/** Ranges as columns, ascending; each ends where the next begins. */
export interface SharedRanges {
  /** Page number of the first; a double, as a lying file may name any. */
  readonly first: Float64Array<SharedArrayBuffer>;
  /** Row of the first, and of the end behind the last. */
  readonly row: Uint32Array<SharedArrayBuffer>;
}

/** Chosen: 8 MiB a task, so that handing out tasks costs nothing beside the work. */
const TASK_ROWS = 2048;

export function shareRanges(ranges: readonly RowRange[]): SharedRanges {
  const first = new Float64Array(new SharedArrayBuffer(ranges.length * 8));
  const row = new Uint32Array(new SharedArrayBuffer((ranges.length + 1) * 4));
  let end = 0;
  for (const [index, range] of ranges.entries()) {
    first[index] = range.first;
    row[index] = range.row;
    end = range.row + range.count;
  }
  row[ranges.length] = end;
  return { first, row };
}

/** The ranges of rows `from` up to `to`, cut at both. O(log ranges + ranges between). */
export function rangesBetween({ first, row }: SharedRanges, from: number, to: number): RowRange[] {
  let low = 0;
  let high = first.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (row[middle]! <= from) low = middle;
    else high = middle - 1;
  }
  const found: RowRange[] = [];
  for (let range = low; range < first.length && row[range]! < to; range++) {
    const start = Math.max(from, row[range]!);
    const count = Math.min(to, row[range + 1]!) - start;
    if (count > 0) found.push({ first: first[range]! + start - row[range]!, count, row: start });
  }
  return found;
}

/** Rows are worked on in spans of a task each. */
export function* taskSpans(rows: number): Generator<{ readonly from: number; readonly to: number }, void> {
  for (let from = 0; from < rows; from += TASK_ROWS) yield { from, to: Math.min(rows, from + TASK_ROWS) };
}

/** Bytes of the pages of a span. */
export function spanBytes({ from, to }: { readonly from: number; readonly to: number }): number {
  return (to - from) * PAGE_BYTES;
}
