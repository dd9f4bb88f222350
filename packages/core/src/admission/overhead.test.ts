import { expect, test } from 'vitest';

import { mib, toPages } from '../units/page.ts';
import type { OverheadTableId } from './overhead.ts';
import { OVERHEAD_TABLES, overheadOf } from './overhead.ts';

function megabytes(table: OverheadTableId, size: number, processors = 1): number {
  return overheadOf(table, 'vm', mib(size), processors) / 256;
}

// Printed figures of the manuals, MB.
test.each([
  ['esx-1.5', 256, 1, 32],
  ['esx-1.5', 1024, 1, 32],
  ['esx-2', 256, 1, 54],
  ['esx-2', 512, 2, 64],
  ['esx-2', 2048, 1, 102],
  ['esx-4.0', 1024, 1, 123.73],
  ['esx-4.0', 4096, 2, 242.51],
  ['esx-4.0', 262_144, 1, 3714.99],
  ['esxi-6.5', 256, 1, 20.29],
  ['esxi-6.5', 4096, 8, 76.78],
] as const)('%s: a VM of %i MB with %i processors takes %f MB', (table, size, processors, expected) => {
  const found = megabytes(table, size, processors);
  expect(found).toBeGreaterThanOrEqual(expected - 1e-9);
  // Whole pages, rounded up.
  expect(found).toBeLessThan(expected + 1 / 256);
});

test('between two sizes the figure lies on the line between them', () => {
  expect(megabytes('esxi-6.5', 2560)).toBeCloseTo((25.9 + 48.64) / 2, 2);
});

test('a small VM takes what the smallest published one takes', () => {
  expect(megabytes('esx-4.0', 64)).toBe(megabytes('esx-4.0', 256));
});

test('what is not published is refused, not made up', () => {
  expect(() => megabytes('esx-4.0', 2048, 2)).toThrow(/no figure for 2 processors and 2048 MiB/);
  expect(() => megabytes('esxi-6.5', 1024, 3)).toThrow(/1 with 256 to 16384 MiB/);
  expect(() => megabytes('esx-2', 8192)).toThrow(/no figure/);
});

test('an overhead of ones own is the same for all, none is none', () => {
  expect(overheadOf(toPages(7), 'vm', mib(1), 64)).toBe(7);
  expect(overheadOf('none', 'vm', mib(1))).toBe(0);
});

test('every table names its source and what is assumed; sizes rise', () => {
  for (const { source, assumed, rows } of Object.values(OVERHEAD_TABLES)) {
    expect([source, assumed]).not.toContain('');
    for (const points of Object.values(rows) as (readonly (readonly [number, number])[])[])
      for (let i = 1; i < points.length; i++) expect(points[i]![0]).toBeGreaterThan(points[i - 1]![0]);
  }
});
