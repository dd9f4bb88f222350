import type { Json, Observation, Order, Policy, VmObservation } from '@overbook/core';
import { definePolicy, esxEntitlement, toPages, toVmId } from '@overbook/core';
import type { Observable } from 'rxjs';
import { NEVER, map, merge, timer } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { POLICY_PROMISES, policySuite, provePolicy } from './policy-suite.ts';

policySuite({ test, plugin: esxEntitlement });

const reason = { what: 'a test' };
function make(policy: Policy, options = z.strictObject({})) {
  return definePolicy({ id: 'wrong', contract: 2, title: 'Wrong', options, needs: {}, create: () => policy });
}
function ordering(order: (observation: Observation) => Order) {
  return (observation$: Observable<Observation>): Observable<readonly Order[]> =>
    observation$.pipe(map((observation) => [order(observation)]));
}
function target(vm: number, count: number): Order {
  return {
    kind: 'target',
    vm: toVmId(vm),
    pages: toPages(count),
    reason,
  };
}

/** Broken promises of a policy that gives these orders at every observation. */
function brokenBy(...orders: readonly Order[]): readonly string[] {
  const policy: Policy = (observation$) => observation$.pipe(map(() => orders));
  return provePolicy(make(policy), { strategies: ['balloon'] })
    .filter(({ verdict }) => verdict === 'broken')
    .map(({ promise }) => promise);
}
function tune(settings: unknown, strategy = 'balloon'): Order {
  return { kind: 'tune', strategy, settings: settings as Json, reason };
}

describe('wrong orders are named alone', () => {
  test('never ordering', () => {
    expect(brokenBy()).toEqual([POLICY_PROMISES.acts]);
  });

  test('a target below the reservation', () => {
    expect(brokenBy(target(0, 255))).toEqual([POLICY_PROMISES.bounds]);
    expect(brokenBy(target(0, 256))).toEqual([]);
  });

  test('a target above the limit', () => {
    expect(brokenBy(target(1, 1025))).toEqual([POLICY_PROMISES.bounds]);
    expect(brokenBy(target(1, 1024))).toEqual([]);
  });

  test('a size below the reservation', () => {
    const size = (count: number): Order => ({ ...target(0, count), kind: 'size' }) as Order;
    expect(brokenBy(size(255))).toEqual([POLICY_PROMISES.sizes]);
    expect(brokenBy(size(256))).toEqual([]);
  });

  test('reclaiming what is reserved', () => {
    const reclaiming = (beyond: number): readonly string[] =>
      provePolicy(
        make(
          ordering(({ vms: [vm] }) => ({
            kind: 'reclaim',
            vm: toVmId(0),
            pages: toPages(Math.max(0, vm!.consumed - vm!.reservation) + beyond),
            reason,
          })),
        ),
      )
        .filter(({ verdict }) => verdict === 'broken')
        .map(({ promise }) => promise);
    expect(reclaiming(1)).toEqual([POLICY_PROMISES.reclaims]);
    expect(reclaiming(0)).toEqual([]);
  });

  test('two orders for one VM at once', () => {
    expect(brokenBy(target(3, 100), target(3, 100))).toEqual([POLICY_PROMISES.once]);
  });

  test.each([
    ['a target by', { ...target(3, 100), by: 'baloon' } as Order],
    ['settings for', tune({}, 'baloon')],
  ])('%s a strategy that is not in the mix', (_what, order) => {
    expect(brokenBy(order)).toEqual([POLICY_PROMISES.names]);
  });

  test('a strategy without a name', () => {
    expect(brokenBy({ ...target(3, 100), by: '' } as Order)).toContain(POLICY_PROMISES.validOrders);
  });

  test.each([
    ['undefined', undefined],
    ['a function', { pace: () => 1 }],
    ['NaN', { pace: [Number.NaN] }],
    ['a map', new Map()],
    ['a value left open', { pace: undefined }],
  ])('settings that are %s', (_what, settings) => {
    expect(brokenBy(tune(settings))).toEqual([POLICY_PROMISES.json]);
  });

  test('a mix that the kit was not told of leaves names unseen, and says so', () => {
    const named: Order = { ...target(3, 100), by: 'balloon' } as Order;
    const policy = make(ordering(() => named));
    const verdict = provePolicy(policy).find(({ promise }) => promise === POLICY_PROMISES.names)!;
    expect(verdict).toMatchObject({ verdict: 'unseen', owed: true, why: expect.stringContaining('balloon') });
  });
});

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
      (observation$) => merge(ordering(() => target(3, 100))(observation$), NEVER),
    ],
    [
      'ends',
      'leaves a timer',
      (observation$, clock) => {
        timer(120_000, clock.scheduler).subscribe();
        return ordering(() => target(3, 100))(observation$);
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
    const failed = provePolicy(make(policy)).filter(({ verdict }) => verdict === 'broken');
    expect(failed.map((verdict) => verdict.promise)).toContain(POLICY_PROMISES[id]);
  });

  let asked = 0;
  test.each([
    ['no number', () => Number.NaN],
    ['no time', () => 0],
    ['another each time', () => ++asked],
  ])('pace: one whose pace is %s', (_what, every) => {
    const plugin = { ...make(ordering(() => target(3, 100))), every };
    const failed = provePolicy(plugin).filter(({ verdict }) => verdict === 'broken');
    expect(failed.map(({ promise }) => promise)).toEqual([POLICY_PROMISES.pace]);
  });

  test('pace: a time is one', () => {
    const plugin = { ...make(ordering(() => target(3, 100))), every: () => 250 };
    const verdict = provePolicy(plugin).find(({ promise }) => promise === POLICY_PROMISES.pace);
    expect(verdict).toMatchObject({ verdict: 'kept' });
  });

  test('replays: one that goes by what it kept of the very objects', () => {
    const known = new WeakMap<Observation, number>();
    let count = 0;
    const policy = ordering((observation) => {
      if (!known.has(observation)) known.set(observation, 1 + count++);
      return target(3, known.get(observation)! % 512);
    });
    const failed = provePolicy(make(policy)).filter(({ verdict }) => verdict === 'broken');
    expect(failed.map(({ promise }) => promise)).toEqual([POLICY_PROMISES.replays]);
  });

  test('options: one that accepts anything', () => {
    const plugin = { ...make(ordering(() => target(3, 100))), options: z.object({}) };
    expect(
      provePolicy(plugin)
        .filter(({ verdict }) => verdict === 'broken')
        .map((verdict) => verdict.promise),
    ).toEqual([POLICY_PROMISES.options]);
  });

  test('a sound one passes', () => {
    const verdicts = provePolicy(make(ordering(() => target(3, 100))));
    expect(verdicts.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
    expect(
      verdicts.filter((one) => one.verdict === 'unseen').map(({ promise, why }) => [promise, why]),
    ).toEqual([
      [POLICY_PROMISES.sizes, 'it ordered no size'],
      [POLICY_PROMISES.reclaims, 'it reclaimed from no VM by itself'],
      [POLICY_PROMISES.names, 'it names no strategy'],
      [POLICY_PROMISES.json, 'it tunes no strategy'],
      [POLICY_PROMISES.pace, 'it has no pace of its own'],
    ]);
  });
});
