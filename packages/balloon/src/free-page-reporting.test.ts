import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { ContentTable, Mfn } from '@overbook/core';
import { FILL_OTHER, FILL_ZERO, toGfn, toPages, toVmId } from '@overbook/core';
import { ByteStore, Witness, composeHost } from '@overbook/core/host';

import { modelGuests } from '../test/model-guests.ts';
import { rig } from '../test/rig.ts';
import { freePageReporting } from './index.ts';

function reporting(options: object, size = 4096) {
  return rig({
    strategy: 'free-page-reporting',
    options,
    vms: [{ name: 'a', size: toPages(size) }],
    memory: 10_000,
  });
}

test('pages that the guest has freed give their frames back at the next report', () => {
  const { host, guests, touch, count, counters } = reporting({ order: 0 });
  for (const page of guests[0]!.move('free', 'used', 3000)) touch(page);
  guests[0]!.move('used', 'free', 1000);
  const { free } = host.pool;
  host.advance(1999);
  expect(host.pool.free).toBe(free);
  host.advance(1);
  expect(host.pool.free).toBe(free + 1000);
  expect(count('reported')).toBe(1000);
  expect(counters()).toMatchObject({ dropped: 1000, reported: 1000 });
  expect(host.credits().now['free-page-reporting']).toBe(1000);
  host.verify();
});

test('pages that nothing stands behind are not counted as given back', () => {
  const { host, count } = reporting({ order: 0 });
  host.advance(10_000);
  expect(count('reported')).toBe(0);
  expect(host.credits().now['free-page-reporting']).toBe(0);
});

test('a reported page that the guest uses again is zero, whatever stood there before', () => {
  const { guests, drivers } = modelGuests([64]);
  const host = composeHost({
    memory: toPages(200),
    vms: [{ name: 'a', size: toPages(64) }],
    strategies: [{ plugin: freePageReporting, options: { order: 0, pollMs: 100 } }],
    edges: { guests: drivers },
  });
  const vm = host.vm('a');
  for (const page of guests[0]!.move('free', 'used', 20)) vm.write(page, `secret ${page}`);
  guests[0]!.move('used', 'free', 10);
  host.advance(200);
  expect(host.kinds.names[host.memory.kind(toVmId(0), toGfn(3))]).toBe('reported');
  expect(vm.read(3).every((byte) => byte === 0)).toBe(true);
  expect(new TextDecoder().decode(vm.read(15)).startsWith('secret 15')).toBe(true);
  expect(host.strategyCounters()['free-page-reporting']).toMatchObject({ touched: 1, reported: 9 });
  host.verify();
  host.dispose();
});

test('only whole aligned blocks are dropped, whether the guest keeps to them or not', () => {
  for (const wholeBlocks of [true, false]) {
    const { host, guests, touch, count, counters } = reporting({ order: 9 });
    guests[0]!.wholeBlocks = wholeBlocks;
    for (const page of guests[0]!.move('free', 'used', 4096)) touch(page);
    // Pages 0 to 1499: two whole blocks of 512 and a part of a third.
    guests[0]!.move('used', 'free', 1500);
    host.advance(2000);
    expect(count('reported')).toBe(1024);
    expect(counters()['scattered']).toBe(wholeBlocks ? 0 : 1500 - 1024);
    host.verify();
  }
});

test('a block that becomes whole later is dropped later', () => {
  const { host, guests, touch, count } = reporting({ order: 9 });
  for (const page of guests[0]!.move('free', 'used', 4096)) touch(page);
  guests[0]!.move('used', 'free', 500);
  host.advance(2000);
  expect(count('reported')).toBe(0);
  guests[0]!.move('used', 'free', 12);
  host.advance(2000);
  expect(count('reported')).toBe(512);
});

