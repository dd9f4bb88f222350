import type { AnyStrategyPlugin } from '@overbook/core/host';
import type { Nanoseconds, SwapDevice } from '@overbook/core';
import { isOverbookError, toNs, toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { noisyPage, tableOf, wordPage } from '../../test/contents.ts';
import { rig } from '../../test/rig.ts';
import { zswap } from '../index.ts';

/** Contents by number: two of 0..39 fit a frame, 40..49 do not shrink, 50 is zero, 51..59 repeat a word. */
const table = tableOf([
  ...Array.from({ length: 40 }, (_, i) => noisyPage(i, 1950)),
  ...Array.from({ length: 10 }, (_, i) => noisyPage(200 + i, 4096)),
  new Uint8Array(4096),
  ...Array.from({ length: 9 }, (_, i) => wordPage(0x0102 + i)),
]);
const RANDOM = 40;
const ZERO = 50;
const WORD = 51;

/** A millisecond for each page, one after the other. */
class DiskAt1000PagesPerSecond implements SwapDevice {
  readonly name = 'slow';
  #freeAt = 0;

  read(at: Nanoseconds): Nanoseconds {
    return at;
  }
  write(at: Nanoseconds): Nanoseconds {
    this.#freeAt = Math.max(at, this.#freeAt) + 1e6;
    return toNs(this.#freeAt);
  }
}

type Options = Readonly<Record<string, unknown>>;
function hostOf(options: Options = {}, rest: Partial<Parameters<typeof rig>[0]> = {}) {
  return rig({ table, plugin: zswap as AnyStrategyPlugin, options, ...rest });
}

describe.each(['bytes', 'keys'] as const)('on a host with %s', (store) => {
  test('victims share frames by size, and come back as they were', () => {
    const { write, read, offer, counters, kind, host } = hostOf({}, { store });
    for (let page = 0; page < 30; page++) write(page, page);
    const { free } = host.pool;
    for (let page = 0; page < 11; page++) expect(offer(page)).toBe(true);
    expect(host.pool.free - free).toBe(11 - 6);
    expect(counters()).toMatchObject({ stored_pages: 11, pool_total_size: 6 * 4096, zswpout: 11 });
    expect(kind(0)).toBe('zswapped');
    host.verify();
    for (let page = 0; page < 30; page++) read(page);
    expect(counters()).toMatchObject({ stored_pages: 0, pool_total_size: 0, zswpin: 11 });
    expect(host.pool.free).toBe(free);
    host.verify();
  });

  test('what does not shrink is stored as it is from 6.18 on, and refused before', () => {
    for (const [kernel, isKept] of [
      ['6.18', true],
      ['6.12', false],
    ] as const) {
      const { write, read, offer, counters, host } = hostOf({ kernel }, { store });
      write(0, RANDOM);
      expect(offer(0)).toBe(isKept);
      expect(counters()).toMatchObject(
        isKept
          ? { reject_compress_poor: 0, stored_incompressible_pages: 1, pool_total_size: 4096 }
          : { reject_compress_poor: 1, stored_incompressible_pages: 0, pool_total_size: 0 },
      );
      read(0);
      expect(counters()).toMatchObject({ stored_incompressible_pages: 0, pool_total_size: 0 });
      host.verify();
    }
  });

  test('zeros take no memory; other words take none before 6.12', () => {
    for (const [kernel, sameFilled] of [
      ['6.18', 1],
      ['6.6', 2],
    ] as const) {
      const { write, offer, read, counters, host } = hostOf({ kernel }, { store });
      write(0, ZERO);
      write(1, WORD);
      expect([offer(0), offer(1)]).toEqual([true, true]);
      expect(counters()).toMatchObject({ stored_pages: 2, same_filled_pages: sameFilled });
      expect(counters()['pool_total_size'] === 0).toBe(sameFilled === 2);
      for (let page = 0; page < 2; page++) read(page);
      expect(counters()).toMatchObject({ stored_pages: 0, same_filled_pages: 0, pool_total_size: 0 });
      host.verify();
    }
  });
});

describe('a full pool', () => {
  /** 400 frames: the pool is full with 8, which are begun with the 15th page, and takes pages again at 4. */
  const SMALL = { maxPoolPercent: 2, acceptThresholdPercent: 50 };
  const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);

  function full(options: Options = {}) {
    const made = hostOf({ ...SMALL, ...options }, { memory: 400 });
    for (const page of upTo(60)) made.write(page, page % 40);
    for (const page of upTo(15)) expect(made.offer(page)).toBe(true);
    expect(made.counters()).toMatchObject({ stored_pages: 15, pool_total_size: 8 * 4096, pool_limit_hit: 0 });
    return made;
  }

  test('leaves victims to the swapper and writes the oldest back, until it is small enough', () => {
    const { squeeze, offer, counters, kind, host, control } = full({ secondChance: false });
    squeeze(1, [30]);
    expect(kind(30)).toBe('far');
    expect(counters()).toMatchObject({ pool_limit_hit: 1, written_back_pages: 0 });
    expect(control.accepted).toEqual([]);
    host.advance(1);
    expect(control.accepted).toEqual(upTo(8));
    expect(counters()).toMatchObject({ written_back_pages: 8, pool_total_size: 4 * 4096 });
    expect(offer(31)).toBe(true);
    host.verify();
  });

  test('takes no page between its maximum and the threshold', () => {
    const { offer, read, counters, control, host } = full({ secondChance: false });
    control.capacity = 0;
    expect(offer(30)).toBe(false);
    host.advance(1);
    // Nobody took anything: 16 entries failed, and that was all.
    expect(counters()).toMatchObject({ written_back_pages: 0, reject_reclaim_fail: 16, stored_pages: 15 });
    for (const page of upTo(6)) read(page);
    expect(counters()).toMatchObject({ pool_total_size: 5 * 4096 });
    expect(offer(30)).toBe(false);
    for (const page of upTo(8, 6)) read(page);
    expect(counters()).toMatchObject({ pool_total_size: 4 * 4096, pool_limit_hit: 1 });
    expect(offer(30)).toBe(true);
    host.verify();
  });

  test('passes over each entry once, 16 at a time, where there is a second chance', () => {
    const { write, offer, counters, host, control } = hostOf(
      { maxPoolPercent: 5, acceptThresholdPercent: 50 },
      { memory: 400 },
    );
    for (const page of upTo(60)) write(page, page % 40);
    for (const page of upTo(39)) expect(offer(page)).toBe(true); // 20 frames
    for (const hits of [1, 2]) {
      expect(offer(50)).toBe(false);
      host.advance(1);
      expect(counters()).toMatchObject({
        written_back_pages: 0,
        reject_reclaim_fail: 0,
        pool_limit_hit: hits,
      });
    }
    // 32 of 39 were passed over; with the other 7 the oldest come round again.
    expect(offer(50)).toBe(false);
    host.advance(1);
    expect(control.accepted).toEqual(upTo(20));
    expect(counters()).toMatchObject({ written_back_pages: 20, pool_total_size: 10 * 4096 });
    host.verify();
  });

  test('still has zeros from 6.12 on, and takes no words before', () => {
    for (const [kernel, isKept] of [
      ['6.12', true],
      ['6.6', false],
    ] as const) {
      const { offer, write } = full({ kernel });
      write(50, ZERO);
      expect([offer(30), offer(50)]).toEqual([false, isKept]);
    }
  });

  test('is written back of one VM after the other', () => {
    const { write, offer, host, control } = hostOf(
      { ...SMALL, secondChance: false },
      { memory: 400, vms: ['a', 'b'].map((name) => ({ name, size: toPages(100) })) },
    );
    for (const vm of [0, 1])
      for (const page of upTo(20)) {
        write(page, page, vm);
        if (page < 8 - vm) expect(offer(page, vm)).toBe(true);
      }
    expect(offer(10)).toBe(false);
    host.advance(1);
    expect(control.accepted).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    host.verify();
  });

  test('is written back no faster than its device writes', () => {
    const device = new DiskAt1000PagesPerSecond();
    const { write, offer, host, counters } = hostOf(
      { maxPoolPercent: 10, acceptThresholdPercent: 10, secondChance: false },
      { memory: 400, far: device },
    );
    for (const page of upTo(90)) write(page, page % 40);
    for (const page of upTo(80)) offer(page);
    expect(counters()).toMatchObject({ stored_pages: 79, pool_limit_hit: 1 });
    host.advance(1);
    expect(counters()).toMatchObject({ written_back_pages: 32 });
    host.advance(30);
    expect(counters()).toMatchObject({ written_back_pages: 32 });
    host.advance(2);
    expect(counters()).toMatchObject({ written_back_pages: 64 });
  });
});

test('a pool that was tuned down is full', () => {
  const { write, offer, host, counters } = hostOf({ secondChance: false });
  for (let page = 0; page < 12; page++) write(page, page);
  for (let page = 0; page < 10; page++) expect(offer(page)).toBe(true);
  host.strategies[0]!.strategy.tune!({ maxPoolPercent: 1 });
  expect(offer(10)).toBe(false);
  expect(counters()).toMatchObject({ pool_limit_hit: 1 });
});

test('what a VM has in the pool is published: its bytes, and as large a part of the frames', () => {
  const { write, offer, host, counters } = hostOf(
    {},
    { vms: ['a', 'b'].map((name) => ({ name, size: toPages(100) })) },
  );
  for (const [vm, pages] of [6, 2].entries())
    for (let page = 0; page < pages; page++) {
      write(page, 0, vm);
      expect(offer(page, vm)).toBe(true);
    }
  const published = host.counters().vms.map((vm) => vm.published);
  expect(published.map(({ cacheSize }) => cacheSize)).toEqual([3, 1]);
  expect(published.map(({ cacheUsed }) => cacheUsed! * 4096)).toEqual(
    [6, 2].map((pages) => pages * table.compressedBytes[0]!),
  );
  expect(counters()['compressed_bytes']).toBe(8 * table.compressedBytes[0]!);
});

test('packing the pool gives frames back, and pages are as they were', () => {
  const { write, offer, read, counters, host } = hostOf({ compactSeconds: 1 });
  for (let page = 0; page < 20; page++) write(page, page);
  for (let page = 0; page < 20; page++) expect(offer(page)).toBe(true);
  for (let page = 0; page < 20; page += 2) read(page);
  expect(counters()).toMatchObject({ pool_total_size: 10 * 4096, pages_compacted: 0 });
  host.advance(1000);
  expect(counters()).toMatchObject({ pool_total_size: 5 * 4096, pages_compacted: 5 });
  host.verify();
  for (let page = 1; page < 20; page += 2) read(page);
  host.verify();
});

test('a chain that the host has no frames for is not begun: the swapper has the page', () => {
  const { write, offer, counters, host } = hostOf({ maxPoolPercent: 100 }, { memory: 40 });
  for (let page = 0; page < 20; page++) write(page, page);
  const { strategy } = host.strategies[0]!;
  const frames: number[] = [];
  for (let frame = host.pool.takeOwn(0); frame >= 0; frame = host.pool.takeOwn(0)) frames.push(frame);
  expect(offer(0)).toBe(false);
  expect(counters()).toMatchObject({ reject_alloc_fail: 1, stored_pages: 0 });
  for (const frame of frames) host.pool.give(frame as never);
  expect(offer(0)).toBe(true);
  strategy.verify!();
});

test.each([
  [{ kernel: '6.1', chainSize: 8 }, 'chainSize', 'is 4 in kernels before 6.3'],
  [{ kernel: 6.1 }, 'kernel', 'is not text'],
  [{ kernel: 'newest' }, 'kernel', 'is not a Linux version'],
  [{ maxPoolPercent: 0 }, 'maxPoolPercent', '1'],
])('options that cannot be are refused: %o', (options, at, what) => {
  let refused: unknown;
  try {
    hostOf(options);
  } catch (error) {
    refused = error;
  }
  expect(isOverbookError(refused) && refused.code).toBe('OVB_OPTIONS_INVALID');
  expect(String(refused)).toContain(at);
  expect(String(refused)).toContain(what);
});

test('alone it gives nothing back: a mix without a swapper is refused', () => {
  const compose = (): unknown =>
    composeHost({
      memory: toPages(200),
      vms: [{ name: 'a', size: toPages(400) }],
      strategies: [zswap as AnyStrategyPlugin],
    });
  expect(compose).toThrow(/zswap can give no memory back/);
});
