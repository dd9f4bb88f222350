import type { Observation, Order, Policy, VmObservation } from '@overbook/core';
import { definePolicy, esxEntitlement, pages, vmId } from '@overbook/core';
import type { Observable } from 'rxjs';
import { NEVER, map, merge, timer } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { POLICY_PROMISES, policySuite, provePolicy } from './policy-suite.ts';

policySuite({ test, plugin: esxEntitlement });

const reason = { what: 'a test' };
function make(policy: Policy, options = z.strictObject({})) {
  return definePolicy({ id: 'wrong', contract: 1, title: 'Wrong', options, needs: {}, create: () => policy });
}
function ordering(order: (observation: Observation) => Order) {
  return (observation$: Observable<Observation>): Observable<readonly Order[]> =>
    observation$.pipe(map((observation) => [order(observation)]));
}
function target(vm: number, count: number): Order {
  return {
    kind: 'target',
    vm: vmId(vm),
    pages: pages(count),
    reason,
  };
}

describe('a wrong policy is caught by the promise it breaks', () => {
  let runs = 0;
  const chance: { random: () => number } = Math;
  const cases: readonly (readonly [keyof typeof POLICY_PROMISES, string, Policy])[] = [
    [
      'validOrders',
      'orders a VM that is not there',
      ordering(({ cause }) => target(cause === 'state' ? 9 : 0, 1)),
    ],
    ['validOrders', 'orders half a page', ordering(({ vms }) => target(0, vms[0]!.active! / 2 || 0.5))],
    ['sameOrders', 'draws its own chance', ordering(() => target(0, Math.floor(chance.random() * 512)))],
    ['sameOrders', 'counts its runs', ordering(() => target(0, runs++ % 512))],
    [
      'unknown',
      'divides by what may be absent',
      ordering(({ vms }) => target(0, Math.floor(vms[0]!.active!))),
    ],
    [
      'ends',
      'outlives its source',
      (observation$) => merge(ordering(() => target(0, 1))(observation$), NEVER),
    ],
    [
      'ends',
      'leaves a timer',
      (observation$, clock) => {
        timer(120_000, clock.scheduler).subscribe();
        return ordering(() => target(0, 1))(observation$);
      },
    ],
    [
      'untouched',
      'sorts the VMs where they are',
      ordering(({ vms }) => {
        const own = vms as VmObservation[];
        return target(own.sort((a, b) => a.size - b.size)[0]!.vm, 1);
      }),
    ],
  ];
  test.each(cases)('%s: one that %s', (id, _what, policy) => {
    const failed = provePolicy(make(policy)).filter((verdict) => !verdict.passed);
    expect(failed.map((verdict) => verdict.promise)).toContain(POLICY_PROMISES[id]);
  });

  test('options: one that accepts anything', () => {
    const plugin = { ...make(ordering(() => target(0, 1))), options: z.object({}) };
    expect(
      provePolicy(plugin)
        .filter((verdict) => !verdict.passed)
        .map((verdict) => verdict.promise),
    ).toEqual([POLICY_PROMISES.options]);
  });

  test('a sound one passes', () => {
    expect(provePolicy(make(ordering(() => target(0, 1)))).every((verdict) => verdict.passed)).toBe(true);
  });
});
