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
    { numRuns: 50 },
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
  );
});

/** A balloon reckoned in three numbers: what the guest has free, what the balloon holds, what it shall hold. */
class Reckoned {
  free: number;
  held = 0;
  target = 0;
  /** The last look asked for pages and got none. */
  #isDry = false;
  readonly #size: number;
  readonly #reservation: number;

  constructor(size: number, reservation: number) {
    this.#size = size;
    this.free = size;
    this.#reservation = reservation;
  }

  /** Most it may hold: 65 % of the VM, what the reservation leaves, four fifths of what the guest could give in all. */
  get most(): number {
    const safe = Math.floor((this.held + this.free) * 0.8);
    return Math.min(Math.floor(this.#size * 0.65), this.#size - this.#reservation, safe);
  }

  order(count: number): number {
    if (count === 0) return 0;
    const from = Math.max(this.target, this.held);
    const room = Math.max(0, this.most - from);
    if (this.#isDry && room > 0) return 0;
    this.target = from + Math.min(count, room);
    return Math.min(count, room);
  }

  relax(count: number): number {
    const given = Math.min(count, this.target);
    this.target -= given;
    return given;
  }

  /** The driver looks: it takes all it is to have, and gives back 2 MiB or more, or all. */
  look(): void {
    if (this.held > 0 && this.free === 0)
      this.target = Math.min(this.target, Math.max(0, this.held - 16_384));
    else this.target = Math.min(this.target, this.most);
    const missing = this.target - this.held;
    const moved =
      missing > 0 ? Math.min(missing, this.free) : -missing >= 512 || this.target === 0 ? missing : 0;
    this.#isDry = missing > 0 && moved === 0;
    this.held += moved;
    this.free -= moved;
  }
}

test('the balloon of driver 1.5 holds at each look what a plain reckoning says', () => {
  const move = fc.record({
    do: fc.constantFrom('order', 'order', 'relax', 'use', 'end', 'look'),
    count: fc.integer({ min: 0, max: 2500 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1000, 3500),
      fc.array(move, { minLength: 5, maxLength: 50 }),
      (reservation, moves) => {
        const size = 4000;
        const { host, guests, order, relax, ballooned, counters } = rig({
          vms: [{ name: 'a', size: toPages(size), reservation: toPages(reservation) }],
          options: { driver: '1.5' },
        });
        const [guest] = guests;
        const model = new Reckoned(size, reservation);
        for (const { do: what, count } of moves) {
          if (what === 'order') expect(order(count).ordered).toBe(model.order(count));
          if (what === 'relax') expect(relax(count)).toBe(model.relax(count));
          if (what === 'use') model.free -= guest!.move('free', 'used', count).length;
          if (what === 'end') model.free += guest!.move('used', 'free', count).length;
          // The doorbell has it looked at once after an order; else it looks every second.
          host.advance(what === 'look' ? 1000 : 0);
          if (what === 'look' || what === 'relax' || (what === 'order' && count > 0)) model.look();
          expect([ballooned(), counters()['target'], guest!.count('free')]).toEqual([
            model.held,
            model.target,
            model.free,
          ]);
        }
        host.dispose();
      },
    ),
    { numRuns: 150 },
  );
});
