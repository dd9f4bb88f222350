import fc from 'fast-check';
import { expect, test } from 'vitest';

import { BLOCKED, type Host, type HostConfig, composeHost, gfn, ns, pages, vmId } from '@overbook/core';

import { HostCacheDevice, QueuedDevice } from './devices.ts';
import { hostswap } from './index.ts';
import { SwapSpace } from './swap-space.ts';

const VM = vmId(0);

const flatHost = (
  frames: number,
  size: number,
  victims: 'lru' | 'fifo' | 'clock' | 'random',
  more: Partial<HostConfig> = {},
): Host =>
  composeHost({
    memory: pages(frames),
    vms: [{ name: 'a', size: pages(size) }],
    memoryStates: 'direct',
    store: 'keys',
    strategies: [{ plugin: hostswap, options: { victims } }],
    ...more,
  });

const touch = (host: Host, page: number): boolean => {
  const before = host.memory.events[VM]!;
  const faults = before.firstTouches + before.faults.reduce((sum, n) => sum + n, 0);
  host.memory.access(VM, gfn(page), false, ns(0));
  return before.firstTouches + before.faults.reduce((sum, n) => sum + n, 0) > faults;
};

/** Plain page replacement over lists, as a textbook has it. */
const model = (frames: number, order: 'lru' | 'fifo' | 'clock') => {
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
    list = [...list, { page, referenced: false }];
    return true;
  };
};

test.each(['lru', 'fifo', 'clock'] as const)(
  '%s misses exactly where plain page replacement misses',
  (order) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(11), { maxLength: 150 }),
        (frames, accesses) => {
          const host = flatHost(frames, 12, order);
          const misses = model(frames, order);
          for (const page of accesses) expect(touch(host, page)).toBe(misses(page));
          host.verify();
        },
      ),
      { seed: 0x0b00c },
    );
  },
);

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
    memory: pages(20),
    reserve: pages(1),
    store: 'keys',
    memoryStates: 'direct',
    strategies: [hostswap],
    vms: [
      { name: 'a', size: pages(30), reservation: pages(19) },
      { name: 'b', size: pages(9), reservation: pages(0) },
    ],
  });
  const answers = Array.from({ length: 30 }, (_, page) => host.memory.access(VM, gfn(page), true, ns(0)));
  expect(answers.filter((answer) => answer === BLOCKED)).toHaveLength(0);
  expect(host.strategyCounters()['hostswap']!['slotsUsed']).toBe(10);
  for (let page = 0; page < 9; page++) {
    expect(host.memory.access(vmId(1), gfn(page), true, ns(0))).not.toBe(BLOCKED);
    expect(host.memory.count(VM, host.kinds.names.indexOf('swapped'))).toBeLessThanOrEqual(11);
  }
  host.verify();
});

test('a swap-in waits for the device, and further ones for their turn', () => {
  const device = { name: 'fixed', read: (at: number) => ns(at + 100), write: (at: number) => ns(at + 10) };
  const host = flatHost(1, 2, 'lru', { edges: { swapDevice: device } });
  host.memory.access(VM, gfn(0), true, ns(0));
  // The frame is usable when the victim is written (10), then the page is read (100).
  expect(host.memory.access(VM, gfn(1), true, ns(1000))).toBe(1010);
  expect(host.memory.access(VM, gfn(0), true, ns(2000))).toBe(2110);
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
    { seed: 0x0b00c },
  );
});

const fixed = { uint32: () => 0, below: () => 0 };

test('a device with one channel serves reads one after the other, one with two two at a time', () => {
  const service = { readNs: [100, 100] as const, writeNs: 10, source: 'test' };
  const one = new QueuedDevice('one', { ...service, channels: 1 }, fixed);
  const two = new QueuedDevice('two', { ...service, channels: 2 }, fixed);
  expect([one.read(ns(0)), one.read(ns(0)), one.read(ns(500))]).toEqual([100, 200, 600]);
  expect([two.read(ns(0)), two.read(ns(0)), two.read(ns(0))]).toEqual([100, 100, 200]);
});

test('writes queue behind writes and reads do not wait for them', () => {
  const device = new QueuedDevice(
    'd',
    { readNs: [100, 100], writeNs: 10, channels: 1, source: 'test' },
    fixed,
  );
  expect([device.write(ns(0)), device.write(ns(0)), device.read(ns(0))]).toEqual([10, 20, 100]);
});

test('the host cache serves what was written last and sends what was written longest ago to disk', () => {
  const cache = { name: 'cache', read: (at: number) => ns(at + 1), write: (at: number) => ns(at + 1) };
  const disk = { name: 'disk', read: (at: number) => ns(at + 1000), write: (at: number) => ns(at + 1000) };
  const device = new HostCacheDevice(cache, disk, 2);
  for (const page of [1, 2, 3]) device.write(ns(0), page);
  expect([device.read(ns(0), 3), device.read(ns(0), 2), device.read(ns(0), 1)]).toEqual([1, 1, 1000]);
});

test('each VM knows what it has in the host cache, and what went in and came out', () => {
  const host = composeHost({
    memory: pages(300),
    store: 'keys',
    memoryStates: 'direct',
    strategies: [{ plugin: hostswap, options: { device: 'host-cache', hostCacheMiB: 1, victims: 'fifo' } }],
    vms: [
      { name: 'a', size: pages(400) },
      { name: 'b', size: pages(400), reservation: pages(100) },
    ],
  });
  const touched = (vm: number, page: number): unknown =>
    host.memory.access(vmId(vm), gfn(page), true, host.clock.now());
  for (let page = 0; page < 400; page++) for (const vm of [0, 1]) touched(vm, page);
  // 500 pages are out, of which the cache has room for 256: the last to leave.
  const told = (): readonly Readonly<Record<string, number>>[] =>
    host.counters().vms.map((vm) => vm.published);
  const sum = (name: string): number => told().reduce((all, vm) => all + vm[name]!, 0);
  expect([sum('hostCacheUsed'), sum('hostCacheOuts'), sum('hostCacheIns')]).toEqual([256, 500, 0]);
  expect(told()[0]).toMatchObject({ swapFile: 400 });
  expect(told()[1]).toMatchObject({ swapFile: 300 });
  touched(0, 399);
  for (let page = 0; page < 400; page++) host.memory.drop(vmId(1), gfn(page), 0, 0);
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
