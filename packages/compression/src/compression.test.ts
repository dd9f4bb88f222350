import type { Meter } from '@overbook/core';
import type { Metering, ByteStore } from '@overbook/core/host';
import { FILL_ZERO, PAGE_STORE, toGfn, isOverbookError, toMfn, toNs, toPages, toVmId } from '@overbook/core';
import { bind, composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { noisyPage, tableOf, wordPage } from '../test/contents.ts';
import { farStore } from '../test/far-store.ts';
import { rig } from '../test/rig.ts';
import { compression } from './index.ts';

/** Contents by number: 0..9 fit 1 KiB, 10..19 fit 2 KiB, 20..29 do not fit, 30 is zero, 31..39 repeat a word. */
const table = tableOf([
  ...Array.from({ length: 10 }, (_, i) => noisyPage(i, 600)),
  ...Array.from({ length: 10 }, (_, i) => noisyPage(100 + i, 1500)),
  ...Array.from({ length: 10 }, (_, i) => noisyPage(200 + i, 4096)),
  new Uint8Array(4096),
  ...Array.from({ length: 9 }, (_, i) => wordPage(0x0102 + i)),
]);

describe.each(['bytes', 'keys'] as const)('on a host with %s', (store) => {
  test('four pages of 1 KiB share one machine frame', () => {
    const { write, squeeze, counters, host, kind } = rig({ table, store });
    for (let page = 0; page < 8; page++) write(page, page);
    squeeze(3, [0, 1, 2, 3]);
    expect(counters()).toMatchObject({ compressions: 4, slots1k: 4, slots2k: 0, cacheFrames: 1 });
    expect([0, 1, 2, 3, 4].map((page) => kind(page))).toEqual([
      'compressed',
      'compressed',
      'compressed',
      'compressed',
      'mapped',
    ]);
    expect(host.credits().now['compression']).toBe(3);
    host.verify();
  });

  test('two pages of 2 KiB share one machine frame', () => {
    const { write, squeeze, counters, host } = rig({ table, store });
    for (let page = 0; page < 8; page++) write(page, 10 + page);
    squeeze(2, [0, 1, 2, 3]);
    expect(counters()).toMatchObject({ compressions: 4, slots1k: 0, slots2k: 4, cacheFrames: 2 });
    expect(host.credits().now['compression']).toBe(2);
    host.verify();
  });

  test('the cache is published as frames held and as room of them in use', () => {
    const { write, squeeze, host } = rig({ table, store });
    for (let page = 0; page < 8; page++) write(page, 8 + page);
    squeeze(2, [0, 1, 2, 3]);
    // Two slots of 1 KiB in one frame, two of 2 KiB in the other.
    expect(host.counters().vms[0]!.published).toMatchObject({ cacheSize: 2, cacheUsed: 1.5 });
    host.verify();
  });

  test('a page that does not fit 2 KiB is left to the swapper', () => {
    const { write, squeeze, counters, kind } = rig({ table, store });
    write(0, 20);
    squeeze(1, [0]);
    expect(counters()).toMatchObject({ compressions: 0, rejects: 1, cacheFrames: 0 });
    expect(kind(0)).toBe('far');
  });

  test('pages of zeros take no slot; those of another word are compressed, as from Linux 6.12 on', () => {
    const { write, squeeze, counters, read } = rig({ table, store });
    for (let page = 0; page < 5; page++) write(page, 30 + page);
    const fills = [30, 31, 32, 33, 34].map((content) => table.fill[content]);
    const zeros = fills.filter((fill) => fill === FILL_ZERO).length;
    squeeze(5, [0, 1, 2, 3, 4]);
    expect([zeros, fills.length]).toEqual([1, 5]);
    expect(counters()).toMatchObject({ compressions: 5, sameFilled: 1, slots1k: 4, cacheFrames: 1 });
    for (let page = 0; page < 5; page++) read(page);
  });

  test('with sameFilled true pages that repeat any word take no slot, and none of them is compressed', () => {
    const { write, squeeze, counters, read, host } = rig({ table, store, options: { sameFilled: true } });
    for (let page = 0; page < 5; page++) write(page, 30 + page);
    squeeze(5, [0, 1, 2, 3, 4]);
    expect(counters()).toMatchObject({ compressions: 5, sameFilled: 5, cacheFrames: 0, compressedBytes: 0 });
    for (let page = 0; page < 5; page++) read(page);
    expect(counters()).toMatchObject({ refills: 5, sameFilled: 0 });
    host.verify();
  });

  test('with sameFilled off they are compressed like any other page', () => {
    const { write, squeeze, counters, read } = rig({ table, store, options: { sameFilled: false } });
    for (let page = 0; page < 4; page++) write(page, 30 + page);
    squeeze(3, [0, 1, 2, 3]);
    expect(counters()).toMatchObject({ compressions: 4, sameFilled: 0, slots1k: 4, cacheFrames: 1 });
    for (let page = 0; page < 4; page++) read(page);
  });

  test('a touch brings the page back as it was written and frees its slot, the last one its frame', () => {
    const { write, squeeze, counters, read, peek, host } = rig({ table, store });
    for (let page = 0; page < 10; page++) write(page, 8 + page);
    squeeze(2, [0, 1, 2, 3]);
    expect(counters()).toMatchObject({ slots1k: 2, slots2k: 2, cacheFrames: 2 });
    for (let page = 0; page < 4; page++) peek(page);
    expect(counters()).toMatchObject({ slots1k: 2, slots2k: 2, refills: 0 });
    read(0);
    read(2);
    expect(counters()).toMatchObject({ slots1k: 1, slots2k: 1, cacheFrames: 2 });
    read(1);
    read(3);
    expect(counters()).toMatchObject({
      slots1k: 0,
      slots2k: 0,
      cacheFrames: 0,
      compressedBytes: 0,
      refills: 4,
    });
    host.verify();
  });

  test('a full cache hands its least recently compressed page on before it takes another', () => {
    // 10 % of 20 pages: two frames, eight slots of 1 KiB.
    const vms = [{ name: 'a', size: toPages(20) }];
    const { write, squeeze, counters, control, kind, read, host } = rig({ table, store, vms });
    for (let page = 0; page < 16; page++) write(page, page % 10);
    squeeze(6, [0, 1, 2, 3, 4, 5, 6, 7]);
    expect(counters()).toMatchObject({ cacheFrames: 2, demotions: 0 });
    read(0);
    squeeze(3, [8, 9, 0]);
    expect(control.accepted).toEqual([1, 2]);
    expect(counters()).toMatchObject({ cacheFrames: 2, slots1k: 8, demotions: 2 });
    expect(kind(1)).toBe('far');
    for (let page = 0; page < 16; page++) read(page);
    host.verify();
  });

  test('a frame of the other size is carved anew once its pages have left together', () => {
    const vms = [{ name: 'a', size: toPages(20) }];
    const { write, squeeze, counters, control, read, host } = rig({ table, store, vms });
    for (let page = 0; page < 8; page++) write(page, page);
    for (let page = 8; page < 10; page++) write(page, 10 + page - 8);
    squeeze(6, [0, 1, 2, 3, 4, 5, 6, 7]);
    squeeze(2, [8, 9]);
    expect(control.accepted).toEqual([0, 1, 2, 3]);
    expect(counters()).toMatchObject({ cacheFrames: 2, slots1k: 4, slots2k: 2, demotions: 4 });
    for (let page = 0; page < 10; page++) read(page);
    host.verify();
  });

  test('a full cache whose pages nobody accepts refuses the victim', () => {
    const vms = [{ name: 'a', size: toPages(20) }];
    const { write, squeeze, counters, control, kind, host } = rig({ table, store, vms });
    for (let page = 0; page < 16; page++) write(page, page % 10);
    squeeze(6, [0, 1, 2, 3, 4, 5, 6, 7]);
    control.capacity = 0;
    squeeze(1, [8]);
    expect(counters()).toMatchObject({ full: 1, demotions: 0, slots1k: 8 });
    expect(kind(8)).toBe('mapped');
    host.verify();
  });

  test('each VM has a cache of its own with a cap of its own', () => {
    const vms = [
      { name: 'a', size: toPages(20) },
      { name: 'b', size: toPages(40) },
    ];
    const { write, squeeze, counters, host, control } = rig({ table, store, vms });
    for (let page = 0; page < 18; page++) {
      write(page, page % 10, 0);
      write(page, page % 10, 1);
    }
    squeeze(1, [0, 1], 0);
    squeeze(1, [0, 1], 1);
    expect(counters()).toMatchObject({ slots1k: 4, cacheFrames: 2 });
    squeeze(9, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0);
    expect(control.accepted).toHaveLength(4);
    squeeze(9, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 1);
    expect(counters()).toMatchObject({ slots1k: 8 + 14, cacheFrames: 2 + 4 });
    expect(control.accepted).toHaveLength(4);
    host.verify();
  });

  test('the cap follows what the VM holds when that is less than its size', () => {
    // 50 % of a VM of 100 would be 50 frames. When a third one is wanted the VM holds 22 pages and 2 cache frames.
    const options = { maxPercentOfVm: 50, maxPercentOfAllocated: 10 };
    const { write, squeeze, counters } = rig({ table, store, options });
    for (let page = 0; page < 30; page++) write(page, page % 10);
    squeeze(20);
    expect(counters()['cacheFrames']).toBe(2);
    expect(counters()['demotions']).toBeGreaterThan(0);
  });

  test('a page that the guest gives away frees its slot without being read', () => {
    const { write, squeeze, counters, host } = rig({ table, store });
    for (let page = 0; page < 4; page++) write(page, page);
    squeeze(3, [0, 1, 2, 3]);
    for (let page = 0; page < 4; page++) host.memory.balloon(toVmId(0), toGfn(page));
    expect(counters()).toMatchObject({ slots1k: 0, cacheFrames: 0, refills: 0 });
    host.verify();
  });

  test('a page in a fault stays in the cache while its own fault makes room', () => {
    // 24 frames, 16 of them reserve: 8 for pages. The cache may hold one frame: two pages of 2 KiB.
    const vms = [{ name: 'a', size: toPages(20) }];
    const options = { maxPercentOfVm: 5, maxPercentOfAllocated: 100 };
    const { write, read, counters, control, kind, host } = rig({ table, store, vms, memory: 24, options });
    for (let page = 0; page < 12; page++) write(page, 10 + (page % 10));
    expect(counters()).toMatchObject({ cacheFrames: 1 });
    const compressed = Array.from({ length: 12 }, (_, page) => page).filter(
      (page) => kind(page) === 'compressed',
    );
    expect(compressed).toHaveLength(2);
    for (let round = 0; round < 3; round++) for (let page = 0; page < 12; page++) read(page);
    expect(counters()['demotions']).toBeGreaterThan(0);
    expect(control.accepted.length).toBe(counters()['demotions']);
    host.verify();
  });

  test('a lower cap set by a policy stops growth and drops nothing', () => {
    const { write, squeeze, counters, host } = rig({ table, store });
    const tune = (settings: never): void =>
      host.strategies.find(({ id }) => id === 'compression')!.strategy.tune!(settings);
    for (let page = 0; page < 60; page++) write(page, page % 10);
    squeeze(12);
    const { cacheFrames } = counters();
    expect(cacheFrames).toBe(4);
    tune({ maxPercentOfVm: 2 } as never);
    squeeze(6);
    expect(counters()).toMatchObject({ cacheFrames: 4, slots1k: 16 });
    const { tunable } = host.strategies.find(({ id }) => id === 'compression')!;
    expect(tunable!.safeParse({ maxPercentOfVm: 2 })).toEqual({ success: true, data: { maxPercentOfVm: 2 } });
    expect(tunable!.safeParse({ maxPercent: 2 }).success).toBe(false);
    expect(tunable!.safeParse({ maxPercentOfVm: 0 }).success).toBe(false);
  });
});

describe('what it costs', () => {
  const priced = (): { readonly metering: Metering; readonly spent: Map<string, number> } => {
    const spent = new Map<string, number>();
    const prices = new Map([
      ['compressPage', 1000],
      ['decompressPage', 100],
      ['zeroPage', 10],
      ['scanPage', 1],
    ]);
    const meter: Meter = {
      spend: (op, count = 1) => {
        spent.set(op, (spent.get(op) ?? 0) + count);
        return toNs((prices.get(op) ?? 0) * count);
      },
      spendNs: (time) => toNs(time),
    };
    return { metering: { meter: () => meter, spent: () => new Map(), total: () => 0 }, spent };
  };

  test('a rejected page costs a compression all the same', () => {
    const { metering, spent } = priced();
    const { write, squeeze } = rig({ table, metering: { metering } });
    write(0, 20);
    squeeze(1, [0]);
    expect(spent.get('compressPage')).toBe(1);
  });

  test('a refill takes the time of a decompression, a repeated word the time of filling a page', () => {
    const { metering, spent } = priced();
    const { write, squeeze, read } = rig({ table, metering: { metering }, options: { sameFilled: true } });
    write(0, 0);
    write(1, 31);
    squeeze(1, [0, 1]);
    expect(spent.get('compressPage')).toBe(1);
    expect(read(0)).toBe(100);
    expect(read(1)).toBe(10);
    expect(read(1)).toBe(0);
  });
});

test('a page damaged in its slot stops the run and is never handed to the guest', () => {
  const { write, squeeze, host, read } = rig({ table });
  for (let page = 0; page < 4; page++) write(page, 10 + page);
  const store = host.store as ByteStore;
  squeeze(1, [0, 1]);
  const own = Array.from({ length: 200 }, (_, frame) => frame).find(
    (frame) => host.pool.use(toMfn(frame)) === 3,
  )!;
  store.view(toMfn(own))[1000]! ^= 1;
  let caught: unknown;
  try {
    read(0);
  } catch (error) {
    caught = error;
  }
  expect(isOverbookError(caught) && caught.code).toBe('OVB_COMPRESSED_CORRUPT');
  expect((caught as Error).message).toContain('VM a, page 0');
});

test('a store that does not know sizes has every page left to the swapper', () => {
  const { plugin } = farStore();
  const host = composeHost({
    memory: toPages(100),
    vms: [{ name: 'a', size: toPages(50) }],
    store: 'keys',
    strategies: [compression, plugin],
    bindings: [
      bind(
        PAGE_STORE,
        (store) =>
          new Proxy(store, {
            get: (target, name) => (name === 'compressedBytes' ? () => undefined : bound(target, name)),
          }),
      ),
    ],
  });
  for (let page = 0; page < 10; page++) {
    host.memory.access(toVmId(0), toGfn(page), true, toNs(0));
    host.store.write(host.memory.frame(toVmId(0), toGfn(page)), table, page);
  }
  host.reclaimer.direct('far', toVmId(0), toPages(5), 'hard', toNs(0));
  expect(host.strategyCounters()['compression']).toMatchObject({ compressions: 0, rejects: 5 });
});

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
}

test('a cache gives its frames where no VM has a page left to take', () => {
  const { host, write, read, counters } = rig({
    table,
    memory: 96,
    vms: [
      { name: 'guaranteed', size: toPages(70) },
      { name: 'other', size: toPages(120) },
    ],
    options: { maxPercentOfVm: 50, maxPercentOfAllocated: 99 },
  });
  for (let page = 0; page < 120; page++) write(page, page % 20, 1);
  host.change('guaranteed', { reservation: toPages(70) });
  for (let page = 0; page < 70; page++) write(page, page % 20, 0);
  expect(host.memory.consumed(toVmId(1))).toBe(0);
  const { cacheFrames } = counters();
  expect(cacheFrames).toBeGreaterThan(20);
  for (let page = 0; page < 120; page++) read(page, 1);
  expect(counters()['cacheFrames']).toBeLessThan(cacheFrames!);
  host.verify();
  host.dispose();
});
