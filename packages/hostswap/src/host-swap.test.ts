import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Host, HostConfig } from '@overbook/core/host';
import {
  BLOCKED,
  KIND_MAPPED,
  KIND_SHARED,
  KIND_UNTOUCHED,
  PAGES,
  PAGE_STORE,
  defineStrategy,
  toGfn,
  toNs,
  toPages,
  toVmId,
} from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { z } from 'zod';

import { HostCacheDevice } from './devices.ts';
import { hostswap } from './index.ts';
import { SwapSpace } from './swap-space.ts';

const VM = toVmId(0);

function flatHost(
  frames: number,
  size: number,
  victims: 'lru' | 'fifo' | 'clock' | 'random',
  more: Partial<HostConfig> = {},
  loadedBit: 'set' | 'clear' = 'set',
): Host {
  return composeHost({
    memory: toPages(frames),
    vms: [{ name: 'a', size: toPages(size) }],
    memoryStates: 'direct',
    store: 'keys',
    strategies: [{ plugin: hostswap, options: { victims, loadedBit } }],
    ...more,
  });
}

function touch(host: Host, page: number): boolean {
  const before = host.memory.events[VM]!;
  const faults = before.firstTouches + before.faults.reduce((sum, n) => sum + n, 0);
  host.memory.access(VM, toGfn(page), false, toNs(0));
  return before.firstTouches + before.faults.reduce((sum, n) => sum + n, 0) > faults;
}

/** Plain page replacement over lists, as a textbook has it. */
function model(frames: number, order: 'lru' | 'fifo' | 'clock', usedWhenLoaded = false) {
  let list: { page: number; referenced: boolean }[] = [];
  return (page: number): boolean => {
    const known = list.find((one) => one.page === page);
    if (known !== undefined) {
      known.referenced = true;
      if (order === 'lru') list = [...list.filter((one) => one !== known), known];
      return false;
    }
    if (list.length === frames) {
      while (order === 'clock' && list[0]!.referenced)
        list = [...list.slice(1), { page: list[0]!.page, referenced: false }];
      list = list.slice(1);
    }
    list = [...list, { page, referenced: usedWhenLoaded }];
    return true;
  };
}

test.each([
  ['lru', 'set'],
  ['fifo', 'set'],
  ['clock', 'set'],
  ['clock', 'clear'],
] as const)(
  '%s, with the use bit of a loaded page %s, misses exactly where plain page replacement misses',
  (order, loadedBit) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(11), { maxLength: 150 }),
        (frames, accesses) => {
          const host = flatHost(frames, 12, order, {}, loadedBit);
          const misses = model(frames, order, loadedBit === 'set');
          for (const page of accesses) expect(touch(host, page)).toBe(misses(page));
          host.verify();
        },
      ),
    );
  },
);

test.each([
  ['set', 3, 9],
  ['set', 4, 10],
  ['clear', 3, 10],
  ['clear', 4, 8],
] as const)("Belady's string with the loaded bit %s and %i frames: %i misses", (bit, frames, misses) => {
  const host = flatHost(frames, 6, 'clock', {}, bit);
  expect([1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5].filter((page) => touch(host, page))).toHaveLength(misses);
});

test('random victims depend on the seed alone', () => {
  const run = (seed: number): readonly boolean[] => {
    const host = flatHost(8, 64, 'random', { seed });
    return Array.from({ length: 500 }, (_, i) => touch(host, (i * 37) % 41));
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});

test('a swap file holds size − reservation pages; so much may leave and no more', () => {
  const host = composeHost({
    memory: toPages(20),
    reserve: toPages(1),
    store: 'keys',
    memoryStates: 'direct',
    strategies: [hostswap],
    vms: [
      { name: 'a', size: toPages(30), reservation: toPages(19) },
      { name: 'b', size: toPages(9), reservation: toPages(0) },
    ],
  });
  const answers = Array.from({ length: 30 }, (_, page) => host.memory.access(VM, toGfn(page), true, toNs(0)));
  expect(answers.filter((answer) => answer === BLOCKED)).toHaveLength(0);
  expect(host.strategyCounters()['hostswap']!['slotsUsed']).toBe(10);
  for (let page = 0; page < 9; page++) {
    expect(host.memory.access(toVmId(1), toGfn(page), true, toNs(0))).not.toBe(BLOCKED);
    expect(host.memory.count(VM, host.kinds.names.indexOf('swapped'))).toBeLessThanOrEqual(11);
  }
  host.verify();
});

test('a swap-in waits for the device, and further ones for their turn', () => {
  const device = {
    name: 'fixed',
    read: (at: number) => toNs(at + 100),
    write: (at: number) => toNs(at + 10),
  };
  const host = flatHost(1, 2, 'lru', { edges: { swapDevice: device } });
  host.memory.access(VM, toGfn(0), true, toNs(0));
  // The frame is usable when the victim is written (10), then the page is read (100).
  expect(host.memory.access(VM, toGfn(1), true, toNs(1000))).toBe(1010);
  expect(host.memory.access(VM, toGfn(0), true, toNs(2000))).toBe(2110);
});

test('slots freed last are used first, and never two pages share one', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (takes) => {
      const space = new SwapSpace(20);
      const used: number[] = [];
      for (const take of takes) {
        if (take) {
          const slot = space.take();
          expect(slot < 0).toBe(used.length === 20);
          if (slot < 0) continue;
          expect(used).not.toContain(slot);
          used.push(slot);
        } else if (used.length > 0) {
          space.give(used.shift()!);
        }
      }
      expect(space.used).toBe(used.length);
    }),
  );
});

