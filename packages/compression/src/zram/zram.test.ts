import type { AnyStrategyPlugin } from '@overbook/core/host';
import { toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { noisyPage, tableOf, wordPage } from '../../test/contents.ts';
import { rig } from '../../test/rig.ts';
import { zram } from '../index.ts';

/** Contents by number: two of 0..19 fit a frame; 20 takes about 3300 bytes, 21 about 3700; 22 repeats a word. */
const table = tableOf([
  ...Array.from({ length: 20 }, (_, i) => noisyPage(i, 1950)),
  noisyPage(100, 3280),
  noisyPage(101, 3680),
  wordPage(0x0102),
]);
const [OVER_3264, OVER_3632, WORD] = [20, 21, 22];

function hostOf(options: object = {}, rest: Partial<Parameters<typeof rig>[0]> = {}) {
  return rig({ table, plugin: zram as AnyStrategyPlugin, options, ...rest });
}

test('the contents lie where they are said to', () => {
  const [first, second] = [table.compressedBytes[OVER_3264]!, table.compressedBytes[OVER_3632]!];
  expect(first).toBeGreaterThan(3264);
  expect(first + 8).toBeLessThan(3632);
  expect(second).toBeGreaterThan(3632);
  expect(second).toBeLessThan(4096);
});

describe.each(['bytes', 'keys'] as const)('on a host with %s', (store) => {
  test('pages come back as they were, and their slots are free at once', () => {
    const { write, read, offer, counters, host } = hostOf({}, { store });
    const contents = [0, 1, 2, OVER_3264, OVER_3632, WORD];
    contents.forEach((content, page) => write(page, content));
    const { free } = host.pool;
    contents.forEach((_, page) => expect(offer(page)).toBe(true));
    expect(counters()).toMatchObject({ orig_data_size: 6 * 4096, same_pages: 1, huge_pages: 1, pswpout: 6 });
    host.verify();
    contents.forEach((_, page) => read(page));
    expect(counters()).toMatchObject({
      orig_data_size: 0,
      compr_data_size: 0,
      mem_used_total: 0,
      same_pages: 0,
      huge_pages: 0,
      huge_pages_since: 1,
      pswpin: 6,
    });
    expect(host.pool.free).toBe(free);
    host.verify();
  });

  test('what comes near a page is stored whole: from 3632 bytes on, with chains of 4 from 3264 on', () => {
    for (const [options, huge] of [
      [{}, 1],
      [{ chainSize: 4 }, 2],
      [{ kernel: '6.1' }, 2],
    ] as const) {
      const { write, offer, counters } = hostOf(options, { store });
      [OVER_3264, OVER_3632].forEach((content, page) => {
        write(page, content);
        expect(offer(page)).toBe(true);
      });
      expect(counters()).toMatchObject({ huge_pages: huge, huge_pages_since: huge });
      const whole = huge === 2 ? 0 : table.compressedBytes[OVER_3264]!;
      expect(counters()['compr_data_size']).toBe(huge * 4096 + whole);
    }
  });
});

test('a device whose slots are used leaves victims to the swapper, words too', () => {
  const { write, squeeze, offer, read, kind, counters } = hostOf({ disksizePercent: 2 }); // four slots
  [0, 1, 2, WORD, 4, WORD].forEach((content, page) => write(page, content));
  for (let page = 0; page < 4; page++) expect(offer(page)).toBe(true);
  squeeze(2, [4, 5]);
  expect([kind(4), kind(5)]).toEqual(['far', 'far']);
  expect(counters()).toMatchObject({ swap_full: 2, pswpout: 4 });
  read(0);
  expect(offer(0)).toBe(true);
});

test('the limit is looked at with the page in: it may not take a frame too many', () => {
  const { write, offer, counters, host } = hostOf({ memLimitPercent: 1 }); // two frames
  for (let page = 0; page < 6; page++) write(page, page);
  for (let page = 0; page < 4; page++) expect(offer(page)).toBe(true);
  expect(offer(4)).toBe(false);
  expect(counters()).toMatchObject({ failed_writes: 1, mem_used_total: 2 * 4096, mem_used_max: 3 * 4096 });
  host.strategies[0]!.strategy.tune!({ memLimitPercent: 2 });
  expect(offer(4)).toBe(true);
  host.verify();
});

test('packing the pool gives frames back', () => {
  const { write, offer, read, counters, host } = hostOf({ compactSeconds: 1 });
  for (let page = 0; page < 20; page++) write(page, page);
  for (let page = 0; page < 20; page++) expect(offer(page)).toBe(true);
  for (let page = 0; page < 20; page += 2) read(page);
  host.advance(1000);
  expect(counters()).toMatchObject({ mem_used_total: 5 * 4096, mem_used_max: 10 * 4096, pages_compacted: 5 });
  for (let page = 1; page < 20; page += 2) read(page);
  host.verify();
});

test('where nothing else is left to take, its oldest pages make room', () => {
  const { write, offer, counters, kind, host } = hostOf();
  for (let page = 0; page < 10; page++) write(page, page);
  for (let page = 0; page < 10; page++) expect(offer(page)).toBe(true);
  const { strategy } = host.strategies[0]!;
  const { free } = host.pool;
  expect(strategy.shrink!({ vm: 0 as never, frames: toPages(2), at: host.clock.now() })).toBe(2);
  expect(host.pool.free - free).toBe(2);
  expect([0, 1, 2, 3, 4].map((page) => kind(page))).toEqual(['far', 'far', 'far', 'far', 'zram']);
  expect(counters()).toMatchObject({ handed_on: 4, pswpin: 0 });
  host.verify();
});

test('alone it gives nothing back: a mix without a swapper is refused', () => {
  const compose = (): unknown =>
    composeHost({
      memory: toPages(200),
      vms: [{ name: 'a', size: toPages(400) }],
      strategies: [zram as AnyStrategyPlugin],
    });
  expect(compose).toThrow(/zram can give no memory back/);
});
