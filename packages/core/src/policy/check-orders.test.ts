import { Observable, of, interval, map } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { PAGES } from '../contract/tokens.ts';
import type { Strategy } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { isOverbookError } from '../units/errors.ts';
import { toPages, toVmId } from '../units/page.ts';
import type { Observation, Order, Policy } from '../contract/policy.ts';
import { definePolicy } from '../contract/policy.ts';

const none = z.strictObject({});
const because = { what: 'test' };

function giver(id: string, strategy: Strategy) {
  return defineStrategy({
    id,
    contract: 2,
    title: '',
    options: none,
    needs: { table: PAGES },
    tunable: () => z.strictObject({ pace: z.int().min(1) }),
    create: () => strategy,
  });
}

const asked: unknown[] = [];
const swap = giver('swap', {
  reclaim: ({ goal }) => {
    asked.push(['reclaim', goal]);
    return {
      freed: toPages(0),
      ordered: toPages(0),
      tried: toPages(0),
      refused: [{ pages: goal, why: 'test' }],
    };
  },
  tune: (settings) => asked.push(['tune', settings]),
});
const balloon = giver('balloon', { resize: (vm, size) => asked.push(['resize', vm, size]) });

function policyOf(policy: Policy, every?: number) {
  return definePolicy({
    id: 'mine',
    contract: 2,
    title: '',
    options: none,
    needs: {},
    ...(every === undefined ? {} : { every: () => every }),
    create: () => policy,
  });
}

function run(policy: Policy, every?: number, ms = 100) {
  asked.length = 0;
  const host = composeHost({
    memory: toPages(64),
    vms: [
      { name: 'a', size: toPages(32), reservation: toPages(4), limit: toPages(30) },
      { name: 'b', size: toPages(32), poweredOn: false },
    ],
    strategies: [swap, balloon],
    policies: [policyOf(policy, every)],
    paces: { balance: 100 },
    memoryStates: 'direct',
  });
  for (let page = 0; page < 20; page++) host.vm('a').write(page, 'x');
  host.advance(ms);
  return host;
}

function ordering(...orders: readonly unknown[]): Policy {
  return (observation$) => observation$.pipe(map(() => orders as readonly Order[]));
}

function refusal(policy: Policy): string {
  try {
    run(policy);
  } catch (error) {
    if (isOverbookError(error)) return `${error.code} ${error.at}: ${error.what} | ${error.mend}`;
    throw error;
  }
  return 'nothing was refused';
}

const target = { kind: 'target', vm: toVmId(0), pages: toPages(10), reason: because };

describe('what cannot be carried out is refused under the name of the policy', () => {
  test.each<[string, Policy, RegExp]>([
    [
      'no number of pages',
      ordering({ ...target, pages: NaN }),
      /^OVB_ORDER_INVALID policy mine: .*NaN pages for VM a/,
    ],
    ['a fraction of a page', ordering({ ...target, pages: 10.5 }), /10\.5 pages/],
    ['less than nothing', ordering({ ...target, pages: -1 }), /-1 pages/],
    ['more than any number', ordering({ ...target, pages: Infinity }), /Infinity pages/],
    ['an unknown VM', ordering({ ...target, vm: 7 }), /VM 7, which this host does not have/],
    ['a VM by name', ordering({ ...target, vm: 'a' }), /VM string, which/],
    ['no VM', ordering({ ...target, vm: undefined }), /VM undefined, which/],
    [
      'an unknown strategy',
      ordering({ ...target, by: 'baloon' }),
      /by 'baloon', which is not in the mix \| .*swap can/,
    ],
    ['a strategy that cannot', ordering({ ...target, by: 'balloon' }), /by 'balloon', which cannot do that/],
    [
      'a size by one that cannot',
      ordering({ ...target, kind: 'size', by: 'swap' }),
      /size by 'swap', which cannot/,
    ],
    ['no reason', ordering({ ...target, reason: undefined }), /a target order has no reason/],
    ['an empty reason', ordering({ ...target, reason: { what: '' } }), /no reason/],
    [
      'a reason with NaN',
      ordering({ ...target, reason: { what: 'x', numbers: { y: NaN } } }),
      /number 'y' .* NaN/,
    ],
    ['an unknown kind', ordering({ ...target, kind: 'give' }), /it ordered 'give' \| Use one of/],
    ['two for one VM', ordering(target, { ...target, pages: 12 }), /two target orders for VM a/],
    ['no object', ordering(null), /one of its orders is null/],
    ['no list', (observation$) => observation$.pipe(map(() => target as never)), /object instead of a list/],
    [
      'tune of nobody',
      ordering({ kind: 'tune', strategy: 'x', settings: {}, reason: because }),
      /tunes 'x', which is not/,
    ],
    [
      'tune of one without it',
      ordering({ kind: 'tune', strategy: 'balloon', settings: { pace: 1 }, reason: because }),
      /tunes 'balloon', which has nothing to tune/,
    ],
    [
      'settings that the strategy does not take',
      ordering({ kind: 'tune', strategy: 'swap', settings: { pace: 0 }, reason: because }),
      /bad settings for 'swap': pace/,
    ],
    [
      'a stream of another copy of RxJS',
      () => ({ subscribe: () => undefined, pipe: () => undefined }) as never,
      /^OVB_RXJS_TWICE mine: .*different copy of RxJS/,
    ],
    ['no stream', () => undefined as never, /^OVB_PLUGIN_INVALID mine: it answered with undefined/],
  ])('%s', (_what, policy, expected) => {
    expect(refusal(policy)).toMatch(expected);
  });
});

