import type { AnyPolicyPlugin, Observation, Order, Policy } from '@overbook/core';
import { CLOCK, NS_PER_SECOND, VirtualClock } from '@overbook/core';
import { Subject } from 'rxjs';

import { checkOptions } from './checks/options.ts';
import { makeObservations } from './kit/observations.ts';
import { onAnotherDay } from './kit/other-wall-clock.ts';

/** What the kit shows of a policy, one sentence each. */
export const POLICY_PROMISES = {
  options: 'its options are one schema with defaults that refuses what it does not know',
  sameOrders: 'the same observations give the same orders',
  validOrders: 'orders name VMs of the host, whole pages within them, and a reason',
  unknown: 'what is not known is not needed',
  untouched: 'an observation stays as it was given',
  ends: 'it ends with its source and leaves no timer',
} as const;

export type PolicyPromiseId = keyof typeof POLICY_PROMISES;

/** How a policy is proved; everything has a default. */
export interface PolicyProofOptions {
  /** The plugin's own options; default: none. */
  readonly options?: unknown;
  /** What the plugin names in `needs`, by the same names. CLOCK need not be given. */
  readonly deps?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
}

/** What policySuite needs: the author's runner and the plugin, and whatever provePolicy takes. */
export interface PolicySuite extends PolicyProofOptions {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => void) => unknown;
  readonly plugin: AnyPolicyPlugin;
}

/** One promise of a policy. */
export interface PolicyVerdict {
  readonly promise: (typeof POLICY_PROMISES)[PolicyPromiseId];
  readonly passed: boolean;
  readonly error?: Error;
}

/** Registers one test per promise with the author's runner. */
export function policySuite({ test, plugin, ...options }: PolicySuite): void {
  for (const id of Object.keys(POLICY_PROMISES) as PolicyPromiseId[]) {
    test(`${plugin.id}: ${POLICY_PROMISES[id]}`, () => CHECKS[id](plugin, options));
  }
}

/** Proves a policy without a test runner. @returns a verdict per promise */
export function provePolicy(
  plugin: AnyPolicyPlugin,
  options: PolicyProofOptions = {},
): readonly PolicyVerdict[] {
  return (Object.keys(POLICY_PROMISES) as PolicyPromiseId[]).map((id) => {
    const promise = POLICY_PROMISES[id];
    try {
      CHECKS[id](plugin, options);
      return { promise, passed: true };
    } catch (error) {
      return { promise, passed: false, error: error instanceof Error ? error : new Error(String(error)) };
    }
  });
}

type Check = (plugin: AnyPolicyPlugin, options: PolicyProofOptions) => void;

function broken(id: PolicyPromiseId, numbers: string): Error {
  return new Error(`${POLICY_PROMISES[id]}: ${numbers}`);
}

const CHECKS: Readonly<Record<PolicyPromiseId, Check>> = {
  options: (plugin) => checkOptions(plugin),
  sameOrders: (plugin, options) => {
    const observations = makeObservations(options.seed ?? 1, 'some');
    const first = JSON.stringify(ordersOf(plugin, options, observations));
    const second = onAnotherDay(() => JSON.stringify(ordersOf(plugin, options, observations)));
    if (first !== second)
      throw broken('sameOrders', `first ${first.slice(0, 300)}; then ${second.slice(0, 300)}`);
  },
  validOrders: (plugin, options) => {
    const observations = makeObservations(options.seed ?? 1, 'all');
    for (const order of ordersOf(plugin, options, observations).flat()) {
      const wrong = faultOf(order, observations[0]!);
      if (wrong !== undefined) throw broken('validOrders', `${wrong} in ${JSON.stringify(order)}`);
    }
  },
  unknown: (plugin, options) => {
    for (const known of ['none', 'some'] as const) {
      const observations = makeObservations(options.seed ?? 1, known);
      for (const order of ordersOf(plugin, options, observations).flat()) {
        const wrong = faultOf(order, observations[0]!);
        if (wrong !== undefined) throw broken('unknown', `with ${known} of the optional figures, ${wrong}`);
      }
    }
  },
  untouched: (plugin, options) => {
    const observations = makeObservations(options.seed ?? 1, 'all').map(frozen);
    const before = JSON.stringify(observations);
    ordersOf(plugin, options, observations);
    if (JSON.stringify(observations) !== before) throw broken('untouched', 'an observation was changed');
  },
  ends: (plugin, options) => {
    const clock = new VirtualClock();
    const source = new Subject<Observation>();
    let completed = false;
    const policy = makePolicy(plugin, options, clock);
    policy(source.asObservable(), clock).subscribe({ complete: () => (completed = true) });
    if (!source.observed) throw broken('ends', 'it does not listen to its observations');
    for (const observation of makeObservations(options.seed ?? 1, 'all').slice(0, 3))
      source.next(observation);
    source.complete();
    clock.advanceTo(clock.now() + 60 * NS_PER_SECOND);
    if (!completed) throw broken('ends', 'a minute after its source it is still open');
    const other = new Subject<Observation>();
    const subscription = policy(other.asObservable(), clock).subscribe();
    subscription.unsubscribe();
    if (other.observed) throw broken('ends', 'unsubscribing does not release its source');
    if (clock.nextDueNs() !== Infinity)
      throw broken('ends', `a timer is still due at ${clock.nextDueNs()} ns`);
  },
};

function makePolicy(plugin: AnyPolicyPlugin, options: PolicyProofOptions, clock: VirtualClock): Policy {
  const named = Object.entries(plugin.needs).flatMap(([name, need]) =>
    need === CLOCK ? [[name, clock]] : [],
  );
  const deps = { ...(Object.fromEntries(named) as object), ...options.deps };
  return plugin.create(deps as never, plugin.options.parse(options.options ?? {}));
}

/** All orders, those of timers among them, in the order in which they came. */
function ordersOf(
  plugin: AnyPolicyPlugin,
  options: PolicyProofOptions,
  observations: readonly Observation[],
): readonly (readonly Order[])[] {
  const clock = new VirtualClock();
  const source = new Subject<Observation>();
  const orders: (readonly Order[])[] = [];
  let failure: unknown;
  const policy = makePolicy(plugin, options, clock);
  const subscription = policy(source.asObservable(), clock).subscribe({
    next: (given) => orders.push(given),
    error: (error: unknown) => (failure = error),
  });
  for (const observation of observations) {
    clock.advanceTo(observation.time);
    source.next(observation);
    if (failure !== undefined)
      throw failure instanceof Error ? failure : new Error('the policy failed', { cause: failure });
  }
  subscription.unsubscribe();
  return orders;
}

function faultOf(order: Order, observation: Observation): string | undefined {
  if (typeof order.reason?.what !== 'string' || order.reason.what === '') return 'there is no reason';
  if (order.kind === 'tune') {
    if (typeof order.strategy !== 'string' || order.strategy === '') return 'no strategy is named';
    return JSON.stringify(order.settings) === undefined ? 'settings are no JSON' : undefined;
  }
  const vm = observation.vms.find((one) => one.vm === order.vm);
  if (vm === undefined) return `there is no VM ${order.vm}`;
  const whole = Number.isInteger(order.pages) && order.pages >= 0 && order.pages <= vm.size;
  return whole ? undefined : `${order.pages} is no whole number of pages from 0 to ${vm.size}`;
}

/** Read-only to the last field: whoever writes to it throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
