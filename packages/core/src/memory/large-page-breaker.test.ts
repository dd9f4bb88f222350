import { describe, expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import type { Host } from '../host/host.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import type { Strategy } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import type { Gfn, VmId } from '../units/page.ts';
import { NS_PER_SECOND, toGfn, mib, toNs, toPages, toVmId } from '../units/page.ts';
import { z } from 'zod';
import { BIT_IDLE } from '../pmap/pmap.ts';
import type { LargePageBreakerParts, LargePageRules } from './large-page-breaker.ts';
import { LargePageBreaker } from './large-page-breaker.ts';
import { settleHost } from '../settings/settle-host.ts';

const VM = toVmId(0);
const OTHER = toVmId(1);
const MANY = 1e9;
const RULES = settleHost({ memory: toPages(1) }).values.largePageRules;

/** Two VMs of 8 and 4 MiB, every region on a 2 MiB frame, and a breaker that only the test calls. */
function rig(rules: Partial<LargePageRules> = {}, listeners: LargePageBreakerParts['strategies'] = []) {
  const host = composeHost({
    memory: mib(20),
    vms: [
      { name: 'a', size: mib(8) },
      { name: 'b', size: mib(4) },
    ],
    strategies: [],
    store: 'keys',
    largePages: 'on',
    largePageRules: { formsPerSecond: 0 },
  });
  for (const [vm, regions] of [
    [VM, 4],
    [OTHER, 2],
  ] as const)
    for (let region = 0; region < regions; region++) touch(host, vm, region * 512);
  const { memory, pool } = host;
  const breaker = new LargePageBreaker({
    memory,
    pool,
    meter: host.metering.meter('core'),
    strategies: listeners,
    rules: { ...RULES, ...rules },
  });
  const large = (): string =>
    [VM, OTHER]
      .map((vm) =>
        Array.from({ length: vm === VM ? 4 : 2 }, (_, region) =>
          memory.isLarge(vm, toGfn(region * 512)) ? 'L' : 's',
        ).join(''),
      )
      .join(' ');
  return { host, memory, breaker, large };
}

function touch(host: Host, vm: VmId, page: number, write = true): number {
  return host.memory.access(vm, toGfn(page), write, host.clock.now());
}

function seconds(count: number) {
  return toNs(count * NS_PER_SECOND);
}

describe('a breaker of large pages', () => {
  test('keeps them, breaks all at once, or a stated number a second, VM by VM', () => {
    const kept = rig();
    kept.breaker.pass('keep', MANY, seconds(1));
    expect(kept.large()).toBe('LLLL LL');
    kept.breaker.pass('break-all', 0, seconds(2));
    expect(kept.large()).toBe('ssss ss');
    kept.host.verify();
    const slow = rig({ breaksPerSecond: 2 });
    slow.breaker.pass('break-all', 0, seconds(1));
    expect(slow.large()).toBe('ssLL LL');
    slow.breaker.pass('break-all', 0, seconds(1.6));
    expect(slow.large()).toBe('sssL LL');
    slow.breaker.pass('break-all', 0, seconds(100));
    expect(slow.large()).toBe('ssss sL');
  });

  test('breaks those alone that nobody touched between two looks', () => {
    const { host, breaker, large } = rig({ coldPeriod: 1000 });
    breaker.pass('break-cold', 0, seconds(1));
    expect(large()).toBe('LLLL LL');
    touch(host, VM, 700, false);
    touch(host, OTHER, 3);
    breaker.pass('break-cold', 0, seconds(2));
    expect(large()).toBe('sLss Ls');
    // What was touched once is as cold as the others a period later.
    touch(host, VM, 1023, false);
    breaker.pass('break-cold', 0, seconds(3));
    expect(large()).toBe('sLss ss');
    breaker.pass('break-cold', 0, seconds(4));
    expect(large()).toBe('ssss ss');
  });

  test('breaks cold ones while memory is plentiful too, if it is told to, and forms none then', () => {
    const { host, breaker, large } = rig({ coldPeriod: 1000, coldAlways: true, formsPerSecond: 100 });
    breaker.pass('keep', 0, seconds(1));
    touch(host, VM, 700, false);
    breaker.pass('keep', 0, seconds(2));
    expect(large()).toBe('sLss ss');
    breaker.pass('keep', 0, seconds(3));
    expect(large()).toBe('ssss ss');
  });

  test('looks at each region once a period, a part of them at each pass', () => {
    const { breaker, large } = rig({ coldPeriod: 6000 });
    // Six regions in six seconds: a look a second, the second one begins the round again.
    for (let second = 1; second <= 9; second++) breaker.pass('break-cold', 0, seconds(second));
    expect(large()).toBe('sssL LL');
  });

  test('lets no first touch bring a large page while all are broken', () => {
    const host = composeHost({
      memory: mib(20),
      vms: [{ name: 'a', size: mib(8) }],
      strategies: [],
      store: 'keys',
      largePages: 'on',
    });
    const { memory, pool } = host;
    const meter = host.metering.meter('core');
    const breaker = new LargePageBreaker({ memory, pool, meter, strategies: [], rules: RULES });
    breaker.pass('break-all', 0, seconds(1));
    touch(host, VM, 0);
    breaker.pass('keep', MANY, seconds(2));
    touch(host, VM, 512);
    expect([memory.isLarge(VM, toGfn(0)), memory.isLarge(VM, toGfn(512))]).toEqual([false, true]);
  });

  test('forms broken regions again at its rate while memory is plentiful, and not beyond', () => {
    const { host, breaker, large } = rig({ formsPerSecond: 2 });
    breaker.pass('break-all', 0, seconds(1));
    breaker.pass('keep', host.pool.free, seconds(2));
    expect(large()).toBe('ssss ss');
    breaker.pass('keep', 512, seconds(3));
    expect(large()).toBe('LLss ss');
    breaker.pass('keep', 512, seconds(60));
    expect(large()).toBe('LLLL ss');
    host.verify();
  });

  test('leaves regions small that have a page ballooned or never touched', () => {
    const { host, memory, breaker, large } = rig({ formsPerSecond: 100 });
    memory.balloon(VM, toGfn(5));
    memory.balloon(VM, toGfn(600));
    memory.unballoon(VM, toGfn(600));
    breaker.pass('keep', 0, seconds(10));
    expect(large()).toBe('ssLL LL');
    touch(host, VM, 600);
    breaker.pass('keep', 0, seconds(20));
    expect(large()).toBe('sLLL LL');
  });
});

/** Keeps pages in a kind without content: enough for pages that come back zeroed. */
function away(refuses: { now: boolean }) {
  return defineStrategy({
    id: 'away',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES, frames: FRAMES },
    kinds: ['away'],
    create: ({ table, frames }) => ({
      backings: {
        away: {
          fault: (vm, page, _payload, at) => {
            const frame = refuses.now ? -1 : frames.take(vm, at);
            if (frame < 0) return toNs(-1);
            table.install(vm, page, frame as never);
            return at;
          },
          release: () => undefined,
          peek: () => undefined,
          footprint: () => toPages(0),
        },
      },
    }),
  });
}

