import { interval } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { definePolicy } from '../contract/policy.ts';
import { stepPolicy } from '../policy/step-policy.ts';
import { CLOCK, CONTENTS, GUESTS, PAGES, RANDOM } from '../contract/tokens.ts';
import type { Needs } from '../ports/token.ts';
import { optional, token } from '../ports/token.ts';
import type { Strategy } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { isOverbookError } from '../units/errors.ts';
import { mib, toPages, toVmId } from '../units/page.ts';
import { composeHost } from './compose-host.ts';
import type { HostConfig } from './host-config.ts';
import { bind } from './host-config.ts';

function plugin<N extends Needs>(
  id: string,
  needs: N,
  strategy: Strategy = {},
  kinds: readonly string[] = [],
) {
  return defineStrategy({
    id,
    contract: 2,
    title: id,
    options: z.strictObject({ pace: z.int().min(1).default(5) }),
    needs,
    kinds,
    tunable: () => z.strictObject({ pace: z.int() }),
    create: () => strategy,
  });
}

function compose(config: Partial<HostConfig>) {
  return composeHost({ memory: mib(1), vms: [{ name: 'a', size: mib(1) }], strategies: [], ...config });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isOverbookError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing was thrown';
}

const handler = {
  fault: () => 0 as never,
  release: () => undefined,
  peek: () => undefined,
  footprint: () => toPages(0),
};

const vmA = { name: 'a', size: mib(1) };

test.each<[string, Partial<HostConfig>, RegExp]>([
  [
    'a need the host cannot give',
    { strategies: [plugin('p', { guests: GUESTS })] },
    /OVB_NEED_UNMET.*'p' needs GUESTS/,
  ],
  [
    'contents on a key store',
    { strategies: [plugin('p', { c: CONTENTS })], store: 'keys' },
    /OVB_NEED_UNMET.*CONTENTS.*store: bytes/,
  ],
  [
    'an option out of range',
    { strategies: [{ plugin: plugin('p', {}), options: { pace: 0 } }] },
    /OVB_OPTIONS_INVALID.*pace/,
  ],
  [
    'an unknown option',
    { strategies: [{ plugin: plugin('p', {}), options: { speed: 3 } }] },
    /OVB_OPTIONS_INVALID.*speed/,
  ],
  ['two strategies of one id', { strategies: [plugin('p', {}), plugin('p', {})] }, /OVB_ID_TAKEN/],
  ['another contract', { strategies: [{ ...plugin('p', {}), contract: 1 }] }, /OVB_CONTRACT.*contract 1/],
  ['a kind without a handler', { strategies: [plugin('p', {}, {}, ['mine'])] }, /OVB_NO_HANDLER.*mine/],
  [
    'a kind with two owners',
    {
      strategies: [
        plugin('p', {}, { backings: { mine: handler } }, ['mine']),
        plugin('q', {}, { backings: { mine: handler } }, ['mine']),
      ],
    },
    /OVB_KIND_TAKEN.*defined by p/,
  ],
  [
    'a 17th kind',
    {
      strategies: [
        plugin(
          'p',
          {},
          { backings: Object.fromEntries('abcdefghijklm'.split('').map((kind) => [kind, handler])) },
          'abcdefghijklm'.split(''),
        ),
      ],
    },
    /OVB_KINDS_FULL.*'m'/,
  ],
  [
    'a reservation over what the host has to give',
    { vms: [{ name: 'a', size: mib(2), reservation: mib(2) }] },
    /OVB_ADMISSION.*vm a.*needs 2 MiB .*unreserved/,
  ],
  [
    'pools that reserve more than there is',
    { pools: [{ name: 'p', reservation: mib(3) }] },
    /OVB_POOL_RESERVATION.*pool p.*3 MiB/,
  ],
  ['an unknown pool', { vms: [{ name: 'a', size: mib(1), pool: 'p' }] }, /OVB_POOL_UNKNOWN.*'p'/],
  ['two VMs of one name', { vms: [vmA, vmA] }, /OVB_VM_INVALID vm a: two VMs have this name/],
  [
    'a reservation of NaN',
    { vms: [{ ...vmA, reservation: toPages(NaN) }] },
    /OVB_VM_INVALID.*reservation is NaN/,
  ],
  ['a limit of NaN', { vms: [{ ...vmA, limit: toPages(NaN) }] }, /OVB_VM_INVALID.*limit is NaN/],
  ['infinite shares', { vms: [{ ...vmA, shares: Infinity }] }, /OVB_VM_INVALID.*shares are Infinity/],
  [
    'an overhead below nothing',
    { vms: [{ ...vmA, overhead: toPages(-1) }] },
    /OVB_VM_INVALID.*overhead is -1/,
  ],
  ['a reserve below nothing', { reserve: toPages(-1) }, /OVB_SETTING_INVALID.*reserve is -1/],
  [
    'an unknown setting',
    { reclaimPeriodMs: 5 } as never,
    /OVB_SETTING_INVALID.*no setting 'reclaimPeriodMs'/,
  ],
  ['shares of 0', { vms: [{ name: 'a', size: mib(1), shares: 0 }] }, /OVB_VM_INVALID.*shares are 0/],
  [
    'a limit under the reservation',
    { vms: [{ name: 'a', size: mib(1), reservation: toPages(9), limit: toPages(8) }] },
    /OVB_VM_INVALID.*limit/,
  ],
  ['an unknown memory-state model', { memoryStates: 'esx-9' }, /OVB_MODEL_UNKNOWN.*esxi-6.x/],
  ['no memory', { memory: toPages(0) }, /OVB_HOST_SIZE/],
])('%s is refused with the place and the mend', (_what, config, expected) => {
  expect(codeOf(() => compose(config))).toMatch(expected);
});

