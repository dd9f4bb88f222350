import { expect, test } from 'vitest';

import { widthOf } from './io.ts';

test.each<[terminal: number | undefined, given: string | undefined, columns: number]>([
  [120, undefined, 120],
  [120, '60', 120],
  [undefined, '60', 60],
  [0, undefined, 80],
  [0, '0', 80],
  [undefined, '', 80],
  [NaN, 'wide', 80],
  [-3, '60.5', 80],
])('a terminal of %s columns, and COLUMNS=%s, is laid out for %i', (terminal, given, columns) => {
  expect(widthOf(terminal, given)).toBe(columns);
});