test('the host cache serves what was written last and sends what was written longest ago to disk', () => {
  const cache = { name: 'cache', read: (at: number) => toNs(at + 1), write: (at: number) => toNs(at + 1) };
  const disk = {
    name: 'disk',
    read: (at: number) => toNs(at + 1000),
    write: (at: number) => toNs(at + 1000),
  };
  const device = new HostCacheDevice(cache, disk, 2);
  for (const page of [1, 2, 3]) device.write(toNs(0), page);
  expect([device.read(toNs(0), 3), device.read(toNs(0), 2), device.read(toNs(0), 1)]).toEqual([1, 1, 1000]);
});

test('each VM knows what it has in the host cache, and what went in and came out', () => {
  const host = composeHost({
    memory: toPages(300),
    store: 'keys',
    memoryStates: 'direct',
    strategies: [{ plugin: hostswap, options: { device: 'host-cache', hostCacheMiB: 1, victims: 'fifo' } }],
    vms: [
      { name: 'a', size: toPages(400) },
      { name: 'b', size: toPages(400), reservation: toPages(100) },
    ],
  });
  const touched = (vm: number, page: number): unknown =>
    host.memory.access(toVmId(vm), toGfn(page), true, host.clock.now());
  for (let page = 0; page < 400; page++) for (const vm of [0, 1]) touched(vm, page);
  // 500 pages are out, of which the cache has room for 256: the last to leave.
  const told = (): readonly Readonly<Record<string, number>>[] =>
    host.counters().vms.map((vm) => vm.published);
  const sum = (name: string): number => told().reduce((all, vm) => all + vm[name]!, 0);
  expect([sum('hostCacheUsed'), sum('hostCacheOuts'), sum('hostCacheIns')]).toEqual([256, 500, 0]);
  expect(told()[0]).toMatchObject({ swapFile: 400 });
  expect(told()[1]).toMatchObject({ swapFile: 300 });
  touched(0, 399);
  for (let page = 0; page < 400; page++) host.memory.drop(toVmId(1), toGfn(page), 0, 0);
  expect(told()[1]!['hostCacheUsed']).toBe(0);
  for (let page = 0; page < 400; page++) touched(0, page);
  expect(told()[0]!['hostCacheIns']).toBeGreaterThan(100);
  expect(told()[0]!['hostCacheUsed']).toBeLessThanOrEqual(host.counters().vms[0]!.kinds['swapped']!);
  host.verify();
});

test('a swap level is published as what the last request asked for; no cache, no counters of one', () => {
  const host = flatHost(20, 40, 'lru');
  for (let page = 0; page < 25; page++) touch(host, page);
  expect(host.counters().vms[0]!.published).toEqual({ swapTarget: 5, swapFile: 40 });
});

test('a swapped page stays where it is until it is touched, however much memory is free', () => {
  const host = flatHost(64, 96, 'random');
  for (let page = 0; page < 96; page++) host.memory.access(VM, toGfn(page), true, toNs(0));
  const swapped = host.kinds.names.indexOf('swapped');
  const out = Array.from({ length: 96 }, (_, page) => page).filter(
    (page) => host.memory.kind(VM, toGfn(page)) === swapped,
  );
  expect(out).toHaveLength(32);
  for (let page = 0; page < 96; page++)
    if (host.memory.kind(VM, toGfn(page)) === KIND_MAPPED)
      host.memory.drop(VM, toGfn(page), KIND_UNTOUCHED, 0);
  host.advance(120_000);
  expect(host.memory.count(VM, swapped)).toBe(32);
  expect(host.memory.access(VM, toGfn(out[0]!), false, host.clock.now())).toBeGreaterThan(host.clock.now());
  expect(host.memory.count(VM, swapped)).toBe(31);
});

/** Two pages of equal content on one shared frame, eight others, nothing else in memory. */
function hostWithShared(options: object): Host {
  const host = composeHost({
    memory: toPages(32),
    memoryStates: 'direct',
    store: 'bytes',
    strategies: [{ plugin: hostswap, options }],
    vms: [{ name: 'a', size: toPages(10) }],
  });
  for (let page = 0; page < 10; page++) host.vm('a').write(page, page < 2 ? 'alike' : `page ${page}`);
  const keeper = host.memory.makeShared(VM, toGfn(0));
  host.memory.merge(VM, toGfn(1), keeper);
  return host;
}

function askFor(host: Host, goal: number, shared = false) {
  return host.strategies[0]!.strategy.reclaim!({
    vm: VM,
    goal: toPages(goal),
    budget: toPages(1000),
    state: 'hard',
    direct: false,
    shared,
    at: toNs(0),
  });
}

