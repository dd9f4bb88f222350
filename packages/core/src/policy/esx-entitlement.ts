import { z } from 'zod';

import { type Pages, pages } from '../units/page.ts';
import {
  type Observation,
  type Order,
  type PolicyPlugin,
  type VmObservation,
  definePolicy,
} from './contract.ts';
import { stepPolicy } from './step-policy.ts';

const options = z.strictObject({
  idleTax: z
    .number()
    .min(0)
    .max(0.99)
    .default(0.75)
    .describe(
      'Idle-memory tax τ, 0..0.99: the largest part of its idle memory a VM may lose (OSDI 2002, §5.2).',
    ),
});

/**
 * What each VM should have, from shares, reservation, limit and the idle-memory tax (Waldspurger, OSDI 2002, §5).
 *
 * A VM with S shares, P pages and A active pages pays ρ = S / (A + (P − A)/(1 − τ)) per page; memory goes
 * from the lowest ρ to the highest until all pay alike: P = (1 − τ)·S/ρ + τ·A, within reservation and limit.
 * The common ρ is found by halving an interval, which uses nothing that rounds differently elsewhere.
 */
export const entitlements = (
  vms: readonly VmObservation[],
  available: number,
  idleTax: number,
): readonly Pages[] => {
  const most = vms.map((vm) => Math.min(vm.limit, vm.size));
  const least = vms.map((vm, i) => Math.min(vm.reservation, most[i]!));
  if (sum(most) <= available) return most.map(pages);
  if (sum(least) >= available) return least.map(pages);
  // A VM whose active memory nobody knows counts as fully active: it is not taxed for what was not measured.
  const active = vms.map((vm) => Math.min(vm.active ?? vm.consumed, vm.consumed));
  const at = (x: number): number[] =>
    vms.map((vm, i) => {
      const even = vm.shares * x;
      const fair = even <= active[i]! ? even : (1 - idleTax) * even + idleTax * active[i]!;
      return Math.max(least[i]!, Math.min(most[i]!, fair));
    });
  let low = 0;
  let high = 1;
  while (sum(at(high)) < available) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) > available) high = middle;
    else low = middle;
  }
  return at(low).map((fair) => pages(Math.floor(fair)));
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

const decide = (observation: Observation, idleTax: number): readonly Order[] => {
  const available = Math.max(0, observation.total - observation.wanted);
  const targets = entitlements(observation.vms, available, idleTax);
  return observation.vms.map((vm, i) => ({
    kind: 'target',
    vm: vm.vm,
    pages: targets[i]!,
    reason: {
      what: 'entitlement from shares, reservation, limit and idle tax',
      numbers: {
        shares: vm.shares,
        consumed: vm.consumed,
        ...(vm.active === undefined ? {} : { active: vm.active }),
      },
    },
  }));
};

/** The default policy. */
export const esxEntitlement: PolicyPlugin<Record<never, never>, typeof options> = definePolicy({
  id: 'esx-entitlement',
  contract: 1,
  title: 'ESX entitlement: shares per page with the idle-memory tax, within reservation and limit',
  options,
  needs: {},
  create: (_deps, { idleTax }) =>
    stepPolicy({
      initial: null,
      decide: (state, observation) => ({ state, orders: decide(observation, idleTax) }),
    }),
});
