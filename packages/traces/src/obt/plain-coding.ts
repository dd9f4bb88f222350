/** The plain coding of OBT1: per interval the pages in order of first touch, numbered by first touch in the trace. */
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/units';
import type { Cursor } from '@overbook/formats';
import { PAGES_MAX } from '@overbook/formats';
import type { TraceArrays } from '../trace/run-list.ts';
import { RunList } from '../trace/run-list.ts';

/** One interval: its instructions, and the strongest access of each page. */
export interface PlainInterval {
  readonly instructions: number;
  readonly accesses: ReadonlyMap<number, number>;
}

/** Reads up to the end mark. A page is ((zigzag(page - previous) << 2) | kind) + 1, `previous` across intervals too. */
export function readPlainIntervals(cursor: Cursor): PlainInterval[] {
  const intervals: PlainInterval[] = [];
  let accesses = new Map<number, number>();
  let page = 0;
  for (;;) {
    const code = cursor.varint();
    if (code === 0) {
      const instructions = cursor.varint();
      if (instructions === 0) {
        if (accesses.size > 0) throw cursor.fail('ends inside an interval');
        return intervals;
      }
      intervals.push({ instructions, accesses });
      accesses = new Map();
      continue;
    }
    const kind = (code - 1) % 4;
    const zigzag = Math.floor((code - 1) / 4);
    page += zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    if (kind < ACCESS_FETCH || kind > ACCESS_WRITE) throw cursor.fail(`holds access kind ${kind}`);
    if (page < 0 || page >= PAGES_MAX) throw cursor.fail(`names page ${page}`);
    accesses.set(page, Math.max(accesses.get(page) ?? 0, kind));
  }
}

/** Brings each interval's pages into ascending order of `rank` and joins neighbours of one kind into runs. */
export function orderIntervals(
  cursor: Cursor,
  intervals: readonly PlainInterval[],
  rank: Uint32Array,
): TraceArrays {
  const list = new RunList();
  for (const { instructions, accesses } of intervals) {
    const kindByRank = new Map<number, number>();
    for (const [page, kind] of accesses) {
      const ranked = rank[page];
      if (ranked === undefined) throw cursor.fail(`names page ${page}, its table has ${rank.length}`);
      kindByRank.set(ranked, kind);
    }
    addRuns(list, kindByRank);
    list.interval(instructions);
  }
  return list.finish();
}

function addRuns(list: RunList, kindByPage: ReadonlyMap<number, number>): void {
  const pages = Uint32Array.from(kindByPage.keys()).sort();
  let from = 0;
  for (let to = 1; to <= pages.length; to++) {
    const kind = kindByPage.get(pages[from]!)!;
    if (to < pages.length && pages[to] === pages[to - 1]! + 1 && kindByPage.get(pages[to]!) === kind)
      continue;
    list.run(pages[from]!, to - from, kind);
    from = to;
  }
}
