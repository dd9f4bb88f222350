import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseHostMemory, parseSize, parseTime } from './quantity.ts';

describe('a size is a number and a unit', () => {
  test.each([
    ['512 MiB', 131_072],
    ['512MiB', 131_072],
    ['1.5 MiB', 384],
    ['4 KiB', 1],
    ['2 GiB', 524_288],
    ['1 TiB', 268_435_456],
    ['7 pages', 7],
    ['0 MiB', 0],
  ])('%s is %d pages', (text, pages) => {
    expect(parseSize(text)).toBe(pages);
  });
  test.each(['512', '512 MB', 'MiB', '-1 MiB', '1 KiB', '1e3 MiB', '1 MiB and more', '5 constructor'])(
    '%s is none',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );
  test('whole pages come back as they were written', () =>
    fc.assert(
      fc.property(fc.nat(2 ** 28), (count) => {
        expect(parseSize(`${count} pages`)).toBe(count);
        expect(parseSize(`${count * 4} KiB`)).toBe(count);
      }),
    ));
});

describe('a time is a number and a unit', () => {
  test.each([
    ['15 s', 15_000],
    ['100 ms', 100],
    ['1.5 s', 1500],
    ['2 min', 120_000],
    ['1 h', 3_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });
  test.each(['15', '15 sec', 's', '-1 s'])('%s is none', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('host memory', () => {
  test('may be a part of what the guests are configured with', () => {
    expect(parseHostMemory('60 % of guests')).toEqual({ percentOfGuests: 60 });
    expect(parseHostMemory('62.5%')).toEqual({ percentOfGuests: 62.5 });
  });
  test('is never nothing of the guests', () => {
    expect(parseHostMemory('0 % of guests')).toBeUndefined();
  });
  test('may be a size', () => {
    expect(parseHostMemory('1 MiB')).toBe(256);
  });
});
