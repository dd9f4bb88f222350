import type { Observation, Policy } from '@overbook/core';
import type { AnyPolicyPlugin } from '@overbook/core/host';
import {
  CLOCK,
  NS_PER_SECOND,
  observationLine,
  observationLogHeader,
  readObservations,
} from '@overbook/core';
import { VirtualClock } from '@overbook/core/host';
import { Subject } from 'rxjs';

import { checkOptions } from './checks/options.ts';
import type { Given, OrderPromiseId } from './checks/policy-orders.ts';
import { ORDER_LOOKS, namedIn } from './checks/policy-orders.ts';
import { makeObservations } from './kit/observations.ts';
import { onAnotherDay } from './kit/other-wall-clock.ts';
import { replayPolicy } from './replay-policy.ts';
import { unseen } from './unseen.ts';

/** What the kit shows of a policy, one sentence each. */
export const POLICY_PROMISES = {
  options: 'its options are one schema with defaults that refuses unknown keys',
  acts: 'the kit sees it order',
  sameOrders: 'the same observations give the same orders',
  validOrders: 'orders name VMs of the host, whole pages within them, and a reason',
  bounds: 'targets lie between reservation and limit',
  sizes: 'sizes that it orders leave a VM its reservation',
  reclaims: 'it reclaims no more than a VM holds above its reservation',
  once: 'no VM gets two orders of one kind at once',
  names: 'strategies that it names are in the mix',
  json: 'settings that it orders are JSON',
  pace: 'its own pace is a time, and the same each time',
  replays: 'a log of its observations gives the same orders',
  unknown: 'unknown figures are not needed',
  untouched: 'an observation is not changed',
  ends: 'it completes with its source and leaves no timer',
} as const;

export type PolicyPromiseId = keyof typeof POLICY_PROMISES;

/** How a policy is proved; everything has a default. */
export interface PolicyProofOptions {
  /** The plugin's own options; default: none. */
  readonly options?: unknown;
  /** What the plugin names in `needs`, by the same names. CLOCK need not be given. */
  readonly deps?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Ids of the strategies that are in its mix; needed where it names any. */
  readonly strategies?: readonly string[];
}

/** What policySuite needs: the author's runner and the plugin, and whatever provePolicy takes. */
export interface PolicySuite extends PolicyProofOptions {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => void) => unknown;
  readonly plugin: AnyPolicyPlugin;
}

/** One promise of a policy: kept, broken, or unseen because nothing showed it. */
export type PolicyVerdict = PolicyOutcome & {
  readonly promise: (typeof POLICY_PROMISES)[PolicyPromiseId];
};
type PolicyOutcome =
  | { readonly verdict: 'kept' }
  | { readonly verdict: 'broken'; readonly error: Error }
  | {
      readonly verdict: 'unseen';
      readonly why: string;
      /** True where its orders should have shown it. */
      readonly owed: boolean;
    };

/**
 * Registers one test per promise with the author's runner. What its orders do not show is skipped with the reason, and
 * fails where they should.
 */
export function policySuite({ test, plugin, ...options }: PolicySuite): void {
  for (const id of Object.keys(POLICY_PROMISES) as PolicyPromiseId[]) {
    test(`${plugin.id}: ${POLICY_PROMISES[id]}`, (...context: readonly unknown[]) => {
      const outcome = prove(plugin, id, options);
      if (outcome.verdict === 'broken') throw outcome.error;
      if (outcome.verdict === 'unseen') unseen(outcome, context[0]);
    });
  }
}

/** Proves a policy without a test runner. @returns a verdict per promise */
export function provePolicy(
  plugin: AnyPolicyPlugin,
  options: PolicyProofOptions = {},
): readonly PolicyVerdict[] {
  return (Object.keys(POLICY_PROMISES) as PolicyPromiseId[]).map((id) => ({
    promise: POLICY_PROMISES[id],
    ...prove(plugin, id, options),
  }));
}

