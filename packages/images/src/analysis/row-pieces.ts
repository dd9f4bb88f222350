/** Work is handed out in pieces: some MiB of pages each, however the layout is cut up. */
import { PAGE_BYTES } from '@overbook/core/units';
import type { RowRange } from './work-plan.ts';

/** Chosen: 8 MiB a task, so that handing out tasks costs nothing beside the work. */
const TASK_PAGES = 2048;

/** Splits ranges into tasks: short ranges together, long ones apart. */
export function* pieces(ranges: readonly RowRange[]): Generator<RowRange[]> {
  let piece: RowRange[] = [];
  let room = TASK_PAGES;
  for (const { first, count, row } of ranges) {
    for (let at = 0; at < count;) {
      const part = Math.min(room, count - at);
      piece.push({ first: first + at, count: part, row: row + at });
      at += part;
      room -= part;
      if (room > 0) continue;
      yield piece;
      piece = [];
      room = TASK_PAGES;
    }
  }
  if (piece.length > 0) yield piece;
}

/** Bytes of the pages in ranges. */
export const bytesOf = (ranges: readonly RowRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0) * PAGE_BYTES;
