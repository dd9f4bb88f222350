import { z } from 'zod';

import { PAGES_PER_MIB } from '../units/page.ts';
import type { Observation, Order, PolicyPlugin } from '../contract/policy.ts';
import { definePolicy } from '../contract/policy.ts';
import type { EntitlementRules } from './entitlements.ts';
import { entitlements } from './entitlements.ts';
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
  idleTaxType: z
    .enum(['flat', 'progressive'])
    .default('flat')
    .describe(
      '`flat` taxes all idle memory alike (OSDI 2002); `progressive` by τ · idle/(idle + active) (assumed curve).',
    ),
  revocation: z
    .enum(['at-once', 'steps'])
    .default('at-once')
    .describe(
      '`at-once` orders the end result of min-funding revocation; `steps` approaches it by 1 MiB (assumed).',
    ),
});

function decide(observation: Observation, rules: EntitlementRules): readonly Order[] {
  const { total, wanted, held = 0 } = observation;
  const targets = entitlements(observation, Math.max(0, total - wanted - held), rules);
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
}

/**
 * The default policy: ESX's shares per page with the idle-memory tax (Waldspurger, OSDI 2002, §5). Asked on the
 * host's period and at every event that the paper names (§6.3): the administrator changed something, a VM came or
 * went, free memory crossed a threshold.
 */
export const esxEntitlement: PolicyPlugin<Record<never, never>, typeof options> = definePolicy({
  id: 'esx-entitlement',
  contract: 2,
  title: 'ESX entitlement: shares per page with the idle-memory tax, within reservation and limit',
  options,
  needs: {},
  create: (_deps, { idleTax, idleTaxType, revocation }) => {
    const tax = { rate: idleTax, type: idleTaxType };
    const rules = { tax, chunk: revocation === 'steps' ? PAGES_PER_MIB : 0 };
    return stepPolicy({
      initial: null,
      decide: (state, observation) => ({ state, orders: decide(observation, rules) }),
    });
  },
});
