import { describe, expect, test } from 'vitest';

import { duration, grouped, listed, mebibytes, percent, short, wrapped, wrappedItems } from './words.ts';

describe('numbers read the same everywhere', () => {
  test.each([
    [grouped(0), '0'],
    [grouped(999), '999'],
    [grouped(1000), '1,000'],
    [grouped(1_234_567.4), '1,234,567'],
    [grouped(-1234), '-1,234'],
    [short(0), '0'],
    [short(0.567), '0.57'],
    [short(12.34), '12.3'],
    [short(1234.5), '1,235'],
    [mebibytes(384), '1.50'],
    [percent(0.834), '83 %'],
  ])('%s', (said, wanted) => {
    expect(said).toBe(wanted);
  });
});

describe('a time has the unit that suits it', () => {
  test.each([
    [0, '0'],
    [1500, '1.50 us'],
    [2_114_796, '2.11 ms'],
    [571_000_000, '571 ms'],
    [999_999_999, '1.00 s'],
    [12_000_000_000, '12.0 s'],
  ])('%d ns is %s', (ns, said) => {
    expect(duration(ns)).toBe(said);
  });
});

test('lists end with and', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});

test('text breaks before the last column, and further lines are indented', () => {
  expect(wrapped('one two three four', 9, '  ')).toBe('one two\n  three\n  four\n');
  expect(wrapped('unbreakable', 4)).toBe('unbreakable\n');
});

test('a list breaks between its items, never inside a figure and its name', () => {
  expect(wrappedItems('CPU  ', ['core 145 ms', 'tps 79.0 ms', 'hostswap 870 us'], 30)).toBe(
    'CPU  core 145 ms, tps 79.0 ms,\n     hostswap 870 us\n',
  );
  expect(wrappedItems('counts: ', ['an item longer than the line'], 10, '  ')).toBe(
    'counts: an item longer than the line\n',
  );
  expect(wrappedItems('none ', [], 10)).toBe('none\n');
});
