import { KIND_MAPPED, KIND_UNTOUCHED, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import type { Host, HostConfig } from '@overbook/core/host';
import { composeHost } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { hostswap } from './index.ts';

const VM = toVmId(0);
const SIZE = 24;

class WriteCounter {
  readonly name = 'counting';
  writes = 0;

  read(at: number) {
    return toNs(at + 100);
  }

  write(at: number) {
    this.writes++;
    return toNs(at + 10);
  }
}

function hostWith(device: WriteCounter, options: object = {}, more: Partial<HostConfig> = {}): Host {
  return composeHost({
    memory: toPages(64),
    memoryStates: 'direct',
    store: 'bytes',
    strategies: [{ plugin: hostswap, options: { victims: 'fifo', swapCache: true, ...options } }],
    vms: [{ name: 'a', size: toPages(SIZE) }],
    edges: { swapDevice: device },
    ...more,
  });
}

function takeAll(host: Host): void {
  const goal = toPages(host.memory.consumed(VM));
  host.reclaimer.reclaimFrom({ vm: VM, pages: goal }, 'hard', host.clock.now());
}

function text(host: Host, page: number): string {
  return new TextDecoder().decode(host.vm('a').read(page)).replace(/\0+$/, '');
}

test('a page that came back and was only read leaves again without a write; one that was written does not', () => {
  const device = new WriteCounter();
  const host = hostWith(device);
  for (let page = 0; page < 4; page++) host.vm('a').write(page, `page ${page}`);
  takeAll(host);
  expect(device.writes).toBe(4);
  expect([text(host, 0), text(host, 1), text(host, 2)]).toEqual(['page 0', 'page 1', 'page 2']);
  host.vm('a').write(1, 'anew');
  host.verify();
  expect(host.strategyCounters()['hostswap']).toMatchObject({ slotsUsed: 4, slotsKept: 3 });
  takeAll(host);
  expect(device.writes).toBe(5);
  expect(host.strategyCounters()['hostswap']).toMatchObject({ swapOuts: 7, cleanOuts: 2, slotsKept: 0 });
  expect(host.memory.events[VM]!.unwritten).toBe(2);
  expect([text(host, 0), text(host, 1), text(host, 2)]).toEqual(['page 0', 'anew', 'page 2']);
  host.verify();
  host.dispose();
});

test('a page that was written is not clean because somebody cleared its dirty bit', () => {
  const device = new WriteCounter();
  const host = hostWith(device);
  host.vm('a').write(0, 'page');
  takeAll(host);
  text(host, 0);
  host.vm('a').write(0, 'anew');
  host.memory.clearDirty(VM, toGfn(0));
  takeAll(host);
  expect([text(host, 0), device.writes]).toEqual(['anew', 2]);
  host.dispose();
});

test('without the option, as in ESX, every page that leaves is written', () => {
  const device = new WriteCounter();
  const host = hostWith(device, { swapCache: false });
  host.vm('a').write(0, 'page');
  takeAll(host);
  text(host, 0);
  takeAll(host);
  expect(device.writes).toBe(2);
  expect(host.strategyCounters()['hostswap']).not.toHaveProperty('cleanOuts');
  host.dispose();
});

test('slots are kept while the swap file is less than half full, and given up where it is full', () => {
  const device = new WriteCounter();
  const host = hostWith(device, {}, { vms: [{ name: 'a', size: toPages(SIZE), reservation: toPages(14) }] });
  for (let page = 0; page < SIZE; page++) host.vm('a').write(page, `page ${page}`);
  const swap = host.strategies[0]!.strategy;
  const take = (goal: number) =>
    swap.reclaim!({
      vm: VM,
      goal: toPages(goal),
      budget: toPages(1000),
      state: 'hard',
      direct: false,
      at: host.clock.now(),
    });
  expect(take(6).freed).toBe(6);
  const out = Array.from({ length: 6 }, (_, page) => page);
  for (const page of out) expect(text(host, page)).toBe(`page ${page}`);
  // Half of ten slots are used by the time of the second read: the first was read with more.
  const { slotsKept } = host.strategyCounters()['hostswap']!;
  expect(slotsKept).toBe(4);
  host.verify();
  expect(take(20)).toMatchObject({ freed: 10, refused: [{ why: 'swap full' }] });
  host.verify();
  host.dispose();
});

test('a host cache keeps no page that was read, so it takes no swap cache', () => {
  expect(() => hostWith(new WriteCounter(), { device: 'host-cache' })).toThrow(
    /swapCache.*cannot be combined/,
  );
});

test('whatever happens to pages meanwhile, each reads as it was last written', () => {
  const step = fc.record({
    does: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom('write', 'read', 'read', 'read', 'take', 'take') },
      { weight: 8, arbitrary: fc.constantFrom('forget', 'share', 'look') },
      { weight: 1, arbitrary: fc.constant('cycle') },
    ),
    page: fc.integer({ min: 0, max: SIZE - 1 }),
    other: fc.integer({ min: 0, max: SIZE - 1 }),
  });
  let clean = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 40, maxLength: 120 }),
      fc.constantFrom('fifo', 'lru', 'clock', 'random'),
      (steps, victims) => {
        const host = hostWith(new WriteCounter(), { victims }, { memory: toPages(40) });
        const model = Array.from({ length: SIZE }, () => '');
        steps.forEach(({ does, page, other }, i) => {
          const { memory } = host;
          if (does === 'write') {
            model[page] = i % 5 === 0 ? 'alike' : `content ${i}`;
            host.vm('a').write(page, model[page]);
          } else if (does === 'read') {
            expect(text(host, page)).toBe(model[page]);
          } else if (does === 'take') {
            host.reclaimer.reclaimFrom({ vm: VM, pages: toPages(other % 8) }, 'hard', host.clock.now());
          } else if (does === 'forget') {
            memory.drop(VM, toGfn(page), KIND_UNTOUCHED, 0);
            model[page] = '';
          } else if (does === 'share') {
            if (page === other || model[page] !== model[other]) return;
            for (const one of [page, other]) expect(text(host, one)).toBe(model[one]);
            if (memory.kind(VM, toGfn(page)) !== KIND_MAPPED || memory.kind(VM, toGfn(other)) !== KIND_MAPPED)
              return;
            memory.merge(VM, toGfn(other), memory.makeShared(VM, toGfn(page)));
          } else if (does === 'look') {
            memory.clearDirty(VM, toGfn(page));
          } else {
            host.powerOff('a');
            host.powerOn('a');
            model.fill('');
          }
        });
        host.verify();
        for (let page = 0; page < SIZE; page++) expect(text(host, page)).toBe(model[page]);
        clean += host.strategyCounters()['hostswap']!['cleanOuts']!;
        host.dispose();
      },
    ),
    { numRuns: 150 },
  );
  expect(clean).toBeGreaterThan(100);
});
