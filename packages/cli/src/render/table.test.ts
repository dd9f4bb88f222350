import { expect, test } from 'vitest';

import { table, tableWidth } from './table.ts';

const columns = [
  { head: 'guest', align: 'left' },
  { head: 'pages', align: 'right' },
] as const;

test('a long name is cut in its middle and widens no table; figures are whole', () => {
  const names = ['web', `${'w'.repeat(300)}-a`, `${'w'.repeat(300)}-b`];
  const rows = names.map((name) => [name, '1,234,567']);
  const lines = table(columns, rows, (text) => text).split('\n');
  expect(lines[1]).toBe(`web${' '.repeat(39)}1,234,567`);
  expect(lines[2]).toBe(`${'w'.repeat(27)}…${'w'.repeat(10)}-a  1,234,567`);
  expect(lines[3]).toContain('-b  1,234,567');
  expect(tableWidth(columns, rows)).toBe(51);
});
