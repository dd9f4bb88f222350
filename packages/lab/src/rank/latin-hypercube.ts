import type { RandomStream } from '@overbook/core';

/**
 * A Latin hypercube (McKay, Beckman, Conover, Technometrics 21, 1979): in each dimension every nth of the range has
 * exactly one of n points, so that few points look at all of every range.
 * @returns n points of so many parts, each from 0 to below 1
 */
export function latinHypercube(n: number, dimensions: number, random: RandomStream): readonly number[][] {
  const columns = Array.from({ length: dimensions }, () => {
    const strata = shuffled(n, random);
    return strata.map((stratum) => (stratum + random.uint32() / 2 ** 32) / n);
  });
  return Array.from({ length: n }, (_, point) => columns.map((column) => column[point]!));
}

/** 0 to n − 1 in an order of chance (Fisher and Yates). */
function shuffled(n: number, random: RandomStream): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
