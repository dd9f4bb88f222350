import type { StrategyPlugin } from '@overbook/core';
import { FUTURE } from '@overbook/core';

import { plainSwap } from './plain-swap.ts';

/** What was foretold for a page when a fault on it began, and when that was. */
export interface Foretold {
  readonly vm: number;
  readonly next: number;
  readonly now: number;
}

const needs = { ...plainSwap.needs, future: FUTURE };

/** Swaps as the textbook does, and asks at every swap-in what was foretold for the page. */
export function seer(
  told: (foretold: Foretold) => void,
): StrategyPlugin<typeof needs, typeof plainSwap.options> {
  return {
    ...plainSwap,
    id: 'seer',
    needs,
    create(deps, options, self) {
      const made = plainSwap.create(deps, options, self);
      const swapped = made.backings!['swapped']!;
      const { future } = deps;
      return {
        ...made,
        backings: {
          swapped: {
            ...swapped,
            fault(vm, page, slot, at, write) {
              told({ vm, next: future.nextAccess(vm, page), now: future.now(vm) });
              return swapped.fault(vm, page, slot, at, write);
            },
          },
        },
      };
    },
  };
}
