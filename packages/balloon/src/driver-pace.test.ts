import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toPages, toVmId } from '@overbook/core';

import { rig } from '../test/rig.ts';
import { DriverPace } from './driver-pace.ts';

const published = {
  pollMs: 1000,
  fastRate: 16_384,
  slowRateMin: 512,
  slowRateMax: 2048,
  rateStep: 16,
  slowCycles: 4,
  freeRateMin: 512,
  freeRateMax: 16_384,
};

/** The published rates at a sixteenth, so that guests may be small. */
const scaled = { fastRate: 1024, slowRateMin: 32, slowRateMax: 128, rateStep: 1, slowCycles: 4 };

/**
 * vmballoon_inflate of vmw_balloon.c 1.2.1.x, written out page by page: the plain model. A guest with `free` pages
 * on its lists and `idle` pages that it finds only by looking (sleeping).
 */
class DriverInC {
  rate = scaled.slowRateMax;
  slowCycles = 0;
  free: number;
  idle = 0;
  failures = 0;

  constructor(free: number) {
    this.free = free;
  }

  /** One cycle. @returns pages allocated */
  work(missing: number): number {
    if (this.slowCycles > 0) this.slowCycles--;
    let canSleep = this.slowCycles > 0;
    let rate = canSleep ? this.rate : scaled.fastRate;
    let done = 0;
    let failed = false;
    while (done < missing) {
      if (this.free > 0) this.free--;
      else if (!canSleep) {
        this.slowCycles = scaled.slowCycles;
        if (done >= this.rate) break;
        canSleep = true;
        rate = this.rate;
        continue;
      } else if (this.idle > 0) this.idle--;
      else {
        this.rate = Math.max(Math.floor(this.rate / 2), scaled.slowRateMin);
        this.failures++;
        failed = true;
        break;
      }
      if (++done >= rate) break;
    }
    if (!failed && done >= this.rate) {
      this.rate = Math.min(this.rate + Math.floor(done / this.rate) * scaled.rateStep, scaled.slowRateMax);
    }
    return done;
  }
}

test('a guest is asked for pages as fast as VMware’s Linux driver takes them, cycle by cycle', () => {
  const pagesUpTo = (max: number): fc.Arbitrary<number> =>
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max }));
  const cycle = fc.record({ freed: pagesUpTo(400), cached: pagesUpTo(250) });
  let failures = 0;
  fc.assert(
    fc.property(
      fc.array(cycle, { minLength: 1, maxLength: 20 }),
      pagesUpTo(4000),
      pagesUpTo(900),
      (cycles, free, overstated) => {
        const size = 16_000;
        const { order, host, guests, ballooned, counters } = rig({
          vms: [{ name: 'a', size: toPages(size) }],
          options: { maxPercent: 99, safePercent: 100, deflateOnOom: false, ...scaled },
        });
        const guest = guests[0]!;
        guest.move('free', 'used', size - free);
        guest.overstated = overstated;
        const driver = new DriverInC(free);
        for (const { freed, cached } of cycles) {
          driver.free += guest.move('used', 'free', freed).length;
          driver.idle += guest.move('used', 'cache', cached).length;
          order(size);
          const before = ballooned();
          const limit = Math.floor(size * 0.99);
          const target = Math.min(
            limit,
            counters()['target']!,
            before + driver.free + driver.idle + overstated,
          );
          host.advance(1000);
          expect(ballooned() - before).toBe(driver.work(target - before));
        }
        failures += driver.failures;
        host.verify();
        host.dispose();
      },
    ),
    { numRuns: 60 },
  );
  expect(failures).toBeGreaterThan(20);
}, 60_000);

test('a failure halves the rates down to the least, full cycles bring them up again by steps', () => {
  const pace = new DriverPace(published);
  const slow: number[] = [];
  for (let i = 0; i < 4; i++) {
    pace.refused();
    slow.push(pace.slowPages);
  }
  expect(slow).toEqual([1024, 512, 512, 512]);
  pace.inflated(511);
  expect(pace.slowPages).toBe(512);
  pace.inflated(512);
  expect(pace.slowPages).toBe(528);
  pace.inflated(16_384);
  expect(pace.slowPages).toBe(528 + 31 * 16);
  for (let i = 0; i < 200; i++) pace.inflated(pace.slowPages);
  expect(pace.slowPages).toBe(2048);
  for (let i = 0; i < 20; i++) pace.heldBack();
  expect(pace.freePages).toBe(512);
  pace.deflated();
  expect(pace.freePages).toBe(528);
});

test('free pages that ran out keep the driver slow for the polls that the options say', () => {
  const pace = new DriverPace(published);
  pace.ranOut();
  const slow: boolean[] = [];
  for (let i = 0; i < 5; i++) {
    pace.turn();
    slow.push(pace.slow);
  }
  expect(slow).toEqual([true, true, true, false, false]);
});

test('another poll period changes how often the driver looks, not how fast it works', () => {
  const inTenSeconds = [100, 250, 1000, 5000].map((pollMs) => {
    const { order, host, ballooned } = rig({
      vms: [{ name: 'a', size: toPages(10_000) }],
      options: { pollMs, fastRate: 200, slowRateMin: 10, slowRateMax: 100 },
    });
    order(6000);
    host.advance(10_000);
    return ballooned();
  });
  expect(inTenSeconds).toEqual([2000, 2000, 2000, 2000]);
});

test('pages go back no faster than the free rate', () => {
  const { order, relax, host, guests } = rig({ options: { freeRateMax: 700 } });
  order(5000);
  host.advance(1000);
  relax(5000);
  const held: number[] = [];
  for (let i = 0; i < 8; i++) {
    host.advance(1000);
    held.push(guests[toVmId(0)]!.count('balloon'));
  }
  expect(held).toEqual([4300, 3600, 2900, 2200, 1500, 800, 100, 0]);
});
