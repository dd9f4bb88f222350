/** The `runs` coding of OBT1: per interval ascending runs of neighbouring pages, each page once. */
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/units';
import type { Cursor } from '@overbook/formats';
import { PAGES_MAX } from '@overbook/formats';
import type { RunList } from '../trace/run-list.ts';

/**
 * Fills `list` up to the end mark. A run is the varint ((gap·2 + long)·4 + kind) + 1, then length - 2 when long;
 * `0, n` ends an interval of n instructions, `0, 0` the trace.
 */
export function readRunIntervals(cursor: Cursor, list: RunList): void {
  let next = 0; // the page after the run before
  for (;;) {
    const code = cursor.varint();
    if (code === 0) {
      const instructions = cursor.varint();
      if (instructions === 0) {
        if (next > 0) throw cursor.fail('ends inside an interval');
        return;
      }
      list.interval(instructions);
      next = 0;
      continue;
    }
    const kind = (code - 1) % 4;
    const rest = Math.floor((code - 1) / 4);
    const count = rest % 2 === 1 ? cursor.varint() + 2 : 1;
    const first = next + Math.floor(rest / 2);
    next = first + count;
    if (kind < ACCESS_FETCH || kind > ACCESS_WRITE) throw cursor.fail(`holds access kind ${kind}`);
    if (next > PAGES_MAX) throw cursor.fail(`names page ${next - 1}`);
    list.run(first, count, kind);
  }
}
