import type { ZodType } from 'zod';

import type { VmFacts } from '../ports/page-service.ts';
import type { Strategy } from '../contract/strategy.ts';
import { OverbookError } from '../units/errors.ts';
import type { Order } from '../contract/policy.ts';

/** A strategy that orders may name. */
export interface Orderable {
  readonly id: string;
  readonly strategy: Strategy;
  readonly tunable?: ZodType;
}

/** What orders are held against. */
export interface OrderContext {
  readonly vms: readonly VmFacts[];
  readonly strategies: readonly Orderable[];
}

/** An order that was found good. */
export interface CheckedOrder {
  readonly order: Order;
  /** Settings of a tune order as the strategy's schema made them. */
  readonly settings?: unknown;
}

/** A method that each kind of order asks of the strategy that it names. */
const ASKS = { target: ['reclaim', 'relax'], size: ['resize'], reclaim: ['reclaim'] } as const;

/**
 * Orders of one policy, given at once. A policy may be plain JavaScript: nothing about them is believed.
 * @throws OVB_ORDER_INVALID under the policy's name for the first that cannot be carried out, OVB_SETTINGS_INVALID for
 * settings that the strategy does not take
 */
export function checkOrders(
  policy: string,
  orders: readonly Order[],
  context: OrderContext,
): readonly CheckedOrder[] {
  const bad: Bad = (what, mend, code = 'OVB_ORDER_INVALID') => {
    throw new OverbookError(code, `policy ${policy}`, what, mend, undefined, { plugin: policy });
  };
  if (!Array.isArray(orders))
    return bad(
      `it emitted ${typeOf(orders)} instead of a list of orders`,
      'Emit arrays of orders; [] orders nothing.',
    );
  const seen = new Set<string>();
  return orders.map((order) => {
    checkReason(order, bad);
    if (order.kind === 'tune') return { order, settings: settingsOf(order, context, bad) };
    if (!['target', 'size', 'reclaim'].includes(order.kind))
      return bad(
        `it ordered '${String((order as { kind: unknown }).kind)}'`,
        'Use one of target, size, reclaim and tune.',
      );
    checkPages(order, context, bad);
    const key = `${order.kind}/${order.vm}`;
    const vm = context.vms[order.vm]!.name;
    if (seen.has(key))
      bad(`two ${order.kind} orders for VM ${vm} in one list`, 'Give each VM at most one order of a kind.');
    seen.add(key);
    checkBy(order, context, bad);
    return { order };
  });
}

type Bad = (what: string, mend: string, code?: 'OVB_ORDER_INVALID' | 'OVB_SETTINGS_INVALID') => never;
type MemoryOrder = Exclude<Order, { readonly kind: 'tune' }>;

function checkReason(order: Order, bad: Bad): void {
  if (typeof order !== 'object' || order === null)
    bad(`one of its orders is ${typeOf(order)}`, 'Emit orders as objects with kind and reason.');
  const { what, numbers } = (order as { reason?: { what?: unknown; numbers?: unknown } }).reason ?? {};
  if (typeof what !== 'string' || what === '')
    bad(
      `a ${String(order.kind)} order has no reason`,
      'Give reason: { what: … }, a short phrase for people.',
    );
  const odd = Object.entries((numbers as Record<string, unknown> | undefined) ?? {}).find(
    ([, value]) => !Number.isFinite(value),
  );
  if (odd !== undefined)
    bad(
      `number '${odd[0]}' of a reason is ${typeOf(odd[1])}`,
      'Give finite numbers, and leave out unknown ones.',
    );
}

function checkPages(order: MemoryOrder, { vms }: OrderContext, bad: Bad): void {
  const vm = Number.isInteger(order.vm) ? vms[order.vm] : undefined;
  if (vm === undefined) {
    bad(
      `it ordered for VM ${typeOf(order.vm)}, which this host does not have`,
      'Take `vm` from the observation, where each VM has its number.',
    );
  }
  if (Number.isInteger(order.pages) && order.pages >= 0) return;
  bad(
    `it ordered ${typeOf(order.pages)} pages for VM ${vm!.name}`,
    'Give a whole number of pages: round down with Math.floor, and check for values that are still unknown.',
  );
}

function checkBy(order: MemoryOrder, { strategies }: OrderContext, bad: Bad): void {
  const asked = ASKS[order.kind];
  const able = (one: Orderable): boolean => asked.some((method) => one.strategy[method] !== undefined);
  const names = strategies.filter(able).map(({ id }) => id);
  const have = names.length === 0 ? 'none of this mix can' : `of this mix ${names.join(', ')} can`;
  if (order.by === undefined) {
    if (order.kind === 'size' && names.length === 0)
      bad(
        'it ordered the memory size that a guest sees, which no strategy of the mix can change',
        'Add balloon to the mix.',
      );
    return;
  }
  const named = strategies.find(({ id }) => id === order.by);
  if (named === undefined)
    bad(
      `it ordered a ${order.kind} by '${order.by}', which is not in the mix`,
      `Leave \`by\` out or name another: ${have}.`,
    );
  if (!able(named!))
    bad(
      `it ordered a ${order.kind} by '${order.by}', which cannot do that`,
      `Leave \`by\` out or name another: ${have}.`,
    );
}

function settingsOf(
  { strategy, settings }: Extract<Order, { kind: 'tune' }>,
  { strategies }: OrderContext,
  bad: Bad,
): unknown {
  const named = strategies.find(({ id }) => id === strategy);
  if (named === undefined) {
    const ids = strategies.map(({ id }) => id).join(', ');
    return bad(`it tunes '${String(strategy)}', which is not in the mix`, `The mix has: ${ids}.`);
  }
  if (named.tunable === undefined || named.strategy.tune === undefined)
    return bad(
      `it tunes '${strategy}', which has nothing to tune`,
      'Choose another strategy, or order targets.',
    );
  const parsed = named.tunable.safeParse(settings);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
  );
  return bad(
    `bad settings for '${strategy}': ${problems.join('; ')}`,
    `\`overbook strategies show ${strategy}\` lists what a policy may tune.`,
    'OVB_SETTINGS_INVALID',
  );
}

function typeOf(value: unknown): string {
  return typeof value === 'number' || value === undefined || value === null ? String(value) : typeof value;
}