test('a target beyond reservation or limit is held to it', () => {
  expect(run(ordering({ ...target, pages: 1 })).reclaimer.targets[0]).toBe(4);
  expect(run(ordering({ ...target, pages: 31 })).reclaimer.targets[0]).toBe(30);
});

test('an order for a VM that is off does nothing', () => {
  const host = run(ordering({ ...target, vm: toVmId(1) }, { ...target, kind: 'reclaim', vm: toVmId(1) }));
  expect([host.reclaimer.targets[1], asked]).toEqual([0, []]);
});

test('reclaim asks for so many pages and leaves the reservation alone', () => {
  run(ordering({ ...target, kind: 'reclaim', pages: 5 }));
  expect(asked).toEqual([['reclaim', 5]]);
  run(ordering({ ...target, kind: 'reclaim', pages: 50, by: 'swap' }));
  expect(asked).toEqual([['reclaim', 16]]);
});

test('size goes to the strategy that can, and the VM is entitled to no more', () => {
  const host = run(ordering({ ...target, kind: 'size', pages: 24 }));
  expect(asked).toEqual([['resize', 0, 24]]);
  expect(host.reclaimer.targets[0]).toBe(24);
});

test('settings reach the strategy as its schema made them', () => {
  run(ordering({ kind: 'tune', strategy: 'swap', settings: { pace: 3 }, reason: because }));
  expect(asked).toEqual([['tune', { pace: 3 }]]);
});

test('a policy with a pace of its own is asked at it, and at every event', () => {
  const seen: string[] = [];
  const watching: Policy = (observation$) =>
    observation$.pipe(
      map(({ time, cause }: Observation) => {
        seen.push(`${cause} ${time / 1e6}`);
        return [];
      }),
    );
  run(watching, 40);
  expect(seen).toEqual(['period 40', 'period 80']);
  seen.length = 0;
  const host = run(watching, 60, 100);
  host.powerOn('b');
  host.advance(10);
  host.advance(20);
  expect(seen).toEqual(['period 60', 'power 110', 'period 120']);
});

test('how much each policy had to say is known: one that ordered nothing is told apart', () => {
  expect(run(() => of()).policyActivity()).toEqual([{ id: 'mine', observations: 1, orders: 0 }]);
  expect(run(ordering(target)).policyActivity()).toEqual([{ id: 'mine', observations: 1, orders: 1 }]);
  const late: Policy = (_observation$, clock) =>
    new Observable((orders) => interval(30, clock.scheduler).subscribe(() => orders.next([target as Order])));
  expect(run(late).policyActivity()[0]!.orders).toBe(3);
});
