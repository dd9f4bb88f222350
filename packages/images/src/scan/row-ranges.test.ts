import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowRange } from './row-ranges.ts';
import { rangesBetween, shareRanges, spanBytes, taskSpans } from './row-ranges.ts';

/** Ranges with gaps between their pages and none between their rows. */
const anyRanges = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 20,
  })
  .map((pieces) => {
    const ranges: RowRange[] = [];
    let [page, row] = [0, 0];
    for (const { gap, count } of pieces) {
      ranges.push({ first: page + gap, count, row });
      page += gap + count;
      row += count;
    }
    return { ranges, rows: row };
  });

/** Page by row. */
function pagesOf(ranges: readonly RowRange[]): Map<number, number> {
  return new Map(
    ranges.flatMap(({ first, count, row }) =>
      Array.from({ length: count }, (_, at): [number, number] => [row + at, first + at]),
    ),
  );
}

describe('the ranges of some rows', () => {
  test('are the pages of these rows and of no other', () => {
    fc.assert(
      fc.property(anyRanges, fc.nat(200), fc.nat(200), ({ ranges, rows }, one, two) => {
        const [from, to] = [Math.min(one, two, rows), Math.min(Math.max(one, two), rows)];
        const found = pagesOf(rangesBetween(shareRanges(ranges), from, to));
        const wanted = [...pagesOf(ranges)].filter(([row]) => row >= from && row < to);
        expect([...found]).toEqual(wanted);
      }),
    );
  });

  test('of pages far up are exact', () => {
    const far = 2 ** 40 - 5;
    expect(rangesBetween(shareRanges([{ first: far, count: 10, row: 0 }]), 4, 6)).toEqual([
      { first: far + 4, count: 2, row: 4 },
    ]);
  });
});

test('spans of tasks cover all rows once', () => {
  const spans = [...taskSpans(5000)];
  expect(spans).toEqual([
    { from: 0, to: 2048 },
    { from: 2048, to: 4096 },
    { from: 4096, to: 5000 },
  ]);
  expect(spans.reduce((sum, span) => sum + spanBytes(span), 0)).toBe(5000 * 4096);
  expect([...taskSpans(0)]).toEqual([]);
});
