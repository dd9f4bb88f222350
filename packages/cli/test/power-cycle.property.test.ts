/** A VM that was switched off and on is a new one: the host remembers nothing of its life before. */
import { balloon, freePageReporting } from '@overbook/balloon';
import { compression, zram, zswap } from '@overbook/compression';
import type { GuestDrivers, AnyStrategyPlugin, Host } from '@overbook/core/host';
import { SWAP_DEVICE, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import { bind, composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const SIZE = 1200;
const VM = toVmId(0);
/** When the second life begins: a whole number of all periods. */
const SECOND_LIFE_MS = 30_000;

// No draw of chance: what the first life drew would show in the second.
const SWAP = { plugin: hostswap as AnyStrategyPlugin, options: { victims: 'clock' } };
const ESX = { mode: 'esx', salting: 0, order: 'sequential', pagesPerSecond: 2000 };
const BALLOON = { plugin: balloon as AnyStrategyPlugin, options: {} };
const MIXES = {
  hostswap: [SWAP],
  balloon: [BALLOON, SWAP],
  'free page reporting': [{ plugin: freePageReporting as AnyStrategyPlugin, options: { order: 0 } }, SWAP],
  compression: [{ plugin: compression as AnyStrategyPlugin, options: {} }, SWAP],
  zswap: [{ plugin: zswap as AnyStrategyPlugin, options: { maxPoolPercent: 2 } }, SWAP],
  zram: [{ plugin: zram as AnyStrategyPlugin, options: { disksizePercent: 5 } }, SWAP],
  'tps like ESX': [{ plugin: tps as AnyStrategyPlugin, options: ESX }, SWAP],
  // Each batch is a whole scan, so that every scan begins at page 0.
  ksm: [
    {
      plugin: tps as AnyStrategyPlugin,
      options: { mode: 'ksm', pages_to_scan: 10_000, sleep_millisecs: 500 },
    },
    SWAP,
  ],
};

/** A guest that gives its lowest pages to the balloon and reports its highest hundred as free. */
function guestOf(): GuestDrivers {
  const held = new Set<number>();
  let told = false;
  return {
    hasDriver: () => true,
    statistics: () => ({ free: toPages(100), available: toPages(SIZE - held.size) }),
    inflate: (_vm, count, into) => {
      let given = 0;
      for (let page = 0; page < SIZE && given < count; page++) {
        if (held.has(page)) continue;
        held.add(page);
        into[given++] = page;
      }
      return given;
    },
    deflate: (_vm, count, into) => {
      const back = [...held].slice(0, count);
      back.forEach((page, i) => {
        held.delete(page);
        into[i] = page;
      });
      return back.length;
    },
    reportFree: (_vm, count, into) => {
      if (told) return 0;
      told = true;
      const most = Math.min(count, 100);
      for (let i = 0; i < most; i++) into[i] = SIZE - 1 - i;
      return most;
    },
  };
}

interface Step {
  readonly from: number;
  readonly count: number;
  readonly contents: number;
  readonly waitMs: number;
  readonly order: number;
}

function hostOf(mix: keyof typeof MIXES, largePages: 'on' | 'off', poweredOn: boolean) {
  let guest = guestOf();
  const guests: GuestDrivers = {
    hasDriver: (vm) => guest.hasDriver(vm),
    statistics: (vm) => guest.statistics(vm),
    inflate: (vm, count, into, owner) => guest.inflate(vm, count, into, owner),
    deflate: (vm, count, into, owner) => guest.deflate(vm, count, into, owner),
    reportFree: (vm, count, into, order) => guest.reportFree(vm, count, into, order),
  };
  const host = composeHost({
    memory: toPages(4096),
    reserve: toPages(16),
    seed: 1,
    vms: [{ name: 'a', size: toPages(SIZE), limit: toPages(900), poweredOn }],
    strategies: MIXES[mix],
    largePages,
    sampling: { pages: SIZE, time: 'host' },
    paces: { sample: 2000 },
    edges: { guests },
    // The device models draw their latencies.
    bindings: [
      bind(SWAP_DEVICE, () => ({ name: 'even', read: (at) => toNs(at + 100_000), write: (at) => at })),
    ],
  });
  return { host, newGuest: () => void (guest = guestOf()) };
}

/** What the VM lives through, and what can be seen of it at each step. */
function live(host: Host, steps: readonly Step[]): unknown[] {
  const base = host.memory.large?.counts(VM);
  return steps.map(({ from, count, contents, waitMs, order }) => {
    if (order > 0) {
      const at = host.clock.now();
      host.reclaimer.reclaimFrom({ vm: VM, pages: toPages(order) }, 'soft', at);
    }
    for (let page = from; page < Math.min(SIZE, from + count); page++)
      host.vm('a').write(page, `content ${page % contents}`);
    host.advance(waitMs);
    const kinds = Array.from({ length: SIZE }, (_, page) => host.memory.kind(VM, toGfn(page)));
    const { activity } = host.counters().vms[0]!;
    const own = host.strategies.map(({ strategy }) => strategy.vmCounters?.(VM));
    const large = (host.memory.large?.counts(VM).filled ?? 0) - (base?.filled ?? 0);
    return { now: host.clock.now(), free: host.pool.free, kinds: kinds.join(''), activity, own, large };
  });
}

const step = fc.record({
  from: fc.integer({ min: 0, max: SIZE - 1 }),
  count: fc.integer({ min: 0, max: SIZE }),
  contents: fc.constantFrom(5, 300, SIZE),
  waitMs: fc.constantFrom(0, 100, 1000, 3000),
  order: fc.constantFrom(0, 0, 200, 700),
});
const life = fc.array(step, { minLength: 1, maxLength: 3 });
const largePages = fc.constantFrom('on', 'off');

test.each(Object.keys(MIXES) as (keyof typeof MIXES)[])('a second life is like a first one (%s)', (mix) => {
  fc.assert(
    fc.property(life, life, largePages, (first, second, large) => {
      const cycled = hostOf(mix, large, true);
      live(cycled.host, first);
      cycled.host.powerOff('a');
      cycled.host.verify();
      cycled.newGuest();
      const fresh = hostOf(mix, large, false);
      const seen = [cycled, fresh].map(({ host }) => {
        host.advance(SECOND_LIFE_MS - host.clock.now() / 1e6);
        expect(host.powerOn('a')).toBeUndefined();
        const states = live(host, second);
        host.verify();
        host.dispose();
        return states;
      });
      expect(seen[0]).toEqual(seen[1]);
    }),
    { numRuns: 10 },
  );
});

test('pages that go back because their VM is switched off are no pops', () => {
  const { host } = hostOf('balloon', 'off', true);
  live(host, [{ from: 0, count: SIZE, contents: SIZE, waitMs: 5000, order: 700 }]);
  expect(host.counters().vms[0]!.ballooned).toBeGreaterThan(0);
  host.powerOff('a');
  host.advance(2000);
  expect(host.strategyCounters()['balloon']).toMatchObject({ popped: 0, target: 0, ballooned: 0 });
  host.dispose();
});
