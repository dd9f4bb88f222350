import fc from 'fast-check';
import { expect, test } from 'vitest';

import { divide, divideBySteps } from './divide.ts';
import type { Client, IdleTax } from './idle-tax.ts';
import { allocationFor, chargeOf, priceOf } from './idle-tax.ts';

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
function flat(rate: number): IdleTax {
  return { rate, type: 'flat' };
}
function client(parts: Partial<Client>): Client {
  return {
    shares: 100,
    active: 0,
    least: 0,
    most: 256,
    ...parts,
  };
}

const anyTax = fc.record({
  rate: fc.double({ min: 0, max: 0.99, noNaN: true }),
  type: fc.constantFrom('flat' as const, 'progressive' as const),
});
const anyClient = fc
  .record({
    most: fc.integer({ min: 1, max: 400 }),
    leastPart: fc.constantFrom(0, 0, 0.2, 0.5, 1),
    activePart: fc.double({ min: 0, max: 1.2, noNaN: true }),
    shares: fc.integer({ min: 1, max: 5000 }),
  })
  .map(({ most, leastPart, activePart, shares }) => ({
    shares,
    active: Math.floor(most * activePart),
    least: Math.floor(most * leastPart),
    most,
  }));
const anyClients = fc.array(anyClient, { minLength: 1, maxLength: 8 });

test('idle pages are charged 1/(1 - tax) times, active ones once (OSDI 2002, §5.2)', () => {
  expect(chargeOf(100, 300, flat(0.75))).toBe(100 + 4 * 200);
  expect(chargeOf(100, 300, flat(0))).toBe(300);
  // Two thirds of it are idle: two thirds of the rate.
  expect(chargeOf(100, 300, { rate: 0.75, type: 'progressive' })).toBe(100 + 200 / (1 - 0.5));
});

test('a client that uses more than it has pays no tax', () => {
  expect(chargeOf(300, 200, flat(0.75))).toBe(200);
  expect(priceOf(client({ active: 300 }), 200, flat(0.75))).toBe(0.5);
});

test('what an allocation is charged for and what a charge allocates are inverse', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 1e6 }),
      anyTax,
      (active, pages, tax) => {
        const back = allocationFor(active, chargeOf(active, pages, tax), tax);
        expect(Math.abs(back - pages)).toBeLessThan(1e-6 * pages);
      },
    ),
  );
});

test('two clients of equal shares differ by the tax times the difference of their active memory', () => {
  const [idle, busy] = divide([client({ active: 10 }), client({ active: 210 })], 360, flat(0.75));
  expect([idle, busy]).toEqual([(360 - 150) / 2, (360 + 150) / 2]);
});

// 344.4 MB for two VMs of 256 MB, active 9.8 and 200.3 MB: OSDI 2002, figure 7, in units of 0.1 MB.
test.each([
  [0, 1722, 1722],
  [0.75, 1008, 2436],
])('the idle tax of figure 7 at rate %f', (rate, first, second) => {
  const vms = [client({ active: 98, most: 2560 }), client({ active: 2003, most: 2560 })];
  const fair = divide(vms, 3444, flat(rate));
  expect(Math.abs(fair[0]! - first)).toBeLessThanOrEqual(1);
  expect(Math.abs(fair[1]! - second)).toBeLessThanOrEqual(1);
});

test('who is at a bound gets the bound, the others share the rest', () => {
  const clients = [client({ most: 50 }), client({ least: 150 }), client({}), client({})];
  expect(divide(clients, 400, flat(0))).toEqual([50, 150, 100, 100]);
});

test('a client without shares gets its least and no more', () => {
  expect(divide([client({ shares: 0, least: 20 }), client({})], 200, flat(0.75))).toEqual([20, 180]);
});

test('dividing gives each client what its bounds allow, and all that is available to somebody', () => {
  fc.assert(
    fc.property(anyClients, fc.integer({ min: 0, max: 3000 }), anyTax, (clients, available, tax) => {
      for (const parts of [divide(clients, available, tax), divideBySteps(clients, available, tax, 7)]) {
        parts.forEach((part, i) => {
          expect(part).toBeGreaterThanOrEqual(clients[i]!.least);
          expect(part).toBeLessThanOrEqual(clients[i]!.most);
        });
        const least = sum(clients.map((one) => one.least));
        const most = sum(clients.map((one) => one.most));
        expect(sum(parts)).toBe(Math.min(most, Math.max(least, available)));
      }
    }),
  );
});

/** Min-funding revocation as it is told: page by page from whoever pays the lowest price. */
function revoke(clients: readonly Client[], available: number, tax: IdleTax): readonly number[] {
  const allocated = clients.map((one) => one.most);
  while (sum(allocated) > available) {
    let poorest = -1;
    let lowest = Infinity;
    clients.forEach((one, i) => {
      const price = priceOf(one, allocated[i]!, tax);
      if (allocated[i]! > one.least && price < lowest) {
        poorest = i;
        lowest = price;
      }
    });
    if (poorest < 0) break;
    allocated[poorest]!--;
  }
  return allocated;
}

test('dividing ends where page-by-page min-funding revocation ends', () => {
  fc.assert(
    fc.property(anyClients, fc.integer({ min: 0, max: 2000 }), anyTax, (clients, available, tax) => {
      const slow = revoke(clients, available, tax);
      const fast = divide(clients, available, tax);
      // Whole pages: one price for all is met to a page of each client.
      fast.forEach((part, i) => expect(Math.abs(part - slow[i]!)).toBeLessThanOrEqual(clients.length));
      expect(divideBySteps(clients, available, tax, 1)).toEqual(slow);
    }),
    { numRuns: 150 },
  );
});

test('steps end within a chunk of each client of where dividing ends', () => {
  fc.assert(
    fc.property(anyClients, fc.integer({ min: 0, max: 2000 }), anyTax, (clients, available, tax) => {
      const chunk = 16;
      const steps = divideBySteps(clients, available, tax, chunk);
      divide(clients, available, tax).forEach((part, i) =>
        expect(Math.abs(part - steps[i]!)).toBeLessThanOrEqual(chunk * clients.length),
      );
    }),
  );
});
