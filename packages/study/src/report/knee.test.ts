import { describe, expect, test } from 'vitest';

import type { CurvePoint } from './knee.ts';
import { kneeOf } from './knee.ts';

function curve(count: number, y: (x: number) => number, half: number | null = null): readonly CurvePoint[] {
  return Array.from({ length: count }, (_, x) => {
    const value = y(x);
    return {
      x,
      y: value,
      low: half === null ? null : value - half,
      high: half === null ? null : value + half,
    };
  });
}

describe('the knee', () => {
  test('is where two straight lines meet, whichever way the curve goes', () => {
    expect(kneeOf(curve(11, (x) => Math.max(10 - 3 * x, 1)))).toEqual({ kind: 'knee', index: 3 });
    expect(kneeOf(curve(11, (x) => Math.max(1, 3 * (x - 7))))).toEqual({ kind: 'knee', index: 7 });
  });

  test('of the example in the paper, y = 5 − 1 ÷ (x + 0.1), upside down, is at x = 2/9', () => {
    expect(kneeOf(curve(10, (x) => 1 / (x / 9 + 0.1) - 5))).toEqual({ kind: 'knee', index: 2 });
  });

  test('is none on a straight line, a flat one, one that bends the other way, and one of few points', () => {
    expect(kneeOf(curve(11, (x) => 10 - x))).toEqual({ kind: 'straight' });
    expect(kneeOf(curve(11, () => 1))).toEqual({ kind: 'flat' });
    expect(kneeOf(curve(11, (x) => 100 - x * x))).toEqual({ kind: 'straight' });
    expect(kneeOf(curve(4, (x) => Math.max(10 - 9 * x, 1)))).toEqual({ kind: 'few' });
  });

  test('is none where the ends cannot be told apart', () => {
    const bent = (x: number): number => Math.max(2 - x / 3, 1);
    expect(kneeOf(curve(11, bent, 0.4))).toMatchObject({ kind: 'knee' });
    expect(kneeOf(curve(11, bent, 0.6))).toEqual({ kind: 'flat' });
  });
});
