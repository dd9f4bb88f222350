import { expect, test } from 'vitest';

import { MovingEstimate } from './moving-estimate.ts';
import { settleHost } from '../settings/settle-host.ts';
import { toPages } from '../units/page.ts';

const { slowGain, fastGain } = settleHost({ memory: toPages(1) }).values.sampling;
const RULES = { slowGain, fastGain, floor: 0.01 };

test('the first period begins both averages', () => {
  const estimate = new MovingEstimate(RULES);
  expect(estimate.known).toBe(false);
  estimate.take(0.5);
  expect(estimate).toMatchObject({ known: true, last: 0.5, slow: 0.5, fast: 0.5 });
});

test('each average takes over its part of the difference at the end of a period', () => {
  const estimate = new MovingEstimate(RULES);
  estimate.take(0.5);
  estimate.take(1);
  expect(estimate.slow).toBe(0.625);
  expect(estimate.fast).toBeCloseTo(0.85, 12);
  estimate.take(0);
  expect(estimate.slow).toBe(0.46875);
  expect(estimate.fast).toBeCloseTo(0.255, 12);
  expect(estimate.last).toBe(0);
});

test('the running period counts as soon as it shows more: up at once, down slowly', () => {
  const estimate = new MovingEstimate(RULES);
  estimate.take(0.2);
  expect(estimate.estimate(0)).toBe(0.2);
  // fast + 0.7 · (0.9 − fast)
  expect(estimate.next(0.9)).toBeCloseTo(0.69, 12);
  expect(estimate.estimate(0.9)).toBeCloseTo(0.69, 12);
  expect(estimate).toMatchObject({ slow: 0.2, fast: 0.2 });
  estimate.take(0.9);
  const down = [0, 0, 0, 0].map((part) => (estimate.take(part), estimate.estimate(0)));
  // From the second period on the slow average is the larger one, and loses a quarter a period.
  down.slice(1).forEach((one, i) => expect(one / down[i]!).toBeCloseTo(0.75, 12));
});

/**
 * OSDI 2002, figure 6, from 27.7 min on: the touched part falls from 57 % of memory to the two or three percent that
 * an idle Windows keeps. Percent of 320 MB every 30 s, read off the vector curve of the slow average; the drawing's
 * quantum is 1 %, and values look cut off to whole percents.
 */
test('with the fitted gain the slow average falls as published (OSDI 2002, figure 6)', () => {
  const drawn = [57, 44, 34, 26, 19, 15, 12, 9, 8, 7, 5, 4];
  const estimate = new MovingEstimate(RULES);
  estimate.take(0.57);
  const slow = drawn.slice(1).map(() => (estimate.take(0.025), 100 * estimate.slow));
  slow.forEach((percent, i) => expect(Math.abs(percent - drawn[i + 1]!)).toBeLessThan(1.5));
  const hasty = new MovingEstimate({ ...RULES, slowGain: 0.9 });
  hasty.take(0.57);
  hasty.take(0.025);
  expect(Math.abs(100 * hasty.slow - 44)).toBeGreaterThan(30);
});

test('an estimate is never below its floor', () => {
  const estimate = new MovingEstimate(RULES);
  estimate.take(0);
  expect(estimate.estimate(0)).toBe(0.01);
});
