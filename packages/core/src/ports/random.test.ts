import { describe, expect, test } from 'vitest';

import { SeededRandom } from './random.ts';

function draw(seed: number, name: string, count: number): readonly number[] {
  const stream = new SeededRandom(seed).stream(name);
  return Array.from({ length: count }, () => stream.uint32());
}

test('the first draws of a stream are frozen: a change here changes every result', () => {
  expect(draw(1, 'golden', 4)).toMatchInlineSnapshot(`
    [
      3750242238,
      3810043203,
      600624449,
      168703868,
    ]
  `);
});

test('equal seed and name give equal draws; another seed or name gives others', () => {
  expect(draw(7, 'a', 100)).toEqual(draw(7, 'a', 100));
  expect(draw(7, 'a', 100)).not.toEqual(draw(8, 'a', 100));
  expect(draw(7, 'a', 100)).not.toEqual(draw(7, 'b', 100));
});

test('a stream does not depend on which other streams were asked for', () => {
  const random = new SeededRandom(3);
  random.stream('other').uint32();
  expect(random.stream('mine').uint32()).toBe(draw(3, 'mine', 1)[0]);
});

test('below stays below its bound and meets every value about equally often', () => {
  const stream = new SeededRandom(5).stream('below');
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test('below takes the whole 32-bit range', () => {
  const stream = new SeededRandom(5).stream('wide');
  const draws = Array.from({ length: 1000 }, () => stream.below(2 ** 32));
  expect(Math.max(...draws)).toBeGreaterThan(2 ** 31);
});

/** Correlation of two columns of draws. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (column: readonly number[]): number => column.reduce((sum, x) => sum + x, 0) / column.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const cross = a.reduce((sum, x, i) => sum + (x - meanA) * (b[i]! - meanB), 0);
  const spread = (column: readonly number[], middle: number): number =>
    Math.sqrt(column.reduce((sum, x) => sum + (x - middle) ** 2, 0));
  return cross / (spread(a, meanA) * spread(b, meanB));
}

/** Of n independent pairs r has a standard deviation of 1/√n; of some hundred r none is beyond 4.5 of them. */
function chance(n: number): number {
  return 4.5 / Math.sqrt(n);
}

describe('first draws of streams are as independent as chance has them', () => {
  const SEEDS = 1000;

  test('between any two of twenty names, over seeds', () => {
    const columns = Array.from({ length: 20 }, (_, i) =>
      Array.from({ length: SEEDS }, (_, seed) => draw(seed, `vm${i + 1}`, 1)[0]!),
    );
    const all = columns.flatMap((a, i) => columns.slice(i + 1).map((b) => Math.abs(correlation(a, b))));
    expect(Math.max(...all)).toBeLessThan(chance(SEEDS));
  });

  test('between seeds, and between draws, over a thousand names', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `vm${i + 1}`);
    const drawn = (seed: number, place: number): readonly number[] =>
      names.map((name) => draw(seed, name, place + 1)[place]!);
    const columns = [1, 2, 3, 4, 5, 17, 1001, 2 ** 31].flatMap((seed) => [drawn(seed, 0), drawn(seed, 1)]);
    const all = columns.flatMap((a, i) => columns.slice(i + 1).map((b) => Math.abs(correlation(a, b))));
    expect(Math.max(...all)).toBeLessThan(chance(names.length));
    // A name beside its neighbour: vm1 with vm2, vm2 with vm3 and so on.
    for (const column of columns)
      expect(Math.abs(correlation(column.slice(1), column.slice(0, -1)))).toBeLessThan(chance(names.length));
  });

  test('in their lowest and highest bits too', () => {
    for (const bit of [0, 31]) {
      const ones = Array.from({ length: 4000 }, (_, i) => (draw(1, `vm${i}`, 1)[0]! >>> bit) & 1);
      const total = ones.reduce((sum, one) => sum + one, 0);
      expect(Math.abs(total - 2000)).toBeLessThan(4.5 * Math.sqrt(1000));
    }
  });
});
