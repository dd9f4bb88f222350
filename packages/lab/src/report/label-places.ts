/** Where labels of one column go, so that none covers another. */

/**
 * Places as near to what they label as may be (least squares), in the same order and at least `gap` apart.
 * @param wanted places, in any order @param gap between two @param from lowest place @param to highest place
 */
export function labelPlaces(
  wanted: readonly number[],
  gap: number,
  from: number,
  to: number,
): readonly number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  // Without the gaps the places only have to rise: isotonic regression, by pooling neighbours that fall.
  const pools: { sum: number; count: number }[] = [];
  for (const [rank, i] of order.entries()) {
    pools.push({ sum: wanted[i]! - rank * gap, count: 1 });
    while (pools.length > 1 && meanOf(pools.at(-1)!) < meanOf(pools.at(-2)!)) {
      const last = pools.pop()!;
      const before = pools.pop()!;
      pools.push({ sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  const highest = Math.max(from, to - (wanted.length - 1) * gap);
  const placed = wanted.map(() => 0);
  let rank = 0;
  for (const pool of pools) {
    const place = Math.min(Math.max(meanOf(pool), from), highest);
    for (let end = rank + pool.count; rank < end; rank++) placed[order[rank]!] = place + rank * gap;
  }
  return placed;
}

function meanOf({ sum, count }: { readonly sum: number; readonly count: number }): number {
  return sum / count;
}
