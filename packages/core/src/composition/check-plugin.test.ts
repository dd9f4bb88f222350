import { Subscription } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { definePolicy } from '../contract/policy.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import type { Strategy, StrategyPlugin } from '../contract/strategy.ts';
import { defineStrategy, done } from '../contract/strategy.ts';
import { isOverbookError } from '../units/errors.ts';
import { toGfn, mib, toNs, toPages, toVmId } from '../units/page.ts';
import { composeHost } from './compose-host.ts';
import type { HostConfig } from './host-config.ts';

const none = z.strictObject({});

function strategy(parts: Partial<StrategyPlugin> = {}, made: Strategy = {}): StrategyPlugin {
  return defineStrategy({
    id: 'mine',
    contract: 2,
    title: '',
    options: none,
    needs: {},
    create: () => made,
    ...parts,
  }) as StrategyPlugin;
}
const policy = definePolicy({
  id: 'wise',
  contract: 2,
  title: '',
  options: none,
  needs: {},
  create: () => (observation$) => observation$ as never,
});

function compose(config: Partial<HostConfig>) {
  return composeHost({ memory: mib(1), vms: [{ name: 'a', size: mib(1) }], strategies: [], ...config });
}

const handler = {
  fault: () => toNs(0),
  release: () => undefined,
  peek: () => undefined,
  footprint: () => toPages(0),
};

test.each<[string, Partial<HostConfig>, RegExp]>([
  [
    'undefined',
    { strategies: [undefined as never] },
    /^OVB_PLUGIN_INVALID host: one of its strategies is undefined/,
  ],
  [
    'undefined, chosen',
    { strategies: [{ plugin: undefined as never }] },
    /one of its strategies is undefined/,
  ],
  ['a policy undefined', { policies: [undefined as never] }, /one of its policies is undefined/],
  ['a function', { strategies: [(() => strategy()) as never] }, /one of its strategies is /],
  ['no id', { strategies: [strategy({ id: '' })] }, /one of its strategies has no id/],
  [
    'a policy among strategies',
    { strategies: [policy as never] },
    /wise: it is a policy, given among the strategies/,
  ],
  [
    'a strategy among policies',
    { policies: [strategy() as never] },
    /mine: it is a strategy, given among the policies/,
  ],
  ['no role', { strategies: [{ ...strategy(), role: undefined as never }] }, /its role is undefined/],
  ['no create', { strategies: [strategy({ create: undefined as never })] }, /it has no create function/],
  [
    'no options',
    { strategies: [strategy({ options: undefined as never })] },
    /its options are not a Zod schema/,
  ],
  [
    'options that are no schema',
    { strategies: [strategy({ options: {} as never })] },
    /its options are not a Zod schema/,
  ],
  ['no needs', { strategies: [strategy({ needs: undefined as never })] }, /it has no needs/],
  [
    'an undefined need',
    { strategies: [strategy({ needs: { x: undefined as never } })] },
    /need 'x' is undefined, not a token/,
  ],
  [
    'a handler of a kind that is not declared',
    { strategies: [strategy({ kinds: [] }, { backings: { other: handler } })] },
    /a handler for kind 'other', which it does not declare/,
  ],
  [
    'a role of a kind that is not declared',
    { strategies: [strategy({ roles: { x: 'swapped' } })] },
    /kind 'x' a role/,
  ],
  ['a grain of nothing', { strategies: [strategy({ grain: () => toPages(0) })] }, /its grain is 0 pages/],
  ['a pace of nothing', { policies: [{ ...policy, every: () => 0 }] }, /called every 0 ms/],
  [
    'start without a subscription',
    { strategies: [strategy({}, { start: () => 7 as never })] },
    /start returned number/,
  ],
  [
    'a subscription of another copy of RxJS',
    {
      strategies: [strategy({}, { start: () => ({ unsubscribe: () => undefined, closed: false }) as never })],
    },
    /^OVB_RXJS_TWICE mine: start returned a Subscription from a different copy/,
  ],
])('%s is refused by name', (_what, config, expected) => {
  try {
    compose(config);
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    expect(`${error.code} ${error.message}`).toMatch(expected);
    return;
  }
  expect.unreachable('it was accepted');
});

