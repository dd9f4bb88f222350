import type { GuestResult } from '@overbook/sim';
import { expect, test } from 'vitest';

import { HOST_PAGING, hostPagingRows } from './host-paging.ts';

function guest(name: string, more: Partial<GuestResult>): GuestResult {
  return { name, entered: { far: 10 }, ...more } as GuestResult;
}
const counts = { silentWrites: 1, staleReads: 2, falseReads: 3, falseAnonymity: 4, doublePaged: 1234 };

test('a guest that cannot tell has n/a, one that was not swapped no row', () => {
  const swapping = { ...counts, filePairs: 7, decayedPairs: 6 };
  const rows = hostPagingRows(
    [
      guest('linux', { hostPaging: { entered: {}, touched: {}, swapping } }),
      guest('recorded', { hostPaging: { entered: {}, touched: {}, swapping: counts } }),
      guest('flat', {}),
      guest('lucky', { entered: { far: 0, near: 5 } }),
    ],
    { far: 'swapped', near: 'compressed' },
  );
  expect(rows).toEqual([
    ['linux', '1', '2', '3', '4', '1,234', '6 of 7'],
    ['recorded', '1', '2', '3', '4', '1,234', 'n/a'],
    ['flat', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a'],
  ]);
  expect(rows.every((row) => row.length === HOST_PAGING.length)).toBe(true);
});
