import fc from 'fast-check';
import { expect, test } from 'vitest';

import { interval, pairedDifference, rounded, roundedInterval } from './interval.ts';

/** Two-sided 95 % points of Student's t by degrees of freedom, as tables print them (Fisher and Yates, table III). */
const T95: readonly (readonly [number, number])[] = [
  [1, 12.706],
  [2, 4.303],
  [4, 2.776],
  [9, 2.262],
  [29, 2.045],
];

test.each(T95)(
  'with %d degrees of freedom the interval is %d standard errors wide to each side',
  (freedom, t) => {
    const values = Array.from({ length: freedom + 1 }, (_, i) => i);
    const { mean, low, high } = interval(values);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const standardError = Math.sqrt(squares / freedom / (freedom + 1));
    expect((high! - mean) / standardError).toBeCloseTo(t, 2);
    expect(high! - mean).toBeCloseTo(mean - low!, 10);
  },
);

test('one to five: mean 3, from 1.03676 to 4.96324', () => {
  expect(roundedInterval(interval([1, 2, 3, 4, 5]))).toEqual({ mean: 3, low: 1.03676, high: 4.96324 });
});

test('one value has no interval', () => {
  expect(interval([7])).toEqual({ mean: 7, low: null, high: null });
});

test('equal values have an interval of no width', () => {
  expect(interval([2, 2, 2])).toEqual({ mean: 2, low: 2, high: 2 });
});

test('a shift moves the interval, a negative scale mirrors it', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 }),
      fc.integer({ min: -1000, max: 1000 }),
      (values, shift) => {
        const plain = interval(values);
        const moved = interval(values.map((value) => shift - value));
        expect(moved.mean).toBeCloseTo(shift - plain.mean, 6);
        expect(moved.low).toBeCloseTo(shift - plain.high!, 6);
        expect(moved.high).toBeCloseTo(shift - plain.low!, 6);
      },
    ),
  ));

test('pairing takes out what both runs share', () => {
  const noise = [10, 200, 3000, 4, 55];
  const better = noise.map((value) => value - 2);
  expect(pairedDifference(better, noise)).toEqual({ mean: -2, low: -2, high: -2 });
});

test('figures keep six digits', () => {
  expect(rounded(1.23456789)).toBe(1.23457);
  expect(rounded(123_456_789)).toBe(123_457_000);
  expect(rounded(0)).toBe(0);
});
