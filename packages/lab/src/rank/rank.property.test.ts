import { SeededRandom } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { costFactors, valueAt } from './factors.ts';
import { latinHypercube } from './latin-hypercube.ts';
import { spearman, turnsOf } from './turns.ts';

const random = new SeededRandom(1).stream('rank');

test('each nth of each dimension has one of n points', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 30 }), (n, dimensions) => {
      const points = latinHypercube(n, dimensions, random);
      expect(points).toHaveLength(n);
      for (let d = 0; d < dimensions; d++) {
        const strata = points.map((point) => Math.floor(point[d]! * n)).sort((a, b) => a - b);
        expect(strata).toEqual(Array.from({ length: n }, (_, i) => i));
      }
    }),
  );
});

test('a value of a range is within it, and half way up it is the geometric middle', () => {
  for (const factor of costFactors({})) {
    expect(valueAt(factor, 0)).toBe(factor.low);
    expect(valueAt(factor, 0.5)).toBeCloseTo(Math.sqrt(factor.low * factor.high), 6);
    expect(valueAt(factor, 0.999)).toBeLessThan(factor.high);
  }
});

test('a value of a range that begins at 0 rises evenly, and one between whole numbers is none', () => {
  expect(valueAt({ low: 0, high: 8, settled: 0, assumed: true }, 0.5)).toBe(4);
  expect(valueAt({ low: 0, high: 1, settled: 0, assumed: true, whole: true }, 0.49)).toBe(0);
  expect(valueAt({ low: 0, high: 1, settled: 0, assumed: true, whole: true }, 0.51)).toBe(1);
});

test('a cost that a scenario sets is not varied', () => {
  expect(costFactors({}).map(({ name }) => name)).toContain('swapIn');
  expect(costFactors({ costs: { swapIn: 1 } }).map(({ name }) => name)).not.toContain('swapIn');
});

test('rank correlation is 1 for any rise, −1 for any fall, and symmetric', () => {
  const values = fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(values, (a) => {
      expect(
        spearman(
          a,
          a.map((x) => Math.cbrt(x)),
        ),
      ).toBeCloseTo(1, 9);
      expect(
        spearman(
          a,
          a.map((x) => -x),
        ),
      ).toBeCloseTo(-1, 9);
    }),
  );
  expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
  // Tied ranks by hand: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
  expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 9);
});

/** Points of two mixes that differ by chance, and by `effect` times the first of 20 factors. */
function drawn(points: number, effect: number) {
  const uniform = (): number => random.uint32() / 2 ** 32;
  const factors = new Map(
    Array.from({ length: 20 }, (_, i) => [`f${i}`, Array.from({ length: points }, uniform)]),
  );
  const lead = Array.from({ length: points }, () => 10 + uniform());
  const other = lead.map((pain, i) => pain + (uniform() - 0.5) - effect * (factors.get('f0')![i]! - 0.5));
  return { factors, pains: [lead, other] };
}

test('where no factor matters, one is named in at most one of 20 rankings', () => {
  let named = 0;
  for (let i = 0; i < 1000; i++) {
    const { factors, pains } = drawn(32, 0);
    if (turnsOf(factors, pains, 0, [1]).length > 0) named++;
  }
  // Four standard errors beyond 5 %.
  expect(named / 1000).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / 1000));
});

test('a factor that turns the order is named, with its direction, and hardly ever another', () => {
  let others = 0;
  for (let i = 0; i < 100; i++) {
    const { factors, pains } = drawn(32, 4);
    const turns = turnsOf(factors, pains, 0, [1]);
    expect(turns[0]).toMatchObject({ factor: 'f0', mix: 1 });
    expect(turns[0]!.correlation).toBeGreaterThan(0.7);
    others += turns.length - 1;
  }
  expect(others).toBeLessThan(20);
});

test('a factor that only makes all pain larger turns nothing', () => {
  const { factors, pains } = drawn(32, 0);
  const scaled = pains.map((values) => values.map((pain, i) => pain * 100 ** factors.get('f1')![i]!));
  expect(turnsOf(factors, scaled, 0, [1])).toEqual(turnsOf(factors, pains, 0, [1]));
});

test('points where a mix lost work say nothing', () => {
  const { factors, pains } = drawn(32, 4);
  const lost = pains.map((values, mix) => values.map((pain, i) => (mix === 1 && i > 2 ? NaN : pain)));
  expect(turnsOf(factors, lost, 0, [1])).toEqual([]);
});
