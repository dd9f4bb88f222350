import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { VmId } from '@overbook/core';
import { KIND_BALLOONED, toGfn, toPages } from '@overbook/core';

import { rig } from '../test/rig.ts';

const SIZES = [600, 1000] as const;
const RESERVATIONS = [0, 700] as const;

type Step =
  | {
      readonly do: 'order' | 'relax' | 'use' | 'cache' | 'end' | 'swap';
      readonly vm: number;
      readonly count: number;
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'driver' | 'stuck' | 'tells' | 'reset'; readonly vm: number };

const vm = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('order', 'relax', 'use', 'cache', 'end', 'swap'),
      vm,
      count: fc.integer({ min: 0, max: 600 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 4000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('driver', 'stuck', 'tells', 'reset'), vm }) },
);

test('whatever guests and host do, books agree with the guests, and no guest is asked for what it cannot give', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.boolean(), (steps, deflateOnOom) => {
      const { host, guests, order, relax, touch, ballooned, pending, counters } = rig({
        vms: SIZES.map((size, i) => ({
          name: `g${i}`,
          size: toPages(size),
          reservation: toPages(RESERVATIONS[i]!),
        })),
        memory: 4000,
        options: {
          maxPercent: 50,
          safePercent: 80,
          fastRate: 300,
          slowRateMin: 20,
          slowRateMax: 80,
          deflateOnOom,
        },
      });
      const orderedSince = [0, 0];
      for (const now of steps) {
        if (now.do === 'wait') host.advance(now.ms);
        else {
          const guest = guests[now.vm]!;
          if (now.do === 'driver') guest.hasDriver = !guest.hasDriver;
          if (now.do === 'stuck') guest.stuck = !guest.stuck;
          if (now.do === 'tells') guest.tells = guest.tells === undefined ? ['free', 'available'] : undefined;
          if (now.do === 'swap') guest.swapped += now.count;
          if (now.do === 'use') for (const page of guest.move('free', 'used', now.count)) touch(page, now.vm);
          if (now.do === 'cache')
            for (const page of guest.move('free', 'cache', now.count)) touch(page, now.vm);
          if (now.do === 'end') guest.move('used', 'free', now.count);
          // The guest starts anew and uses what it gave: its driver knows of no balloon any more.
          if (now.do === 'reset') for (const page of guest.move('balloon', 'used', 50)) touch(page, now.vm);
          if (now.do === 'relax') {
            const before = pending(now.vm) + ballooned(now.vm);
            expect(relax(now.count, now.vm)).toBeLessThanOrEqual(Math.max(before, now.count));
          }
          if (now.do === 'order') {
            const before = pending(now.vm);
            const { ordered, refused, freed } = order(now.count, now.vm);
            orderedSince[now.vm]! += ordered;
            expect(freed).toBe(0);
            expect(ordered + refused.reduce((sum, one) => sum + one.pages, 0)).toBe(now.count);
            expect(pending(now.vm)).toBeGreaterThanOrEqual(Math.min(before, ordered));
          }
        }
        SIZES.forEach((size, i) => {
          const guest = guests[i]!;
          // Every page that the guest counts as given is ballooned, and no other.
          for (let page = 0; page < size; page++) {
            const given = host.memory.kind(i as VmId, toGfn(page)) === KIND_BALLOONED;
            if (given !== (guest.use(page) === 'balloon'))
              throw new Error(`guest ${i} and host disagree about page ${page}`);
          }
          expect(ballooned(i)).toBeLessThanOrEqual(size / 2);
          expect(size - ballooned(i)).toBeGreaterThanOrEqual(RESERVATIONS[i]!);
          expect(pending(i)).toBeLessThanOrEqual(orderedSince[i]! + counters()['popped']!);
        });
        const { target, ballooned: given, inflated, deflated, popped } = counters();
        expect(pending(0) + pending(1)).toBeGreaterThanOrEqual(target! - given!);
        expect(inflated! - deflated! - popped!).toBe(given);
        host.verify();
      }
      for (const guest of guests) {
        for (const { count, available, held } of guest.asked) {
          expect(count).toBeLessThanOrEqual(300);
          if (guest.tells !== undefined && !steps.some((one) => one.do === 'tells')) {
            expect(held + count).toBeLessThanOrEqual((held + available) * 0.8);
          }
        }
      }
      host.dispose();
      expect(host.clock.nextDueNs()).toBe(Infinity);
    }),
    { seed: 0x0b00c, numRuns: 50 },
  );
}, 60_000);

test('an order is never larger than what is pending afterwards', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 20 }), (orders) => {
      const { order, pending, host } = rig({});
      let promised = 0;
      for (const count of orders) promised += order(count).ordered;
      expect(pending()).toBe(promised);
      expect(promised).toBe(
        Math.min(
          6500,
          orders.reduce((sum, count) => sum + count, 0),
        ),
      );
      host.dispose();
    }),
    { seed: 0x0b00c },
  );
});
