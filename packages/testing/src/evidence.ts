import type { Strategy } from '@overbook/core';

import type { PromiseId } from './promises.ts';

/** What a promise needs before it can be seen: one of these methods, or none but that something happens. */
interface Evidence {
  /** Methods that it is about; a strategy that has one of them owes the sight of the promise. */
  readonly methods: readonly (keyof Strategy)[];
  /** Why it was not seen where the strategy has none of the methods. */
  readonly absent: string;
  /** Why it was not seen where it has one: what did not happen. */
  readonly idle: string;
}

const TAKES_LENT = ['reclaim', 'rescue', 'accept', 'relax', 'shrink'] as const;
const reclaims: Evidence = {
  methods: ['reclaim'],
  absent: 'it has no reclaim',
  idle: 'reclaim was never called',
};

function called(method: keyof Strategy): Evidence {
  return { methods: [method], absent: `it has no ${method}`, idle: `${method} was never called` };
}

/**
 * Promises that are kept only where they were really looked at. Those not named here hold for whatever happens on a
 * host, and every run looks at them.
 */
export const EVIDENCE: Readonly<Partial<Record<PromiseId, Evidence>>> = {
  goalZero: reclaims,
  withinGoal: reclaims,
  withinBudget: reclaims,
  grain: { methods: [], absent: 'it gives any number of pages, or gave none', idle: '' },
  poolGain: reclaims,
  askedVm: reclaims,
  tried: { methods: [], absent: 'it took no page when it was asked to reclaim', idle: '' },
  lent: { methods: TAKES_LENT, absent: 'it has no method that takes an object', idle: 'none was called' },
  pending: called('pending'),
  orders: { ...called('pending'), idle: 'it never ordered a page from a guest that gives' },
  given: { methods: [], absent: 'it was given no page by a guest', idle: '' },
  relax: called('relax'),
  shrink: called('shrink'),
  rescue: called('rescue'),
  accept: called('accept'),
  faultTime: { ...called('backings'), idle: 'no page of its kinds was touched' },
  writeFault: { methods: [], absent: 'it has no kind whose pages were written', idle: '' },
  origin: { methods: [], absent: 'it attached no page of a template', idle: '' },
  storage: { ...called('backings'), idle: 'no page was in one of its kinds' },
  reservation: { methods: [], absent: 'it took no page without being asked', idle: '' },
  powerCycle: {
    methods: ['pending', 'vmCounters'],
    absent: 'it counts nothing of a VM',
    idle: 'no VM was powered off and on',
  },
  tune: called('tune'),
  counters: {
    methods: ['counters', 'vmCounters'],
    absent: 'it has no counters',
    idle: 'its counters were never read',
  },
  salts: { methods: [], absent: 'it shared no page', idle: '' },
  sharingOff: { methods: [], absent: 'it shared no page', idle: '' },
  largePages: called('largePageBroken'),
  books: called('verify'),
};

/** Why a promise was not seen although nothing broke, and whether the strategy's methods should have shown it. */
export function whyUnseen(
  id: PromiseId,
  strategy: Strategy | undefined,
): { readonly why: string; readonly owed: boolean } {
  const { methods, absent, idle } = EVIDENCE[id]!;
  const owed = methods.some((method) => strategy?.[method] !== undefined);
  return { why: owed ? idle : absent, owed };
}