test('a plugin gets exactly what it named, an optional need as undefined where it is missing', () => {
  let got: object = {};
  const curious = defineStrategy({
    id: 'curious',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { pages: PAGES, guests: optional(GUESTS) },
    create: (deps) => {
      got = deps;
      return {};
    },
  });
  compose({ strategies: [curious] });
  expect(Object.keys(got)).toEqual(['pages', 'guests']);
  expect(Reflect.get(got, 'guests')).toBeUndefined();
});

test('two hosts in one process share nothing', () => {
  const seen: unknown[] = [];
  const looker = defineStrategy({
    id: 'looker',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { pages: PAGES },
    create: (deps) => {
      seen.push(deps.pages);
      return {};
    },
  });
  compose({ strategies: [looker] });
  compose({ strategies: [looker] });
  expect(seen[0]).not.toBe(seen[1]);
});

test('a user binds a token of their own, and rebinds one of core', () => {
  const PRICE = token<number>('test/price');
  let price = 0;
  const buyer = defineStrategy({
    id: 'buyer',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { random: RANDOM },
    create: (deps) => {
      price = deps.random.stream('x').below(100);
      return {};
    },
  });
  compose({
    strategies: [buyer],
    bindings: [bind(RANDOM, () => ({ stream: () => ({ uint32: () => 7, below: () => 42 }) }))],
  });
  expect(price).toBe(42);
  const payer = defineStrategy({
    id: 'payer',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { price: PRICE },
    create: (deps) => {
      price = deps.price;
      return {};
    },
  });
  compose({ strategies: [payer], bindings: [bind(PRICE, () => 7)] });
  expect(price).toBe(7);
  expect(codeOf(() => compose({ strategies: [plugin('p', { price: PRICE })] }))).toMatch(/test\/price/);
});

test("what a plugin's own timer throws fails the host by the plugin's name, at once", () => {
  const faulty = defineStrategy({
    id: 'faulty',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { clock: CLOCK },
    create: ({ clock }) => ({
      start: () =>
        interval(20, clock.scheduler).subscribe((tick) => {
          if (tick === 2) throw new Error('third tick');
        }),
    }),
  });
  const host = compose({ strategies: [faulty] });
  host.advance(50);
  expect(() => host.advance(50)).toThrow('faulty failed: third tick');
});

