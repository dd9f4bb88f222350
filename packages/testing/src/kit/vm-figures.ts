import type { Strategy, VmId } from '@overbook/core';

/** What a strategy counts for one VM, as text. */
export function vmFiguresOf(strategy: Strategy | undefined, vm: VmId): string {
  return JSON.stringify({ pending: strategy?.pending?.(vm), ...strategy?.vmCounters?.(vm) });
}