function prove(plugin: AnyPolicyPlugin, id: PolicyPromiseId, options: PolicyProofOptions): PolicyOutcome {
  try {
    const left = CHECKS[id](plugin, options);
    return left === undefined ? { verdict: 'kept' } : { verdict: 'unseen', ...left };
  } catch (error) {
    return { verdict: 'broken', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What a check has to say besides that the promise is kept: that it saw nothing. @throws where it is broken */
type Check = (
  plugin: AnyPolicyPlugin,
  options: PolicyProofOptions,
) => { readonly why: string; readonly owed: boolean } | undefined;

function broken(id: PolicyPromiseId, numbers: string): Error {
  return new Error(`${POLICY_PROMISES[id]}: ${numbers}`);
}

/** Looks at all orders. @param idle why none of them is about the promise */
function orders(id: OrderPromiseId, idle: string): Check {
  return (plugin, options) => {
    const given = ordersOf(plugin, options, makeObservations(options.seed ?? 1, 'all'));
    const findings = given.map((one) => ORDER_LOOKS[id](one, options.strategies ?? []));
    const wrong = findings.find((finding) => finding.wrong !== undefined)?.wrong;
    if (wrong !== undefined) throw broken(id, wrong);
    return findings.some(({ about }) => about > 0) ? undefined : { why: idle, owed: false };
  };
}

const CHECKS: Readonly<Record<PolicyPromiseId, Check>> = {
  options: (plugin) => {
    checkOptions(plugin);
    return undefined;
  },
  acts: (plugin, options) => {
    const given = ordersOf(plugin, options, makeObservations(options.seed ?? 1, 'all'));
    if (given.every((one) => one.orders.length === 0))
      throw broken('acts', 'in a quarter of an hour on a host in every memory state, it never ordered');
    return undefined;
  },
  sameOrders: (plugin, options) => {
    const observations = makeObservations(options.seed ?? 1, 'some');
    const text = (): string =>
      JSON.stringify(ordersOf(plugin, options, observations).map((one) => one.orders));
    const first = text();
    const second = onAnotherDay(text);
    if (first !== second)
      throw broken('sameOrders', `first ${first.slice(0, 300)}; then ${second.slice(0, 300)}`);
    return undefined;
  },
  validOrders: orders('validOrders', 'it gave no order'),
  bounds: orders('bounds', 'it ordered no target'),
  sizes: orders('sizes', 'it ordered no size'),
  reclaims: orders('reclaims', 'it reclaimed from no VM by itself'),
  once: orders('once', 'it gave no order for a VM'),
  names: (plugin, options) => {
    if (options.strategies !== undefined) return orders('names', 'it names no strategy')(plugin, options);
    const names = namedIn(ordersOf(plugin, options, makeObservations(options.seed ?? 1, 'all')));
    if (names.length === 0) return { why: 'it names no strategy', owed: false };
    return {
      why: `it names ${names.join(', ')}; give strategies: the ids of a mix for which it is made`,
      owed: true,
    };
  },
  json: orders('json', 'it tunes no strategy'),
  pace: (plugin, options) => {
    if (plugin.every === undefined) return { why: 'it has no pace of its own', owed: false };
    const settled = plugin.options.parse(options.options ?? {});
    const [every, again] = [plugin.every(settled), onAnotherDay(() => plugin.every!(settled))];
    if (!(Number.isFinite(every) && every > 0)) throw broken('pace', `every ${every} ms is not a pace`);
    if (every !== again) throw broken('pace', `every ${every} ms, and ${again} ms when it was asked again`);
    return undefined;
  },
  replays: (plugin, options) => {
    const idle = { why: 'it needs more than a clock, and a log has no more', owed: false };
    if (Object.values(plugin.needs).some((need) => typeof need === 'symbol' && need !== CLOCK)) return idle;
    const observations = makeObservations(options.seed ?? 1, 'some');
    const live = ordersOf(plugin, options, observations).map((one) => one.orders);
    const log = observationLogHeader() + observations.map(observationLine).join('');
    const replayed = replayPolicy(plugin, readObservations(log, 'the log'), options.options);
    const [first, second] = [live.filter((some) => some.length > 0), replayed.map((one) => one.orders)].map(
      (all) => JSON.stringify(all),
    );
    if (first !== second)
      throw broken('replays', `live ${first!.slice(0, 300)}; replayed ${second!.slice(0, 300)}`);
    return undefined;
  },
  unknown: (plugin, options) => {
    for (const known of ['none', 'some'] as const) {
      const given = ordersOf(plugin, options, makeObservations(options.seed ?? 1, known));
      for (const one of given) {
        const { wrong } = ORDER_LOOKS.validOrders(one, []);
        if (wrong !== undefined) throw broken('unknown', `with ${known} of the optional figures, ${wrong}`);
      }
    }
    return undefined;
  },
  untouched: (plugin, options) => {
    const observations = makeObservations(options.seed ?? 1, 'all').map(frozen);
    const before = JSON.stringify(observations);
    ordersOf(plugin, options, observations);
    if (JSON.stringify(observations) !== before) throw broken('untouched', 'an observation was changed');
    return undefined;
  },
  ends: (plugin, options) => {
    checkEnds(plugin, options);
    return undefined;
  },
};

function checkEnds(plugin: AnyPolicyPlugin, options: PolicyProofOptions): void {
  const clock = new VirtualClock();
  const source = new Subject<Observation>();
  let completed = false;
  const policy = makePolicy(plugin, options, clock);
  policy(source.asObservable(), clock).subscribe({ complete: () => (completed = true) });
  if (!source.observed) throw broken('ends', 'it does not subscribe to its observations');
  for (const observation of makeObservations(options.seed ?? 1, 'all').slice(0, 3)) source.next(observation);
  source.complete();
  clock.advanceTo(clock.now() + 60 * NS_PER_SECOND);
  if (!completed) throw broken('ends', 'a minute after its source completed, it is still open');
  const other = new Subject<Observation>();
  const subscription = policy(other.asObservable(), clock).subscribe();
  subscription.unsubscribe();
  if (other.observed) throw broken('ends', 'unsubscribing does not release its source');
  if (clock.nextDueNs() !== Infinity) throw broken('ends', `a timer is still due at ${clock.nextDueNs()} ns`);
}

function makePolicy(plugin: AnyPolicyPlugin, options: PolicyProofOptions, clock: VirtualClock): Policy {
  const named = Object.entries(plugin.needs).flatMap(([name, need]) =>
    need === CLOCK ? [[name, clock]] : [],
  );
  const deps = { ...(Object.fromEntries(named) as object), ...options.deps };
  return plugin.create(deps as never, plugin.options.parse(options.options ?? {}));
}

/** All orders, those of timers among them, in the order in which they came, with the last observation before them. */
function ordersOf(
  plugin: AnyPolicyPlugin,
  options: PolicyProofOptions,
  observations: readonly Observation[],
): readonly Given[] {
  const clock = new VirtualClock();
  const source = new Subject<Observation>();
  const all: Given[] = [];
  let failure: unknown;
  let latest = observations[0]!;
  const policy = makePolicy(plugin, options, clock);
  const subscription = policy(source.asObservable(), clock).subscribe({
    next: (given) => all.push({ orders: given, observation: latest }),
    error: (error: unknown) => (failure = error),
  });
  for (const observation of observations) {
    clock.advanceTo(observation.time);
    latest = observation;
    source.next(observation);
    if (failure !== undefined)
      throw failure instanceof Error ? failure : new Error('the policy failed', { cause: failure });
  }
  subscription.unsubscribe();
  return all;
}

/** Read-only to the last field: a write throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
