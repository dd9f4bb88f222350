import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { toPages } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';

import { tableOf } from '../test/contents.ts';
import { realPages } from '../test/real-pages.ts';
import { rig } from '../test/rig.ts';
import { compression, zram, zswap } from './index.ts';

const table = tableOf(realPages());
const COUNT = table.fill.length;

/** What one run comes to: the kind of every page, and every counter. */
function outcome(
  store: 'bytes' | 'keys',
  plugin: AnyStrategyPlugin,
  options: object,
  accesses: readonly (readonly [number, number, boolean])[],
) {
  const size = 500;
  // 300 frames for 500 pages: the host swaps all the time.
  const { write, read, peek, host, counters, control, kind } = rig({
    table,
    store,
    plugin,
    options,
    memory: 300,
    vms: [{ name: 'a', size: toPages(size) }],
  });
  for (const [i, [page, content, isWrite]] of accesses.entries()) {
    if (i % 50 === 0) host.advance(1); // what is done in the background has its turn
    if (isWrite) write(page % size, content % COUNT);
    else read(page % size);
  }
  host.verify();
  for (let page = 0; page < size; page++) peek(page);
  const kinds = Array.from({ length: size }, (_, page) => kind(page));
  const result = { kinds, counters: counters(), accepted: control.accepted, credits: host.credits() };
  host.dispose();
  return result;
}

describe('real pages of a guest', () => {
  test('meet the same fate whether the host knows their bytes or their keys and sizes', () => {
    // The image in order, then every third page again: all of it goes through a host of 300 frames.
    const first = Array.from({ length: COUNT }, (_, i) => [i, i, true] as const);
    const again = Array.from({ length: COUNT }, (_, i) => [i * 3, i, i % 5 === 0] as const);
    for (const options of [{ maxPercentOfVm: 20 }, { maxPercentOfVm: 2 }]) {
      const bytes = outcome('bytes', compression as AnyStrategyPlugin, options, [...first, ...again]);
      expect(bytes).toEqual(outcome('keys', compression as AnyStrategyPlugin, options, [...first, ...again]));
      expect(bytes.counters).not.toMatchObject({
        slots1k: 0,
        slots2k: 0,
        sameFilled: 0,
        rejects: 0,
        refills: 0,
      });
    }
  }, 60_000);

  test('whatever the guest does with them', () => {
    const access = fc.tuple(fc.nat(499), fc.nat(COUNT - 1), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(access, { minLength: 600, maxLength: 1500 }),
        fc.record({
          maxPercentOfVm: fc.integer({ min: 1, max: 30 }),
          maxPercentOfAllocated: fc.integer({ min: 1, max: 60 }),
          sameFilled: fc.constantFrom(true, false, 'zeros' as const),
        }),
        (accesses, options) => {
          const [bytes, keys] = [
            outcome('bytes', compression as AnyStrategyPlugin, options, accesses),
            outcome('keys', compression as AnyStrategyPlugin, options, accesses),
          ];
          // A page of zeros is 27 bytes of LZ4 and 0 of a key store: the one size on which they need not agree.
          const { compressedBytes: real, ...counted } = bytes.counters;
          const { compressedBytes: told, ...countedToo } = keys.counters;
          expect({ ...bytes, counters: counted }).toEqual({ ...keys, counters: countedToo });
          if (options.sameFilled !== false) expect(real).toBe(told);
        },
      ),
      { numRuns: 6 },
    );
  }, 60_000);

  test.each([
    [
      'zswap',
      zswap,
      { maxPoolPercent: 30, kernel: '6.6' },
      ['written_back_pages', 'same_filled_pages', 'pool_limit_hit'],
    ],
    ['zswap', zswap, { maxPoolPercent: 10, compactSeconds: 0.001 }, ['written_back_pages', 'zswpin']],
    ['zram', zram, { disksizePercent: 100 }, ['same_pages', 'pswpin']],
    ['zram', zram, { disksizePercent: 40, memLimitPercent: 10 }, ['failed_writes', 'swap_full']],
  ] as const)(
    'meet the same fate with %s',
    (_, plugin, options, seen) => {
      const first = Array.from({ length: COUNT }, (_, i) => [i, i, true] as const);
      const again = Array.from({ length: COUNT }, (_, i) => [i * 3, i, i % 5 === 0] as const);
      const [bytes, keys] = (['bytes', 'keys'] as const).map((store) =>
        outcome(store, plugin as AnyStrategyPlugin, options, [...first, ...again]),
      );
      expect(bytes).toEqual(keys);
      for (const name of seen) expect([name, bytes!.counters[name]! > 0]).toEqual([name, true]);
    },
    60_000,
  );
});
