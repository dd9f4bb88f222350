import { CONTRACT, PAGES, defineStrategy, toPages } from '@overbook/core';

import { noOptions } from '../kit/kit-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Orders pages that never come, and waits for ever more of them. */
export const endlessOrders: BrokenCase = {
  breaks: PROMISES.orders,
  plugin: defineStrategy({
    id: 'endless-orders',
    contract: CONTRACT,
    title: 'Orders what never comes',
    options: noOptions,
    needs: { table: PAGES },
    actsFrom: 'soft',
    create: ({ table }) => {
      const ordered = table.vms.map(() => 0);
      return {
        pending: (vm) => toPages(ordered[vm]!),
        reclaim: ({ vm, goal }) => {
          const more = Math.min(goal, table.vms[vm]!.size - ordered[vm]!);
          ordered[vm]! += more;
          return { freed: toPages(0), ordered: toPages(more), tried: toPages(0), refused: [] };
        },
        poweredOff: (vm) => {
          ordered[vm] = 0;
        },
      };
    },
  }),
};