test('shared pages get copies and a few pages in slots are read back, as far as the rules go', () => {
  const refuses = { now: false };
  const host = composeHost({
    memory: mib(20),
    vms: [{ name: 'a', size: mib(6) }],
    strategies: [away(refuses)],
    store: 'keys',
    largePages: 'on',
  });
  const { memory, pool } = host;
  for (let region = 0; region < 3; region++) touch(host, VM, region * 512);
  const kind = host.kinds.names.indexOf('away');
  for (let page = 0; page < 10; page++) {
    memory.evict(VM, toGfn(page), kind, 0);
    memory.pmaps[VM]!.bits[page]! |= BIT_IDLE;
  }
  for (let page = 512; page < 523; page++) memory.evict(VM, toGfn(page), kind, 0);
  const keeper = memory.makeShared(VM, toGfn(1024));
  memory.merge(VM, toGfn(1025), keeper);
  const pass = (rules: Partial<LargePageRules>, second: number): string => {
    const breaker = new LargePageBreaker({
      memory,
      pool,
      meter: host.metering.meter('core'),
      strategies: [],
      rules: { ...RULES, formsPerSecond: 100, ...rules },
    });
    breaker.pass('keep', 0, seconds(second));
    return [0, 512, 1024].map((page) => (memory.isLarge(VM, toGfn(page)) ? 'L' : 's')).join('');
  };
  expect(pass({ maxSharedPages: 1, maxSwappedPages: 9 }, 1)).toBe('sss');
  refuses.now = true;
  expect(pass({}, 2)).toBe('ssL');
  refuses.now = false;
  expect(pass({}, 3)).toBe('LsL');
  // The guest touched none of them.
  const seen = memory.accessedBits();
  expect(memory.events[VM]!.faults[kind]).toBe(0);
  expect(host.counters().vms[0]).toMatchObject({ touched: { away: 0 }, waitNs: { away: 0 } });
  for (let page = 0; page < 10; page++) expect(seen.accessed(VM, toGfn(page))).toBe(false);
  for (let page = 0; page < 10; page++) expect(memory.pmaps[VM]!.bits[page]! & BIT_IDLE).toBe(BIT_IDLE);
  host.verify();
});

test('strategies hear of every broken region, between passes', () => {
  const heard: [VmId, Gfn][] = [];
  const strategy: Strategy = { largePageBroken: (vm, first) => void heard.push([vm, first]) };
  const { memory, breaker } = rig({}, [{ id: 'listener', strategy }]);
  memory.balloon(VM, toGfn(1030));
  expect(heard).toEqual([]);
  breaker.pass('keep', MANY, seconds(1));
  expect(heard).toEqual([[VM, 1024]]);
  breaker.pass('break-all', 0, seconds(2));
  expect(heard.slice(1)).toEqual([
    [VM, 0],
    [VM, 512],
    [VM, 1536],
    [OTHER, 0],
    [OTHER, 512],
  ]);
  breaker.pass('break-all', 0, seconds(3));
  expect(heard).toHaveLength(6);
});
