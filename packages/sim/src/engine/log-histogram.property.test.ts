import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LogHistogram } from './log-histogram.ts';

const value = fc.oneof(
  fc.nat(100),
  fc.maxSafeNat(),
  fc.nat(53).map((power) => Math.min(2 ** power, Number.MAX_SAFE_INTEGER)),
  fc.integer({ min: 1, max: 53 }).map((power) => 2 ** power - 1),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const part = fc.double({ min: 0.001, max: 1, noNaN: true });

test('a quantile is that of the sorted values, or at most a sixteenth more', () => {
  fc.assert(
    fc.property(values, part, (all, wanted) => {
      const histogram = new LogHistogram();
      for (const one of all) histogram.add(one);
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(wanted * all.length) - 1]!;
      const found = histogram.quantile(wanted);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact + exact / 16);
    }),
  );
});

test('two together count as one would have', () => {
  fc.assert(
    fc.property(values, values, part, (some, others, wanted) => {
      const [one, two, both] = [new LogHistogram(), new LogHistogram(), new LogHistogram()];
      for (const each of some) one.add(each);
      for (const each of others) two.add(each);
      for (const each of [...some, ...others]) both.add(each);
      one.addAll(two);
      expect(one.quantile(wanted)).toBe(both.quantile(wanted));
    }),
  );
});

test('the longest is exact, and nothing is 0', () => {
  const histogram = new LogHistogram();
  expect(histogram.quantile(0.99)).toBe(0);
  histogram.add(1_234_567);
  histogram.add(5);
  expect(histogram.quantile(1)).toBe(1_234_567);
});
