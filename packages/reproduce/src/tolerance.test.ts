import { expect, test } from 'vitest';

import {
  atLeast,
  atMost,
  between,
  exactly,
  explained,
  inOrder,
  readBack,
  solvedBy,
  within,
  withinPercent,
} from './tolerance.ts';

function row(published: number, measured: number) {
  return { quantity: 'q [MB]', published, measured, grade: 'arithmetic' } as const;
}

test('a row within so many percent passes up to the bound, on both sides', () => {
  expect([99, 101, 98.9, 101.1].map((measured) => withinPercent(1, row(100, measured)).pass)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(withinPercent(1, row(-100, -99)).pass).toBe(true);
  expect(withinPercent(1, row(100, 100)).tolerance).toBe('±1 %');
});

test('a row within so much states the unit', () => {
  expect(within(0.1, row(42.9, 42.97), 'points')).toMatchObject({ pass: true, tolerance: '±0.1 points' });
  expect(within(0.1, row(42.9, 43.01)).pass).toBe(false);
});

test('counts are equal or they are not', () => {
  expect(exactly(row(195_224, 195_224)).pass).toBe(true);
  expect(exactly(row(195_224, 195_223)).pass).toBe(false);
});

test('bounds include themselves', () => {
  const bounded = { ...row(1, 5), published: null };
  expect([atLeast(5, bounded), atMost(5, bounded), between(5, 5, bounded)].every(({ pass }) => pass)).toBe(
    true,
  );
  expect([atLeast(5.1, bounded), atMost(4.9, bounded), between(6, 7, bounded)].some(({ pass }) => pass)).toBe(
    false,
  );
});

test('an order holds place by place, and ties only where it is not strict', () => {
  const places = [3, 2, 2].map((value, i) => ({ name: 'abc'[i]!, value }));
  expect(inOrder('speed', 'a is fastest', places)).toMatchObject({
    pass: true,
    measured: 'a 3, b 2, c 2',
    tolerance: 'a ≥ b ≥ c',
    grade: 'ordering',
  });
  expect(inOrder('speed', '', places, { strictly: true }).pass).toBe(false);
  expect(inOrder('speed', '', [...places].reverse()).pass).toBe(false);
});

test('a row says what it is: solved from the figure, or an input; numbers and verdict stay', () => {
  const plain = exactly(row(1, 1));
  expect(solvedBy('contents', plain)).toEqual({ ...plain, grade: 'shape', solved: 'contents' });
  expect(readBack(plain)).toEqual({ ...plain, grade: 'input' });
});

test('an explanation is that of a failure', () => {
  expect(explained('because', exactly(row(1, 2)))).toMatchObject({ pass: false, explanation: 'because' });
  expect(explained('because', exactly(row(1, 1)))).not.toHaveProperty('explanation');
});

test('what is no number never passes', () => {
  const nan = row(1, Number.NaN);
  expect(
    [withinPercent(100, nan), within(100, nan), atLeast(0, nan), atMost(9, nan), between(0, 9, nan)].some(
      ({ pass }) => pass,
    ),
  ).toBe(false);
  expect(inOrder('q', '', [{ name: 'a', value: Number.NaN }]).pass).toBe(false);
});
