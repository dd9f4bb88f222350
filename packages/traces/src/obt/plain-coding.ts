/** The plain coding of OBT1: per interval the pages in order of first touch, numbered by first touch in the trace. */
import { PAGES_MAX } from '@overbook/images/container';
import { FETCHED, WRITTEN } from '../trace/trace.ts';
import type { ObtCursor } from './varints.ts';

/** One interval: its instructions, and the strongest access of each page. */
export interface PlainInterval {
  readonly instructions: number;
  readonly kinds: ReadonlyMap<number, number>;
}

/** Reads up to the end mark. A page is ((zigzag(page - previous) << 2) | kind) + 1; `previous` runs on across intervals. */
export function readPlainIntervals(cursor: ObtCursor): PlainInterval[] {
  const intervals: PlainInterval[] = [];
  let kinds = new Map<number, number>();
  let page = 0;
  for (;;) {
    const code = cursor.varint();
    if (code === 0) {
      const instructions = cursor.varint();
      if (instructions === 0) {
        if (kinds.size > 0) throw cursor.fail('ends inside an interval');
        return intervals;
      }
      intervals.push({ instructions, kinds });
      kinds = new Map();
      continue;
    }
    const kind = (code - 1) % 4;
    const zigzag = Math.floor((code - 1) / 4);
    page += zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    if (kind < FETCHED || kind > WRITTEN) throw cursor.fail(`holds access kind ${kind}`);
    if (page < 0 || page >= PAGES_MAX) throw cursor.fail(`names page ${page}`);
    kinds.set(page, Math.max(kinds.get(page) ?? 0, kind));
  }
}
