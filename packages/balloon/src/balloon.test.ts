import { toGfn, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { modelGuests } from '../test/model-guests.ts';
import { rig } from '../test/rig.ts';
import { balloon } from './index.ts';

describe('an order', () => {
  test('is a promise: nothing is freed at once, and what is to come is pending', () => {
    const { order, pending, ballooned } = rig({});
    expect(order(1000)).toMatchObject({ freed: 0, ordered: 1000, refused: [] });
    expect(ballooned()).toBe(0);
    expect(pending()).toBe(1000);
  });

  test('is carried out at the next poll of the driver, and the frames behind the pages are free then', () => {
    const { order, pending, ballooned, host, touch } = rig({});
    for (let page = 0; page < 1500; page++) touch(page);
    const free = host.pool.free;
    order(1000);
    host.advance(999);
    expect(ballooned()).toBe(0);
    host.advance(1);
    expect(ballooned()).toBe(1000);
    expect(pending()).toBe(0);
    expect(host.pool.free).toBe(free + 1000);
    expect(host.credits().now['balloon']).toBe(1000);
    host.verify();
  });

  test('is not given on behalf of an access that waits: a driver is too slow', () => {
    const { order, pending } = rig({});
    expect(order(100, 0, true)).toMatchObject({ ordered: 0, refused: [{ pages: 100, why: 'too slow' }] });
    expect(pending()).toBe(0);
  });

  test('is refused where no driver runs', () => {
    const { order, guests } = rig({});
    guests[0]!.hasDriver = false;
    expect(order(100)).toMatchObject({ ordered: 0, refused: [{ pages: 100, why: 'no driver' }] });
  });

  test('ends at the maximum share of the guest', () => {
    const { order, host, ballooned } = rig({ options: { safePercent: 100 } });
    expect(order(9000)).toMatchObject({ ordered: 6500, refused: [{ pages: 2500, why: 'at maximum' }] });
    host.advance(1000);
    expect(ballooned()).toBe(6500);
    expect(order(1)).toMatchObject({ ordered: 0, refused: [{ pages: 1, why: 'at maximum' }] });
  });

  test('leaves the VM its reservation', () => {
    const { order, host } = rig({ vms: [{ name: 'a', size: toPages(10_000), reservation: toPages(7000) }] });
    expect(order(5000)).toMatchObject({ ordered: 3000, refused: [{ pages: 2000, why: 'at reservation' }] });
    host.advance(5000);
    host.verify();
  });

  test('asks for no more than the safe part of what the guest has, however often it is given', () => {
    const { order, host, guests, ballooned } = rig({});
    guests[0]!.move('free', 'used', 9000);
    expect(order(2000)).toMatchObject({
      ordered: 800,
      refused: [{ pages: 1200, why: 'guest has nothing to give' }],
    });
    for (let i = 0; i < 10; i++) {
      host.advance(1000);
      order(2000);
    }
    expect(ballooned()).toBe(800);
    expect(guests[0]!.count('free')).toBe(200);
  });

  test('counts the page cache as something to give when the guest says it can go', () => {
    const { order, guests } = rig({});
    guests[0]!.move('free', 'used', 9000);
    guests[0]!.move('free', 'cache', 900);
    expect(order(2000).ordered).toBe(800);
    guests[0]!.tells = ['free'];
    expect(order(2000).ordered).toBe(0);
  });

  test('takes a small fixed part of a guest that tells nothing', () => {
    const { order, guests, host, ballooned } = rig({});
    guests[0]!.tells = undefined;
    expect(order(3000)).toMatchObject({
      ordered: 1000,
      refused: [{ pages: 2000, why: 'guest tells nothing' }],
    });
    host.advance(1000);
    expect(ballooned()).toBe(1000);
  });

  test('shrinks when the guest gets short of memory before all pages came', () => {
    const { order, host, guests, pending, ballooned } = rig({ options: { fastRate: 1000 } });
    order(5000);
    host.advance(2000);
    expect(ballooned()).toBe(2000);
    guests[0]!.move('free', 'used', 7500);
    host.advance(1000);
    expect(ballooned()).toBe(2000);
    expect(pending()).toBe(0);
    expect(guests[0]!.count('free')).toBe(500);
  });
});

describe('a driver', () => {
  test('that gives nothing leaves its order pending, and the reclaimer notices', () => {
    const vms = [{ name: 'a', size: toPages(10_000) }];
    const { host, guests, pending, decisions, order, touch } = rig({ vms, memory: 10_300, patienceMs: 3000 });
    guests[0]!.stuck = true;
    guests[0]!.tells = ['free', 'available'];
    for (let page = 0; page < 10_000; page++) touch(page);
    host.advance(8000);
    expect(pending()).toBeGreaterThan(0);
    expect(decisions.some((decision) => decision.kind === 'stuck' && decision.strategy === 'balloon')).toBe(
      true,
    );
    // Nor does it promise more to whoever asks.
    expect(order(100)).toMatchObject({ ordered: 0, refused: [{ why: 'guest has nothing to give' }] });
  });

  test('that comes late finds its target waiting', () => {
    const { order, host, guests, ballooned, pending } = rig({});
    order(500);
    guests[0]!.hasDriver = false;
    host.advance(10_000);
    expect(ballooned()).toBe(0);
    expect(pending()).toBe(500);
    guests[0]!.hasDriver = true;
    host.advance(1000);
    expect(ballooned()).toBe(500);
  });

  test('that gives a page twice fails the run by the name of the strategy', () => {
    const { order, host, guests } = rig({});
    order(10);
    guests[0]!.inflate = (count, into) => {
      into.fill(3, 0, count);
      return count;
    };
    expect(() => host.advance(1000)).toThrow(/balloon failed: VM a: its driver gave page 3/);
  });
});

describe('giving back', () => {
  test('drops what did not come yet, then takes pages out of the balloon at the driver’s pace', () => {
    const { order, relax, host, ballooned, guests } = rig({ options: { freeRateMax: 600 } });
    order(1000);
    host.advance(1000);
    order(200);
    expect(relax(900)).toBe(900);
    host.advance(1000);
    expect(ballooned()).toBe(400);
    host.advance(1000);
    expect(ballooned()).toBe(300);
    expect(guests[0]!.count('balloon')).toBe(300);
    expect(relax(5000)).toBe(300);
    host.advance(1000);
    expect(ballooned()).toBe(0);
    host.verify();
  });

  test('promises nothing where no driver runs', () => {
    const { order, relax, host, guests } = rig({});
    order(1000);
    host.advance(1000);
    guests[0]!.hasDriver = false;
    expect(relax(500)).toBe(0);
  });

  test('a page that comes back reads as zero when it is touched, like one never used', () => {
    const { order, relax, host, count, touch } = rig({});
    touch(0);
    order(1000);
    host.advance(1000);
    relax(1000);
    host.advance(1000);
    expect(count('untouched')).toBe(10_000);
    touch(0);
    expect(count('mapped')).toBe(1);
  });

  test('happens by itself when memory is plentiful and the VM deserves more', () => {
    const { guests, drivers } = modelGuests([10_000]);
    const host = composeHost({
      memory: toPages(30_000),
      vms: [{ name: 'a', size: toPages(10_000) }],
      store: 'keys',
      strategies: [balloon],
      edges: { guests: drivers },
    });
    host.reclaimer.direct('balloon', toVmId(0), toPages(0), 'high', host.clock.now());
    expect(guests[0]!.count('balloon')).toBe(0);
    for (let page = 0; page < 2000; page++)
      host.memory.access(toVmId(0), toGfn(page), true, host.clock.now());
    host.reclaimer.direct('balloon', toVmId(0), toPages(500), 'high', host.clock.now());
    host.advance(2000);
    expect(guests[0]!.count('balloon')).toBe(1500);
    host.advance(30_000);
    expect(guests[0]!.count('balloon')).toBe(0);
    host.verify();
    host.dispose();
  });
});

describe('a guest that needs its memory itself', () => {
  const grown = (options: object) => {
    const bench = rig({ options });
    bench.order(5000);
    bench.host.advance(1000);
    expect(bench.ballooned()).toBe(5000);
    return bench;
  };

  test('gets pages back until the balloon is again a safe part of what it could give', () => {
    const { ballooned, guests, host, pending, order } = grown({});
    guests[0]!.move('free', 'used', 4500);
    host.advance(1000);
    // It could give 5000 + 500: 80 % of that is what the balloon may hold.
    expect(ballooned()).toBe(4400);
    expect(guests[0]!.count('free')).toBe(1100);
    expect(pending()).toBe(0);
    expect(order(100)).toMatchObject({ ordered: 0, refused: [{ why: 'guest has nothing to give' }] });
    host.advance(5000);
    expect(ballooned()).toBe(4400);
  });

  test('gets a whole poll’s worth at once when it has nothing left', () => {
    const { ballooned, guests, host, counters } = grown({ freeRateMax: 3000 });
    guests[0]!.move('free', 'used', 5000);
    host.advance(1000);
    expect(ballooned()).toBe(2000);
    expect(counters()['oomPolls']).toBe(1);
    host.advance(5000);
    expect(ballooned()).toBe(2000);
  });

  test('gets the unsafe part only, where deflateOnOom is off', () => {
    const { ballooned, guests, host, counters } = grown({ freeRateMax: 3000, deflateOnOom: false });
    guests[0]!.move('free', 'used', 5000);
    host.advance(1000);
    expect(ballooned()).toBe(4000);
    expect(counters()['oomPolls']).toBe(0);
  });

  test('is not taken to be short of memory when it stops telling', () => {
    const { ballooned, guests, host, counters } = grown({});
    guests[0]!.tells = undefined;
    host.advance(5000);
    expect(ballooned()).toBe(5000);
    expect(counters()['oomPolls']).toBe(0);
  });
});

test('the books follow a guest that touches pages of its balloon, as one does after a reset', () => {
  const { order, host, touch, pending, counters, ballooned } = rig({});
  order(1000);
  host.advance(1000);
  for (let page = 0; page < 10; page++) touch(page);
  expect(pending()).toBe(10);
  expect(counters()).toMatchObject({ popped: 10, ballooned: 990, target: 1000 });
  host.verify();
  host.advance(1000);
  expect(ballooned()).toBe(1000);
  host.verify();
});

test('two guests are asked each for its own', () => {
  const vms = [
    { name: 'a', size: toPages(4000) },
    { name: 'b', size: toPages(8000) },
  ];
  const { order, host, ballooned, guests } = rig({ vms });
  guests[0]!.hasDriver = false;
  order(100, 0);
  order(200, 1);
  host.advance(1000);
  expect([ballooned(0), ballooned(1)]).toEqual([0, 200]);
});

test('nothing is left on the clock after disposal', () => {
  const { host, order, ballooned } = rig({});
  order(100);
  host.dispose();
  expect(host.clock.nextDueNs()).toBe(Infinity);
  host.clock.advanceTo(1e12);
  expect(ballooned()).toBe(0);
});

test('a policy may lower the maximum, and the balloon deflates to it', () => {
  const { order, host, strategy, ballooned } = rig({});
  order(5000);
  host.advance(1000);
  strategy.tune!({ maxPercent: 40 });
  host.advance(1000);
  expect(ballooned()).toBe(4000);
  const { tunable } = host.strategies[0]!;
  expect(tunable!.safeParse({ maxPercent: 40 })).toEqual({ success: true, data: { maxPercent: 40 } });
  expect(tunable!.safeParse({ pollMs: 5 }).success).toBe(false);
  expect(tunable!.safeParse({ maxPercent: 100 }).success).toBe(false);
});

test("target and maximum are published as esxtop's MCTLTGT and MCTLMAX", () => {
  const { order, host } = rig({ vms: [{ name: 'a', size: toPages(10_000), reservation: toPages(4000) }] });
  order(1000);
  const { published } = host.counters().vms[0]!;
  // 65 % of the size, or what the reservation leaves (Mem.CtlMaxPercent).
  expect(published).toMatchObject({ balloonTarget: 1000, balloonMax: 6000 });
  const unreserved = rig({}).host.counters().vms[0]!;
  expect(unreserved.published).toMatchObject({ balloonTarget: 0, balloonMax: 6500 });
});

test('a reservation that is raised above what the balloon leaves is met by deflating', () => {
  const { order, host, ballooned } = rig({ options: { freeRateMax: 2000 } });
  order(4000);
  host.advance(10_000);
  expect(ballooned()).toBe(4000);
  host.change('a', { reservation: toPages(9000) });
  host.verify();
  host.advance(4_000);
  expect(ballooned()).toBe(1000);
  host.verify();
});

test('a host without guests refuses the mix by the name GUESTS', () => {
  const compose = (): unknown =>
    composeHost({ memory: toPages(1000), vms: [{ name: 'a', size: toPages(100) }], strategies: [balloon] });
  expect(compose).toThrow(/GUESTS/);
});

describe('the maximum', () => {
  test('may be half of the VM, as in ESX 2, or a number for one VM (sched.mem.maxmemctl)', () => {
    const vms = [
      { name: 'a', size: toPages(10_000) },
      { name: 'b', size: toPages(10_000) },
    ];
    const { order, host, ballooned } = rig({ vms, options: { maxPercent: 50, maxMiB: { b: 4 } } });
    expect(order(9000, 0)).toMatchObject({ ordered: 5000, refused: [{ pages: 4000, why: 'at maximum' }] });
    expect(order(9000, 1)).toMatchObject({ ordered: 1024, refused: [{ pages: 7976, why: 'at maximum' }] });
    host.advance(5000);
    expect([ballooned(0), ballooned(1)]).toEqual([5000, 1024]);
    expect(host.counters().vms.map(({ published }) => published['balloonMax'])).toEqual([5000, 1024]);
  });

  test('may be reached in part only, as seen in the field: 63.66 % of 65 %', () => {
    const { order, host, ballooned } = rig({ options: { plateauPercent: 97.94 } });
    expect(order(9000).ordered).toBe(6366);
    host.advance(5000);
    expect(ballooned()).toBe(6366);
    expect(host.counters().vms[0]!.published['balloonMax']).toBe(6500);
  });

  test('of a VM that is not there is refused', () => {
    expect(() => rig({ options: { maxMiB: { web: 10 } } })).toThrow(/maxMiB: there is no VM 'web'/);
  });
});

describe('driver 1.5', () => {
  const options = { driver: '1.5', safePercent: 100, maxPercent: 99 } as const;

  test('is told of its target at once, and takes all it gets without a rate', () => {
    const { order, host, ballooned } = rig({ vms: [{ name: 'a', size: toPages(30_000) }], options });
    order(25_000);
    host.advance(1);
    // Driver 1.2 would have taken nothing before its poll, and 16,384 pages then.
    expect(ballooned()).toBe(25_000);
  });

  test('stops when the guest finds no more, and goes on at its next poll', () => {
    const { order, host, guests, ballooned, counters } = rig({ options });
    guests[0]!.move('free', 'used', 9000);
    guests[0]!.overstated = 5000;
    order(4000);
    host.advance(1);
    expect(ballooned()).toBe(1000);
    expect(counters()['shortPolls']).toBe(1);
    guests[0]!.move('used', 'free', 500);
    host.advance(1000);
    expect(ballooned()).toBe(1500);
  });

  test('keeps less than 2 MiB too many, unless all is to go back', () => {
    const { order, relax, host, ballooned } = rig({ options });
    order(5000);
    host.advance(1);
    relax(511);
    host.advance(5000);
    expect(ballooned()).toBe(5000);
    relax(1);
    host.advance(1);
    expect(ballooned()).toBe(4488);
    relax(4400);
    host.advance(1);
    expect(ballooned()).toBe(88);
    relax(88);
    host.advance(1);
    expect(ballooned()).toBe(0);
    host.verify();
  });

  test('leaves no timer behind', () => {
    const { order, host } = rig({ options });
    order(100);
    host.dispose();
    expect(host.clock.nextDueNs()).toBe(Infinity);
  });
});