test('a block of which a part was dropped earlier is whole again when the rest is told', () => {
  const { host, guests, touch, count } = reporting({ order: 3, pagesPerPoll: 64 });
  for (const page of guests[0]!.move('free', 'used', 16)) touch(page);
  guests[0]!.move('used', 'free', 16);
  host.advance(2000);
  expect(count('reported')).toBe(16);
  for (const page of guests[0]!.move('free', 'used', 4)) touch(page);
  expect(count('reported')).toBe(12);
  guests[0]!.move('used', 'free', 4);
  host.advance(2000);
  expect(count('reported')).toBe(16);
});

test('a guest without a driver reports nothing', () => {
  const { host, guests, touch, count } = reporting({ order: 0 });
  for (const page of guests[0]!.move('free', 'used', 100)) touch(page);
  guests[0]!.move('used', 'free', 100);
  guests[0]!.hasDriver = false;
  host.advance(10_000);
  expect(count('reported')).toBe(0);
});

test('a guest is asked for so many pages at a time and no more', () => {
  const { host, guests, touch, count } = reporting({ order: 0, pagesPerPoll: 300 });
  for (const page of guests[0]!.move('free', 'used', 1000)) touch(page);
  guests[0]!.move('used', 'free', 1000);
  const reported = [1, 2, 3, 4, 5].map(() => {
    host.advance(2000);
    return count('reported');
  });
  expect(reported).toEqual([300, 600, 900, 1000, 1000]);
});

test('nothing is left on the clock after disposal', () => {
  const { host } = reporting({});
  host.dispose();
  expect(host.clock.nextDueNs()).toBe(Infinity);
});

test('on both stores, whatever the guest frees and uses again, it reads zero or what it wrote last', () => {
  const table: ContentTable = {
    contentKey: 'sha256-64',
    codec: 'none',
    keyLo: Uint32Array.of(0, 1, 2),
    keyHi: Uint32Array.of(0, 7, 7),
    compressedBytes: Uint16Array.of(20, 3000, 3000),
    fill: Uint8Array.of(FILL_ZERO, FILL_OTHER, FILL_OTHER),
    bytes: new Uint8Array(3 * 4096).fill(1, 4096, 8192).fill(2, 8192),
  };
  const step = fc.record({
    do: fc.constantFrom('use', 'free', 'wait'),
    count: fc.integer({ min: 0, max: 40 }),
    content: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('keys' as const, 'bytes' as const),
      fc.array(step, { maxLength: 30 }),
      (store, steps) => {
        const { guests, drivers } = modelGuests([64]);
        const guest = guests[0]!;
        const host = composeHost({
          memory: toPages(120),
          reserve: toPages(16),
          vms: [{ name: 'a', size: toPages(64) }],
          store,
          strategies: [{ plugin: freePageReporting, options: { order: 2, pollMs: 10, pagesPerPoll: 32 } }],
          edges: { guests: drivers },
        });
        const witness = new Witness([64]);
        const bytes = host.store instanceof ByteStore ? host.store : undefined;
        const view = bytes === undefined ? undefined : (frame: Mfn): Uint8Array => bytes.view(frame);
        for (const { do: what, count, content } of steps) {
          if (what === 'wait') host.advance(count);
          if (what === 'free') guest.move('used', 'free', count);
          if (what === 'use') {
            for (const page of guest.move('free', 'used', count)) {
              const before = host.memory.kind(toVmId(0), toGfn(page));
              host.memory.access(toVmId(0), toGfn(page), true, host.clock.now());
              const frame = host.memory.frame(toVmId(0), toGfn(page));
              if (before !== 1) expect(host.store.fill(frame)).toBe(FILL_ZERO);
              host.store.write(frame, table, content);
              witness.wrote(toVmId(0), toGfn(page), table, content);
            }
          }
          for (let page = 0; page < 64; page++) {
            if (guest.use(page) !== 'used') continue;
            witness.check(
              toVmId(0),
              toGfn(page),
              host.memory.frame(toVmId(0), toGfn(page)),
              host.store,
              view,
            );
          }
          host.verify();
        }
        host.dispose();
      },
    ),
    { numRuns: 100 },
  );
});
