/** What swapping did to guests that could not be asked, where they know it: part of the report of a run. */
import type { VmCounters } from '@overbook/core/host';
import { sumOfRole } from '@overbook/core/host';
import { grouped } from '@overbook/lab/words';
import type { GuestResult } from '@overbook/sim';

import type { Column } from './table.ts';

/**
 * VSwapper's causes of slow swapping (Amit, Tsafrir, Schuster, ASPLOS 2014, §3) and double paging, in pages: silent
 * writes, stale and false reads, file pages taken as anonymous, pages read in to be paged out by the guest itself, and
 * neighbours in a file that did not lie side by side in swap.
 */
export const HOST_PAGING: readonly Column[] = [
  { head: 'uncooperative', align: 'left' },
  ...['silent', 'stale', 'false', 'as anonymous', 'doubled', 'out of order'].map((head): Column => ({
    head,
    align: 'right',
  })),
];

/** What the columns are. */
export const HOST_PAGING_LEGEND: readonly string[] = [
  'uncooperative: pages that swapping moved for nothing, since it does not know the state of the guest',
  'silent: unchanged copies of file blocks, written to swap anyway',
  'stale: swapped in only for a device of the guest to overwrite them; false: for the guest itself to do so',
  'as anonymous: file pages taken as if the guest had no file behind them',
  "doubled: swapped in only for the guest to write them to its own swap; out of order: a file's next page not in " +
    'the next slot',
];

/** One row a guest; none where nothing was swapped. A guest that cannot tell has n/a, which is not 0. */
export function hostPagingRows(
  guests: readonly GuestResult[],
  roles: VmCounters['roles'],
): readonly (readonly string[])[] {
  const swapped = guests.filter(({ entered }) => (sumOfRole(entered, roles, 'swapped') ?? 0) > 0);
  return swapped.map(({ name, hostPaging }) => {
    const told = hostPaging?.swapping;
    if (told === undefined) return [name, ...HOST_PAGING.slice(1).map(() => 'n/a')];
    const { silentWrites, staleReads, falseReads, falseAnonymity, doublePaged, filePairs, decayedPairs } =
      told;
    return [
      name,
      ...[silentWrites, staleReads, falseReads, falseAnonymity, doublePaged].map(grouped),
      filePairs === undefined ? 'n/a' : `${grouped(decayedPairs ?? 0)} of ${grouped(filePairs)}`,
    ];
  });
}