test('an async reclaim is told as such', () => {
  const lazy = strategy({ actsFrom: 'soft' }, { reclaim: (() => Promise.resolve()) as never });
  const host = compose({ strategies: [lazy], memoryStates: 'direct', memory: toPages(16) });
  const fill = (): void => {
    for (let page = 0; page < 40; page++) host.vm('a').write(page, 'x');
  };
  expect(fill).toThrow(
    /mine broke a promise: reclaim answers with a receipt .*a promise: reclaim may not be async/,
  );
});

test('a frame of its own is no frame of a page: install refuses it', () => {
  const thief = defineStrategy({
    id: 'thief',
    contract: 2,
    title: '',
    options: none,
    needs: { table: PAGES, frames: FRAMES },
    kinds: ['away'],
    create: ({ table, frames }, _options, self) => ({
      backings: {
        away: {
          ...handler,
          fault: (vm, page, _payload, at) => {
            table.install(vm, page, frames.takeOwn() as never);
            return done(at, frames.readyAt, toNs(0));
          },
        },
      },
      reclaim: ({ vm }) => ({
        freed: table.evict(vm, toGfn(0), self.kinds['away']!, 0),
        ordered: toPages(0),
        tried: toPages(1),
        refused: [],
      }),
    }),
  });
  const host = compose({ strategies: [thief], memoryStates: 'direct', memory: toPages(16) });
  for (let page = 0; page < 17; page++) host.vm('a').write(page, 'x');
  expect(() => host.vm('a').read(0)).toThrow(
    /thief broke a promise: install maps the frame .*a strategy's own/,
  );
});

test('strategies hear of VMs that are powered on and off, with nothing of the VM left', () => {
  const told: string[] = [];
  let count = (): number => -1;
  const listener = defineStrategy({
    id: 'listener',
    contract: 2,
    title: '',
    options: none,
    needs: { table: PAGES },
    create: ({ table }) => {
      count = () => table.consumed(toVmId(0));
      return {
        poweredOn: (vm) => void told.push(`on ${vm}`),
        poweredOff: (vm) => void told.push(`off ${vm}, ${count()} left`),
      };
    },
  });
  const vms = [
    { name: 'a', size: toPages(16) },
    { name: 'b', size: toPages(16), poweredOn: false },
  ];
  const host = compose({ strategies: [listener], vms });
  expect(host.pressure().vms.map(({ vm }) => vm)).toEqual([0]);
  host.vm('a').write(0, 'x');
  host.powerOff('a');
  host.powerOn('b');
  expect(told).toEqual(['on 0', 'off 0, 0 left', 'on 1']);
  expect(host.pressure().vms.map(({ vm }) => vm)).toEqual([1]);
  expect(() => host.memory.balloon(toVmId(0), toGfn(0))).toThrow('VM 0 is powered off');
});

test('goals are whole grains', () => {
  const goals: number[] = [];
  const coarse = strategy(
    { grain: () => toPages(8), actsFrom: 'soft' },
    {
      reclaim: ({ goal }) => {
        goals.push(goal);
        return { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };
      },
    },
  );
  const host = compose({
    strategies: [coarse],
    memory: toPages(256),
    reserve: toPages(1),
    memoryStates: 'esx-1.5',
  });
  for (let page = 0; page < 253; page++) host.vm('a').write(page, 'x');
  host.advance(300);
  expect(goals.length).toBeGreaterThan(0);
  expect(goals.filter((goal) => goal % 8 !== 0)).toEqual([]);
});

test('start may return nothing but a subscription of this RxJS', () => {
  const host = compose({ strategies: [strategy({}, { start: () => new Subscription() })] });
  expect(() => host.dispose()).not.toThrow();
});