test('shared pages are no victims unless the option or the request says so', () => {
  const host = hostWithShared({});
  expect(askFor(host, 10)).toMatchObject({ freed: 8, refused: [{ pages: 2, why: 'nothing mapped' }] });
  expect(host.memory.count(VM, KIND_SHARED)).toBe(2);
  expect(askFor(host, 2, true)).toMatchObject({ freed: 1, tried: 2, refused: [] });
  expect(host.memory.count(VM, KIND_SHARED) + host.memory.count(VM, KIND_MAPPED)).toBe(0);
  host.verify();
  host.dispose();
});

test.each(['random', 'lru', 'fifo', 'clock'] as const)(
  'the last page on a shared frame is a victim like a private one (%s)',
  (victims) => {
    const host = hostWithShared({ victims });
    host.vm('a').write(1, 'another');
    expect(host.memory.count(VM, KIND_SHARED)).toBe(1);
    expect(askFor(host, 10)).toMatchObject({ freed: 10, refused: [] });
    expect(host.strategyCounters()['hostswap']).toMatchObject({ swapOuts: 10, sharedOuts: 0 });
    host.verify();
    host.dispose();
  },
);

test.each(['random', 'lru', 'fifo', 'clock'] as const)(
  'a VM that must give takes its pages off shared frames last, no more of them than asked (%s)',
  (victims) => {
    const host = composeHost({
      memory: toPages(64),
      memoryStates: 'direct',
      strategies: [{ plugin: hostswap, options: { victims } }],
      vms: [
        { name: 'a', size: toPages(10), salt: 'one' },
        { name: 'b', size: toPages(10), salt: 'one' },
      ],
    });
    for (let page = 0; page < 10; page++) {
      host.vm('a').write(page, `page ${page}`);
      if (page > 7) continue;
      host.vm('b').write(page, `page ${page}`);
      host.memory.merge(toVmId(1), toGfn(page), host.memory.makeShared(VM, toGfn(page)));
    }
    expect(askFor(host, 5, true)).toMatchObject({ freed: 2, tried: 5, refused: [] });
    expect(host.memory.count(VM, KIND_SHARED)).toBe(5);
    expect(host.memory.lastOnShared()).toBe(3);
    host.verify();
    host.dispose();
  },
);

test('with the option they are: the last reference of a frame frees it, and each reads back as it was', () => {
  const host = hostWithShared({ sharedVictims: true });
  expect(askFor(host, 9)).toMatchObject({ freed: 9, refused: [] });
  expect(host.strategyCounters()['hostswap']).toMatchObject({ swapOuts: 10, sharedOuts: 1 });
  host.verify();
  const text = (page: number): string =>
    new TextDecoder().decode(host.vm('a').read(page)).replace(/\0+$/, '');
  expect([text(0), text(1), text(7)]).toEqual(['alike', 'alike', 'page 7']);
  host.dispose();
});

test('shared victims need random ones: other orders take them last', () => {
  expect(() =>
    composeHost({
      memory: toPages(32),
      vms: [{ name: 'a', size: toPages(8) }],
      strategies: [{ plugin: hostswap, options: { sharedVictims: true, victims: 'lru' } }],
    }),
  ).toThrow(/sharedVictims.*needs `victims: random`/);
});

/** Takes the page that it is told to, by sharing it with page 0. */
const sharer = defineStrategy({
  id: 'sharer',
  contract: 2,
  title: 'shares what it can',
  options: z.strictObject({}),
  needs: { table: PAGES, store: PAGE_STORE },
  create: ({ table, store }) => ({
    rescue: ({ vm, gfn: page, mfn: frame }) => {
      if (page === 0 || table.kind(vm, toGfn(0)) === KIND_UNTOUCHED) return false;
      if (!store.equal(frame, table.frame(vm, toGfn(0)))) return false;
      const keeper =
        table.kind(vm, toGfn(0)) === KIND_MAPPED ? table.makeShared(vm, toGfn(0)) : table.frame(vm, toGfn(0));
      table.merge(vm, page, keeper);
      return true;
    },
  }),
});

test('a victim whose content stands elsewhere is shared and not written (share before swap)', () => {
  const host = composeHost({
    memory: toPages(32),
    memoryStates: 'direct',
    store: 'bytes',
    strategies: [sharer, hostswap],
    vms: [{ name: 'a', size: toPages(10) }],
  });
  for (let page = 0; page < 10; page++) host.vm('a').write(page, page === 9 ? 'alone' : 'alike');
  const swap = host.strategies[1]!.strategy;
  const receipt = swap.reclaim!({
    vm: VM,
    goal: toPages(8),
    budget: toPages(2000),
    state: 'hard',
    direct: false,
    at: toNs(0),
  });
  const { swapOuts, rescued } = host.strategyCounters()['hostswap']!;
  expect(receipt.freed).toBe(8);
  expect(rescued! + swapOuts!).toBeGreaterThanOrEqual(8);
  expect(host.memory.count(VM, KIND_SHARED)).toBe(rescued! + 1);
  host.verify();
  host.dispose();
});
