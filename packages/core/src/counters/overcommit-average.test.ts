import fc from 'fast-check';
import { expect, test } from 'vitest';

import { NS_PER_SECOND } from '../units/page.ts';
import { OvercommitAverage } from './overcommit-average.ts';

function seconds(count: number): number {
  return count * NS_PER_SECOND;
}

test('means are over the last 1, 5 and 15 minutes', () => {
  const average = new OvercommitAverage();
  average.set(0, 0.5);
  average.set(seconds(900), 1.5);
  const { now, minute1, minutes5, minutes15 } = average.read(seconds(930));
  expect([now, minute1, minutes5]).toEqual([1.5, 1, 0.6]);
  expect(minutes15).toBeCloseTo((870 * 0.5 + 30 * 1.5) / 900, 12);
});

test('before a window is full the mean is over what there was', () => {
  const average = new OvercommitAverage();
  expect(average.read(0 as never).now).toBe(0);
  average.set(0, 0.25);
  expect(average.read(seconds(1))).toEqual({ now: 0.25, minute1: 0.25, minutes5: 0.25, minutes15: 0.25 });
});

test('whatever changes when, the means are those of a list of seconds', () => {
  const step = fc.record({ after: fc.nat(400), value: fc.integer({ min: -4, max: 12 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(1000), (steps, rest) => {
      const average = new OvercommitAverage();
      const perSecond: number[] = [];
      let value = 0;
      average.set(0, value);
      for (const step of steps) {
        for (let i = 0; i < step.after; i++) perSecond.push(value);
        value = step.value / 4;
        average.set(seconds(perSecond.length), value);
      }
      for (let i = 0; i < rest + 1; i++) perSecond.push(value);
      const { minute1, minutes5, minutes15 } = average.read(seconds(perSecond.length));
      const mean = (count: number): number => {
        const last = perSecond.slice(-count);
        return last.reduce((sum, one) => sum + one, 0) / last.length;
      };
      expect(minute1).toBeCloseTo(mean(60), 9);
      expect(minutes5).toBeCloseTo(mean(300), 9);
      expect(minutes15).toBeCloseTo(mean(900), 9);
    }),
    { numRuns: 50 },
  );
});
