import { toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { rig } from '../test/rig.ts';
import { tps } from './index.ts';
import { ksmKernel } from './ksm-kernel.ts';
import { ksmOptions } from './options.ts';

const HUGE = 512;
const SCAN = { mode: 'ksm', smart_scan: false, pages_to_scan: 10_000 } as const;

/** Two guests of one huge page each; `contentOf` says what their pages hold. Six full scans. */
function twoHugePages(options: object, contentOf: (page: number) => number) {
  const guests = rig({
    vms: [{ size: HUGE }, { size: HUGE }],
    memory: 4 * HUGE,
    largePages: 'on',
    options: { ...SCAN, ...options },
  });
  for (const vm of [0, 1]) for (let page = 0; page < HUGE; page++) guests.write(vm, page, contentOf(page));
  guests.host.advance(20 * 6);
  return guests;
}

/** What a real Linux 6.18.44 showed for the same two huge pages (shared, sharing, unshared, zero, profit). */
function shown(guests: ReturnType<typeof rig>): readonly number[] {
  const { pages_shared, pages_sharing, pages_unshared, ksm_zero_pages, general_profit } = guests.counters();
  return [pages_shared!, pages_sharing!, pages_unshared!, ksm_zero_pages!, general_profit!];
}

describe('a merge splits a huge page', () => {
  const oneAndZeros = (page: number): number => (page === 0 ? 7 : 0);

  test.each([false, true])('zeros leave KSM by it on Linux 6.18, use_zero_pages %s', (use_zero_pages) => {
    const guests = twoHugePages({ use_zero_pages }, oneAndZeros);
    expect(shown(guests)).toEqual([1, 1, 0, 0, 3968]);
    expect(guests.counters()['rmap_items']).toBe(2);
    // Of 1,024 pages one frame is left of the equal ones, one of the zeros.
    expect(guests.host.pool.total - guests.host.pool.free).toBe(2);
    guests.check();
  });

  test('pages that hold something else merge on Linux 6.18 as before', () => {
    expect(shown(twoHugePages({}, (page) => page + 1))).toEqual([512, 512, 0, 0, 2_031_616]);
  });

  test('zeros are merged like any page before 6.12', () => {
    for (const kernel of ['6.11', '6.1.192-amd64', '5.10']) {
      const guests = twoHugePages({ kernel }, oneAndZeros);
      expect(shown(guests).slice(0, 4)).toEqual([5, 1019, 0, 0]);
      guests.check();
    }
  });

  test('a page of zeros that is written again is private, and KSM looks at it again', () => {
    const guests = twoHugePages({}, oneAndZeros);
    guests.write(0, 5, 7);
    guests.host.advance(20 * 3);
    expect(shown(guests).slice(0, 4)).toEqual([1, 2, 0, 0]);
    guests.check();
  });

  test('a mapping that the host breaks is split like that too, and one of a VM without sharing is not', () => {
    const guests = rig({
      vms: [{ size: HUGE }, { size: HUGE, sharing: false }],
      memory: 4 * HUGE,
      largePages: 'on',
      options: { ...SCAN, run: 0 },
    });
    for (const vm of [0, 1])
      for (let page = 0; page < HUGE; page++) guests.write(vm, page, page < 100 ? 0 : page);
    for (const { id } of guests.host.memory.vms) guests.host.memory.large!.break(id, 0);
    guests.host.advance(100);
    expect(guests.saved()).toBe(99);
    expect(guests.counters()['ksm_zero_pages']).toBe(0);
    guests.check();
  });
});

describe('run 2', () => {
  const settle = (options: object = {}) => {
    const guests = rig({ vms: [{ size: 8 }, { size: 8 }], options: { ...SCAN, ...options } });
    for (const vm of [0, 1]) for (let page = 0; page < 8; page++) guests.write(vm, page, page % 3);
    guests.host.advance(60);
    return guests;
  };
  const tune = (guests: ReturnType<typeof rig>, run: number): void => {
    guests.host.strategies[0]!.strategy.tune!({ run });
    guests.host.advance(20);
  };

  test('gives every merged page a frame of its own and forgets all pages; 1 merges them again', () => {
    const guests = settle();
    expect(guests.saved()).toBe(13);
    tune(guests, 2);
    expect(guests.saved()).toBe(0);
    expect(guests.counters()).toMatchObject({
      pages_shared: 0,
      pages_sharing: 0,
      pages_unshared: 0,
      rmap_items: 0,
      full_scans: 0,
    });
    guests.check();
    guests.host.advance(200);
    expect(guests.counters()['rmap_items']).toBe(0);
    tune(guests, 1);
    guests.host.advance(60);
    expect(guests.saved()).toBe(13);
    guests.check();
  });

  test('takes pages off the zero page from 6.6 on, and leaves them there before', () => {
    for (const [kernel, zeroPages] of [
      ['6.18', 0],
      ['6.5', 6],
    ] as const) {
      const guests = settle({ kernel, use_zero_pages: true });
      expect(guests.counters()['ksm_zero_pages']).toBe(6);
      tune(guests, 2);
      expect(guests.counters()).toMatchObject({ ksm_zero_pages: zeroPages, pages_sharing: 0 });
      guests.check();
    }
  });

  test('stops with run 0 where no frame can be had, and loses nothing', () => {
    const guests = rig({
      vms: [{ size: 8 }, { size: 8 }, { size: 10 }],
      options: SCAN,
      memory: 20,
    });
    for (const vm of [0, 1]) for (let page = 0; page < 8; page++) guests.write(vm, page, page % 3);
    guests.host.advance(60);
    for (let page = 0; page < 10; page++) guests.write(2, page, 100 + page);
    expect(guests.saved()).toBe(13);
    tune(guests, 2);
    const left = guests.saved();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(13);
    guests.host.advance(200);
    expect(guests.saved()).toBe(left);
    guests.check();
  });
});

describe('the option kernel', () => {
  test('is the newest with long-term support, and decides what is not given', () => {
    expect(ksmOptions.parse({ mode: 'ksm' }).kernel).toBe('6.18');
    expect(ksmKernel('6.18')).toEqual({
      stableFirst: false,
      smartScan: true,
      unmergesZeroPages: true,
      splitsToZeroPage: true,
    });
    expect(ksmKernel('6.6.119-generic')).toEqual({
      stableFirst: true,
      smartScan: false,
      unmergesZeroPages: true,
      splitsToZeroPage: false,
    });
  });

  test('searches the stable tree first and skips no page on an old kernel, unless told otherwise', () => {
    const seen = (options: object): readonly number[] => {
      const guests = rig({
        vms: [{ size: 3 }],
        options: { mode: 'ksm', pages_to_scan: 10_000, ...options },
      });
      guests.write(0, 0, 1);
      guests.write(0, 1, 1);
      guests.host.advance(40);
      guests.write(0, 2, 1);
      guests.host.advance(20);
      const { pages_sharing } = guests.counters();
      guests.write(0, 2, 2);
      guests.host.advance(20 * 12);
      return [pages_sharing!, guests.counters()['pages_skipped']! > 0 ? 1 : 0];
    };
    expect(seen({})).toEqual([1, 1]);
    expect(seen({ kernel: '6.1' })).toEqual([2, 0]);
    expect(seen({ kernel: '6.1', stableFirst: false, smart_scan: true })).toEqual([1, 1]);
  });

  test.each([
    ['six', 'is not a Linux version'],
    [6.18, 'Put the version in quotes'],
  ])('refuses %o', (kernel, why) => {
    const compose = (): unknown =>
      composeHost({
        memory: toPages(64),
        vms: [{ name: 'a', size: toPages(8) }],
        strategies: [{ plugin: tps, options: { mode: 'ksm', kernel } }],
      });
    expect(compose).toThrow(why);
  });
});
