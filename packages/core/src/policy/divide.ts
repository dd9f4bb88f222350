import type { Client, IdleTax } from './idle-tax.ts';
import { allocationFor, priceOf } from './idle-tax.ts';

/** Halvings of an interval that a double has bits for, and then some. */
const HALVINGS = 100;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

/** What is divided when clients' bounds decide alone; undefined when prices decide. */
function byBounds(clients: readonly Client[], available: number): readonly number[] | undefined {
  const most = clients.map((client) => client.most);
  if (sum(most) <= available) return most;
  const least = clients.map((client) => client.least);
  return sum(least) >= available ? least : undefined;
}

/**
 * Divides memory among siblings so that all pay the same price, as far as their bounds let them: where min-funding
 * revocation ends (Waldspurger, OSDI 2002, §5). Everybody's allocation is a rising function of 1/ρ, so the common price
 * is found by halving an interval: + − × ÷ √ only, the same on every machine. Who is bounded gets the bound, the others
 * share the rest. Whole pages; the sum is `available` exactly, or what the bounds make of it.
 */
export function divide(clients: readonly Client[], available: number, tax: IdleTax): readonly number[] {
  const bound = byBounds(clients, available);
  if (bound !== undefined) return bound;
  const at = (inversePrice: number): readonly number[] =>
    clients.map(({ shares, active, least, most }) => {
      const fair = allocationFor(active, shares * inversePrice, tax);
      return Math.max(least, Math.min(most, fair));
    });
  let low = 0;
  let high = 1;
  // Who has no shares never gets more than the least, so the sum may stay below: 2^100 is beyond any price.
  for (let i = 0; i < HALVINGS && sum(at(high)) < available; i++) high *= 2;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) > available) high = middle;
    else low = middle;
  }
  return wholePages(at(low), clients, available);
}

/** Rounds down, then gives the pages left over to the largest remainders (ties: the first). */
function wholePages(
  exact: readonly number[],
  clients: readonly Client[],
  available: number,
): readonly number[] {
  const whole = exact.map((n) => Math.floor(n));
  let left = available - sum(whole);
  const order = exact
    .map((n, i) => ({ i, rest: n - whole[i]! }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of order) {
    if (left <= 0) break;
    if (whole[i]! >= clients[i]!.most) continue;
    whole[i]!++;
    left--;
  }
  return whole;
}

/**
 * The same step by step, as min-funding revocation is told: everybody has the most it may have, and `chunk` pages at a
 * time are taken from the client that pays the lowest price (ties: the first), never below its least, until what is
 * left is available. Ends within one chunk per client of `divide`. The granularity of the product is not published.
 */
export function divideBySteps(
  clients: readonly Client[],
  available: number,
  tax: IdleTax,
  chunk: number,
): readonly number[] {
  const bound = byBounds(clients, available);
  if (bound !== undefined) return bound;
  const allocated = clients.map((client) => client.most);
  const prices = clients.map((client, i) => priceOf(client, allocated[i]!, tax));
  let excess = sum(allocated) - available;
  while (excess > 0) {
    let poorest = -1;
    for (let i = 0; i < clients.length; i++) {
      if (allocated[i]! <= clients[i]!.least) continue;
      if (poorest < 0 || prices[i]! < prices[poorest]!) poorest = i;
    }
    const taken = Math.min(chunk, excess, allocated[poorest]! - clients[poorest]!.least);
    allocated[poorest]! -= taken;
    excess -= taken;
    prices[poorest] = priceOf(clients[poorest]!, allocated[poorest]!, tax);
  }
  return allocated;
}
