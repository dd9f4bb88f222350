import type { Nanoseconds, SwapDevice } from '@overbook/core';
import { mib, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { composeHost } from '@overbook/core/host';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { hostswap } from './index.ts';
import { addressWindow, slotWindow, windowPages } from './read-ahead.ts';

const A = toVmId(0);

// __swapin_nr_pages, mm/swap_state.c of Linux 6.1, worked out by hand: last place, place, hits, most, pages before.
test.each<[readonly [number, number, number, number, number], number, string]>([
  [[0, 50, 0, 8, 0], 1, 'nothing was used and no neighbour'],
  [[49, 50, 0, 8, 0], 2, 'the next one: a sequence'],
  [[51, 50, 0, 8, 0], 2, 'the one before: a sequence downwards'],
  [[0, 50, 1, 8, 0], 4, 'one hit'],
  [[0, 50, 2, 8, 0], 4, 'two hits'],
  [[0, 50, 3, 8, 0], 8, 'three hits'],
  [[0, 50, 60, 8, 0], 8, 'never more than page-cluster says'],
  [[0, 50, 0, 8, 8], 4, 'it shrinks by half at a time'],
  [[0, 50, 0, 1, 8], 4, 'even then'],
])('a read of %j has %i pages: %s', ([last, place, hits, most, before], pages) => {
  expect(windowPages(last, place, hits, most, before)).toBe(pages);
});

test.each<[readonly [number, number, number, number], { from: number; to: number }]>([
  [[9, 10, 8, 1024], { from: 10, to: 18 }],
  [[11, 10, 8, 1024], { from: 3, to: 11 }],
  [[500, 10, 8, 1024], { from: 7, to: 15 }],
  [[500, 1, 8, 1024], { from: 0, to: 6 }],
  [[510, 511, 8, 1024], { from: 511, to: 512 }],
  [[1019, 1020, 8, 1022], { from: 1020, to: 1022 }],
])('around a guest page: %j', ([last, page, pages, size], window) => {
  expect(addressWindow(last, page, pages, size)).toEqual(window);
});

test('slots are read in aligned groups', () => {
  expect([slotWindow(13, 8), slotWindow(8, 8), slotWindow(7, 4)]).toEqual([
    { from: 8, to: 16 },
    { from: 8, to: 16 },
    { from: 4, to: 8 },
  ]);
});

/** A device that notes its reads: first page and how many. */
class Noted implements SwapDevice {
  readonly name = 'noted';
  readonly reads: (readonly [number, number])[] = [];
  writes = 0;

  read(at: Nanoseconds, page: number, count = 1): Nanoseconds {
    this.reads.push([page, count]);
    return toNs(at + 100_000);
  }

  write(at: Nanoseconds): Nanoseconds {
    this.writes++;
    return at;
  }
}

function hostOf(options: object, device?: SwapDevice, memory = 64): Host {
  return composeHost({
    memory: toPages(memory),
    memoryStates: 'direct',
    reserve: toPages(4),
    policies: [],
    vms: [
      { name: 'a', size: toPages(96) },
      { name: 'b', size: toPages(96) },
    ],
    strategies: [
      { plugin: hostswap, options: { victims: 'fifo', swapCache: true, area: 'shared', ...options } },
    ],
    edges: device === undefined ? {} : { swapDevice: device },
  });
}

function counters(host: Host): Readonly<Record<string, number>> {
  return host.strategyCounters()['hostswap']!;
}

describe.each(['cluster', 'vma'] as const)('read-ahead by %s', (readAhead) => {
  test('takes free frames alone: with none, only the touched page comes', () => {
    const device = new Noted();
    const host = hostOf({ readAhead }, device);
    for (let page = 0; page < 96; page++) host.vm('a').write(page, `page ${page}`);
    const { swapOuts } = counters(host);
    host.vm('a').read(0);
    expect(device.reads).toEqual([[0, 1]]);
    expect(counters(host)['readAhead']).toBe(0);
    expect(counters(host)['swapOuts']).toBe(swapOuts! + 1);
    host.verify();
  });

  test('brings neighbours in one operation where there is room, and they are no swap-ins when touched', () => {
    const device = new Noted();
    const host = hostOf({ readAhead }, device);
    for (let page = 0; page < 96; page++) host.vm('a').write(page, `page ${page}`);
    host.vm('b').write(0, 'b');
    // Room: what the other VM and the last pages of this one had.
    for (let page = 60; page < 90; page++) host.memory.balloon(A, toGfn(page));
    host.vm('a').read(8);
    expect(device.reads.at(-1)).toEqual(readAhead === 'cluster' ? [8, 8] : [5, 8]);
    expect(counters(host)).toMatchObject({ swapIns: 1, readAhead: 7 });
    const reads = device.reads.length;
    for (let page = 9; page < 12; page++) expect(host.vm('a').read(page).toString().trimEnd()).toBeDefined();
    expect(device.reads).toHaveLength(reads);
    expect(counters(host)['swapIns']).toBe(1);
    host.verify();
  });
});

test('without read-ahead nothing comes along', () => {
  const device = new Noted();
  const host = hostOf({}, device);
  for (let page = 0; page < 96; page++) host.vm('a').write(page, `page ${page}`);
  for (let page = 60; page < 90; page++) host.memory.balloon(A, toGfn(page));
  host.vm('a').read(8);
  expect(device.reads).toEqual([[8, 1]]);
  expect(counters(host)).not.toHaveProperty('readAhead');
});

test('what was never touched counts as wasted when it leaves', () => {
  const host = hostOf({ readAhead: 'vma' }, new Noted());
  for (let page = 0; page < 96; page++) host.vm('a').write(page, `page ${page}`);
  for (let page = 60; page < 90; page++) host.memory.balloon(A, toGfn(page));
  host.vm('a').read(8);
  host.vm('a').read(9);
  host.reclaimer.reclaimFrom({ vm: A, pages: toPages(96) }, 'hard', host.clock.now());
  const { readAhead, readAheadHits, readAheadWasted } = counters(host);
  expect([readAhead, readAheadHits, readAheadWasted]).toEqual([7, 1, 6]);
});

test('it needs a swap cache', () => {
  expect(() => hostOf({ readAhead: 'vma', swapCache: false })).toThrow(/Set `swapCache: true`/);
});

test('whatever comes along, guests read what they wrote, and books agree', () => {
  const step = fc.record({
    vm: fc.nat(1),
    page: fc.nat(95),
    what: fc.constantFrom('write', 'read', 'read', 'read', 'give', 'power'),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('cluster', 'vma'),
      fc.constantFrom('per-vm', 'shared'),
      fc.constantFrom('fifo', 'active-inactive', 'random'),
      fc.integer({ min: 0, max: 5 }),
      fc.array(step, { minLength: 20, maxLength: 250 }),
      (readAhead, area, victims, pageCluster, steps) => {
        const host = hostOf({ readAhead, area, victims, pageCluster });
        const written = [new Map<number, string>(), new Map<number, string>()];
        steps.forEach(({ vm, page, what }, i) => {
          const bare = host.vm('ab'[vm]!);
          if (what === 'write') {
            // A run of pages, so that there is something to swap and to read ahead.
            for (let at = page; at < Math.min(96, page + 16); at++) {
              bare.write(at, `${i} ${at}`);
              written[vm]!.set(at, `${i} ${at}`);
            }
          } else if (what === 'give') {
            host.memory.balloon(toVmId(vm), toGfn(page));
            written[vm]!.delete(page);
          } else if (what === 'power' && i % 5 === 0) {
            host.powerOff('ab'[vm]!);
            host.powerOn('ab'[vm]!);
            written[vm]!.clear();
          } else {
            const wanted = written[vm]!.get(page) ?? '';
            expect(Buffer.from(bare.read(page)).toString('latin1').replace(/\0+$/, '')).toBe(wanted);
          }
        });
        host.verify();
        const { readAhead: brought, readAheadHits, readAheadWasted } = counters(host);
        expect(readAheadHits! + readAheadWasted!).toBeLessThanOrEqual(brought!);
        host.dispose();
      },
    ),
    { numRuns: 80 },
  );
});

test('a longer read of one operation takes a page of bandwidth more for each page', () => {
  const host = composeHost({
    memory: mib(1),
    memoryStates: 'direct',
    vms: [{ name: 'a', size: mib(1) }],
    strategies: [{ plugin: hostswap, options: { device: 'disk' } }],
  });
  const { device } = host.strategies[0]!.strategy;
  const one = device!.read(toNs(0), 0, 1);
  const eight = device!.read(one, 0, 8);
  expect(one).toBeLessThanOrEqual(20_000_000);
  expect(eight - one).toBeGreaterThanOrEqual(4_000_000 + 7 * 40_000);
  expect(eight - one).toBeLessThanOrEqual(20_000_000 + 7 * 40_000);
});
