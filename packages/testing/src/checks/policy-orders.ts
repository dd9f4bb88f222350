import type { Observation, Order } from '@overbook/core';

/** Promises about the orders themselves. */
export type OrderPromiseId = 'validOrders' | 'bounds' | 'sizes' | 'reclaims' | 'once' | 'names' | 'json';

/** Orders that came at once, and the observation that they answer. */
export interface Given {
  readonly orders: readonly Order[];
  readonly observation: Observation;
}

/** What one promise has to say about one list of orders: how many of them it is about, and what is wrong. */
export interface Finding {
  readonly about: number;
  readonly wrong?: string;
}

type Look = (given: Given, strategies: readonly string[]) => Finding;
type MemoryOrder = Exclude<Order, { readonly kind: 'tune' }>;

/** One look for each promise, at one list of orders. @param strategies ids of the mix */
export const ORDER_LOOKS: Readonly<Record<OrderPromiseId, Look>> = {
  validOrders: ({ orders, observation }) => first(orders, (order) => faultOf(order, observation)),
  bounds: ({ orders, observation }) =>
    first(
      memoryOrders(orders).filter(({ kind }) => kind === 'target'),
      (order) => beyond(order, observation),
    ),
  sizes: ({ orders, observation }) =>
    first(
      memoryOrders(orders).filter(({ kind }) => kind === 'size'),
      ({ vm, pages }) => {
        const facts = observation.vms.find((one) => one.vm === vm);
        if (facts === undefined || pages >= facts.reservation) return undefined;
        return `${pages} is below the ${facts.reservation} pages reserved for VM ${facts.name}`;
      },
    ),
  reclaims: ({ orders, observation }) =>
    first(
      memoryOrders(orders).filter(({ kind }) => kind === 'reclaim'),
      ({ vm, pages }) => {
        const facts = observation.vms.find((one) => one.vm === vm);
        const above = Math.max(0, (facts?.consumed ?? 0) - (facts?.reservation ?? 0));
        if (facts === undefined || pages <= above) return undefined;
        return `${pages} pages of VM ${facts.name}, which holds ${above} above its reservation`;
      },
    ),
  once: ({ orders }) => {
    const seen = new Set<string>();
    return first(memoryOrders(orders), ({ kind, vm }) => {
      const key = `${kind} order for VM ${vm}`;
      if (seen.has(key)) return `a second ${key} in one list`;
      seen.add(key);
      return undefined;
    });
  },
  names: ({ orders }, strategies) =>
    first(
      orders.map(namedBy).filter((name) => name !== undefined),
      (name) =>
        strategies.includes(name) ? undefined : `'${name}' is not in the mix of ${strategies.join(', ')}`,
    ),
  json: ({ orders }) =>
    first(
      orders.filter((order) => order.kind === 'tune'),
      ({ settings }) => notJson(settings, 'settings'),
    ),
};

/** Strategies that orders name, in order of appearance. */
export function namedIn(given: readonly Given[]): readonly string[] {
  const names = given.flatMap(({ orders }) => orders.map(namedBy));
  return [...new Set(names.filter((name) => name !== undefined))];
}

function first<T>(among: readonly T[], fault: (one: T) => string | undefined): Finding {
  for (const one of among) {
    const wrong = fault(one);
    if (wrong !== undefined) return { about: among.length, wrong: `${wrong} in ${show(one)}` };
  }
  return { about: among.length };
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'an order that is no JSON';
  }
}

function memoryOrders(orders: readonly Order[]): readonly MemoryOrder[] {
  return orders.filter((order) => order.kind !== 'tune');
}

function namedBy(order: Order): string | undefined {
  return order.kind === 'tune' ? order.strategy : order.by;
}

function faultOf(order: Order, observation: Observation): string | undefined {
  if (typeof order.reason?.what !== 'string' || order.reason.what === '') return 'there is no reason';
  if (namedBy(order) === '') return 'the id of a strategy is empty';
  if (order.kind === 'tune') return typeof order.strategy === 'string' ? undefined : 'no strategy is named';
  const vm = observation.vms.find((one) => one.vm === order.vm);
  if (vm === undefined) return `there is no VM ${order.vm}`;
  const whole = Number.isInteger(order.pages) && order.pages >= 0 && order.pages <= vm.size;
  return whole ? undefined : `${order.pages} is not a whole number of pages from 0 to ${vm.size}`;
}

function beyond({ vm, pages }: MemoryOrder, observation: Observation): string | undefined {
  const facts = observation.vms.find((one) => one.vm === vm);
  if (facts === undefined) return undefined;
  const { reservation, limit, name } = facts;
  if (pages < reservation) return `${pages} is below the ${reservation} pages reserved for VM ${name}`;
  return pages > limit ? `${pages} is above the limit of ${limit} pages of VM ${name}` : undefined;
}

/** Where a value is no JSON, or undefined: what is sent to a strategy must come out as it went in. */
function notJson(value: unknown, path: string): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== 'object')
    return `${path} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`;
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!plain) return `${path} is no plain object`;
  // A circle of objects ends here as well: no settings are that deep.
  if (path.length > 1000) return `${path.slice(0, 80)}… never ends`;
  for (const [name, part] of Object.entries(value)) {
    const wrong = notJson(part, `${path}.${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
