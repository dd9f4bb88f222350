import { BLOCKED, NS_PER_MS, PAGES_PER_MIB, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { composeHost } from '@overbook/core/host';
import { expect, test } from 'vitest';

import { DEVICE_MODELS } from './devices.ts';
import { hostswap } from './index.ts';

const VM = toVmId(0);

function hostOn(device: 'disk' | 'sata-ssd', memoryStates: 'direct' | 'esxi-6.x'): Host {
  return composeHost({
    memory: toPages(64 * PAGES_PER_MIB),
    store: 'keys',
    memoryStates,
    vms: [{ name: 'a', size: toPages(512 * PAGES_PER_MIB) }],
    strategies: [{ plugin: hostswap, options: { device } }],
  });
}

/** A guest that touches one new page after the other as fast as it may. @returns when it is done */
function fill(host: Host, pages: number): number {
  let at = 0;
  for (let page = 0; page < pages; page++) {
    for (;;) {
      host.settle(toNs(at));
      const done = host.memory.access(VM, toGfn(page), true, toNs(at));
      if (done !== BLOCKED) {
        at = done;
        break;
      }
      at += NS_PER_MS;
    }
  }
  return at;
}

test.each([
  ['disk', 'direct'],
  ['disk', 'esxi-6.x'],
  ['sata-ssd', 'direct'],
  ['sata-ssd', 'esxi-6.x'],
] as const)(
  'a guest that fills memory goes at the pace of the %s that is swapped to (%s)',
  (device, states) => {
    const host = hostOn(device, states);
    const { writeNs } = DEVICE_MODELS[device];
    const endNs = fill(host, 200 * PAGES_PER_MIB);
    const written = host.strategyCounters()['hostswap']!['swapOuts']! - host.pool.inWriting;
    // What is claimed and not yet written belongs to accesses that have returned: at most the last one.
    expect((written - 1) * writeNs).toBeLessThanOrEqual(endNs);
    expect(written).toBeGreaterThan(130 * PAGES_PER_MIB);
    // Nobody waits for more than the writes and the work of the host.
    expect(endNs).toBeLessThan(written * (writeNs + 6_000) * 1.05 + 100 * NS_PER_MS);
    host.verify();
    host.dispose();
  },
);

test('frames of a background pass are usable one by one as their pages are written', () => {
  const host = hostOn('disk', 'direct');
  const { writeNs } = DEVICE_MODELS.disk;
  for (let page = 0; page < 1000; page++) host.memory.access(VM, toGfn(page), true, toNs(0));
  const { free } = host.pool;
  host.reclaimer.reclaimFrom({ vm: VM, pages: toPages(100) }, 'high', toNs(0));
  expect([host.pool.free, host.pool.usable]).toEqual([free + 100, free]);
  host.settle(toNs(40 * writeNs));
  expect(host.pool.usable).toBe(free + 40);
  expect(host.pressure().free).toBe(free + 40);
  host.settle(toNs(100 * writeNs));
  expect([host.pool.free, host.pool.usable]).toEqual([free + 100, free + 100]);
  host.dispose();
});

test('who needs a frame gets the one that is written first, and swaps nothing more out for it', () => {
  const host = hostOn('disk', 'direct');
  const { writeNs } = DEVICE_MODELS.disk;
  const all = host.pool.free - host.pool.reserve;
  for (let page = 0; page < all; page++) host.memory.access(VM, toGfn(page), true, toNs(0));
  host.reclaimer.reclaimFrom({ vm: VM, pages: toPages(10) }, 'high', toNs(0));
  for (let i = 0; i < 10; i++)
    expect(host.memory.access(VM, toGfn(all + i), true, toNs(0))).toBe((i + 1) * writeNs);
  expect(host.strategyCounters()['hostswap']!['swapOuts']).toBe(10);
  expect([host.pool.usable - host.pool.reserve, host.pool.inWriting]).toEqual([0, 0]);
  host.memory.access(VM, toGfn(all + 10), true, toNs(0));
  expect(host.strategyCounters()['hostswap']!['swapOuts']).toBe(11);
  host.verify();
  host.dispose();
});
