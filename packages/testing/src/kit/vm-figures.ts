import type { Strategy, VmId, VmFacts } from '@overbook/core';

/** What a strategy counts for one VM, as text. */
export function vmFiguresOf(strategy: Strategy | undefined, vm: VmId): string {
  return JSON.stringify({ pending: strategy?.pending?.(vm), ...strategy?.vmCounters?.(vm) });
}

/** What a VM is configured with, as text; of its template the name says which. */
export function vmFactsOf({ template, ...facts }: VmFacts): string {
  return JSON.stringify({ ...facts, template: template?.name });
}