test("what a plugin's pressure subscription throws carries its name, and other subscribers are not blamed", () => {
  const faulty = plugin(
    'listener',
    {},
    {
      start: ({ pressure$ }) =>
        pressure$.subscribe(({ state }) => {
          if (state === 'soft') throw new Error('no soft please');
        }),
    },
  );
  const host = compose({ strategies: [faulty], memoryStates: 'esx-1.5', reserve: toPages(1) });
  const write = (): void => {
    for (let page = 0; page < 250; page++) host.vm('a').write(page, 'x');
  };
  expect(write).toThrow('listener failed: no soft please');
});

test('a policy that throws fails the host by its name', () => {
  const faulty = definePolicy({
    id: 'moody',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: {},
    create: () =>
      stepPolicy({
        initial: 0,
        decide: () => {
          throw new Error('not today');
        },
      }),
  });
  const host = compose({ policies: [faulty], paces: { balance: 100 } });
  expect(() => host.advance(200)).toThrow('moody failed: not today');
});

test('of two policies that order for one VM the later in the mix wins, and the loser is shown', () => {
  const wishing = (id: string, target: number) =>
    definePolicy({
      id,
      contract: 2,
      title: '',
      options: z.strictObject({}),
      needs: {},
      create: () =>
        stepPolicy({
          initial: null,
          decide: (state) => ({
            state,
            orders: [{ kind: 'target', vm: toVmId(0), pages: toPages(target), reason: { what: id } }],
          }),
        }),
    });
  const host = compose({ policies: [wishing('first', 10), wishing('second', 20)], paces: { balance: 100 } });
  const decisions: string[] = [];
  host.decisions$.subscribe((decision) => {
    if (decision.kind === 'order') decisions.push(`order of ${decision.policy}`);
    if (decision.kind === 'overruled') decisions.push(`${decision.policy} overruled by ${decision.by}`);
  });
  host.advance(100);
  expect(decisions).toEqual(['first overruled by second', 'order of second']);
  expect(host.reclaimer.targets[0]).toBe(20);
});

test('a tune order reaches the strategy it names', () => {
  const tuned: unknown[] = [];
  const tunable = plugin('tunable', {}, { tune: (settings) => tuned.push(settings) });
  const tuner = definePolicy({
    id: 'tuner',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: {},
    create: () =>
      stepPolicy({
        initial: null,
        decide: (state) => ({
          state,
          orders: [{ kind: 'tune', strategy: 'tunable', settings: { pace: 9 }, reason: { what: 'test' } }],
        }),
      }),
  });
  compose({ strategies: [tunable], policies: [tuner], paces: { balance: 100 } }).advance(250);
  expect(tuned).toEqual([{ pace: 9 }, { pace: 9 }]);
});

test('disposing twice does nothing more, completes the streams and leaves no timer', () => {
  let disposed = 0;
  const host = compose({ strategies: [plugin('p', {}, { dispose: () => void disposed++ })] });
  let completed = false;
  host.pressure$.subscribe({ complete: () => (completed = true) });
  host.dispose();
  host.dispose();
  expect([disposed, completed, host.clock.nextDueNs()]).toEqual([1, true, Infinity]);
});

test('pressure and state replay their last value to a late reader', () => {
  const host = compose({ memoryStates: 'esx-1.5' });
  for (let page = 0; page < 235; page++) host.vm('a').write(page, 'x');
  const seen: string[] = [];
  host.state$.subscribe((state) => seen.push(state));
  host.pressure$.subscribe(({ state }) => seen.push(state));
  expect(seen[0]).toBe(seen[1]);
  expect(seen).toHaveLength(2);
});

test('a host that is refused lets go of the strategies that were made for it', () => {
  let disposed = 0;
  const holder = plugin('holder', {}, { dispose: () => void disposed++ });
  expect(() => compose({ strategies: [holder, plugin('holder', {})] })).toThrow('holder');
  expect(() => compose({ strategies: [holder, plugin('b', { edge: GUESTS })] })).toThrow('GUESTS');
  expect(disposed).toBe(2);
});
