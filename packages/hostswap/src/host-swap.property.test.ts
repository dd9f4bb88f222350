/** The parts of hostswap against the plainest models of them: a stack, a timetable, a list, a Map of contents. */
import { toGfn, toNs, toPages, toVmId } from '@overbook/core';
import { SeededRandom, composeHost } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { HostCacheDevice, QueuedDevice } from './devices.ts';
import { hostswap } from './index.ts';
import { SwapSpace } from './swap-space.ts';

test('slots are a stack of those given back above those never used', () => {
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('take' as const, 'take' as const, 'give' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  );
  fc.assert(
    fc.property(fc.nat(40), fc.array(fc.tuple(step, fc.nat(1000))), (capacity, steps) => {
      const real = new SwapSpace(capacity);
      let free = Array.from({ length: capacity }, (_, slot) => capacity - 1 - slot);
      let used: number[] = [];
      for (const [does, pick] of steps) {
        if (does === 'take') {
          const slot = free.pop();
          expect(real.take()).toBe(slot ?? -1);
          if (slot !== undefined) used.push(slot);
        } else if (does === 'give' && used.length > 0) {
          const [slot] = used.splice(pick % used.length, 1) as [number];
          real.give(slot);
          free.push(slot);
        } else if (does === 'clear') {
          real.clear();
          used = [];
          free = Array.from({ length: capacity }, (_, slot) => capacity - 1 - slot);
        }
        expect(real.used).toBe(used.length);
      }
    }),
  );
});

test('a device serves what was asked for in turn, as soon as a channel is free', () => {
  const arrival = fc.record({ write: fc.boolean(), afterNs: fc.nat(3000) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(arrival, { maxLength: 80 }),
      (channels, arrivals) => {
        const model = { readNs: [500, 900], channels, writeNs: 300, source: '' } as const;
        const device = new QueuedDevice('d', model, new SeededRandom(1).stream('d'));
        // The same draws, for the model's timetable.
        const draws = new SeededRandom(1).stream('d');
        const under: number[] = [];
        let at = 0;
        for (const { write, afterNs } of arrivals) {
          at += afterNs;
          // It begins when fewer than `channels` of those before it are still being served.
          const ends = under.filter((end) => end > at).sort((a, b) => a - b);
          const begins = ends.length < channels ? at : ends[ends.length - channels]!;
          const [least, most] = model.readNs;
          const end = begins + (write ? model.writeNs * channels : least + draws.below(most - least + 1));
          under.push(end);
          expect(write ? device.write(toNs(at)) : device.read(toNs(at))).toBe(end);
        }
      },
    ),
  );
});

test('the host cache is a list of pages, those written longest ago leave it first', () => {
  const step = fc.record({ does: fc.constantFrom('write', 'write', 'read', 'discard'), page: fc.nat(12) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (capacity, steps) => {
      const asked: string[] = [];
      const device = (name: string) => ({
        name,
        read: (at: number, page: number) => (asked.push(`${name} read ${page}`), toNs(at)),
        write: (at: number, page: number) => (asked.push(`${name} write ${page}`), toNs(at)),
      });
      const spilled: number[] = [];
      const cache = new HostCacheDevice(device('ssd'), device('disk'), capacity, (page) =>
        spilled.push(page),
      );
      let list: number[] = [];
      const expected: string[] = [];
      const gone: number[] = [];
      for (const { does, page } of steps) {
        const cached = list.includes(page);
        list = list.filter((one) => one !== page);
        if (does === 'write') {
          cache.write(toNs(0), page);
          list.push(page);
          if (list.length > capacity) {
            gone.push(list.shift()!);
            expected.push(`disk write ${gone.at(-1)!}`);
          }
          expected.push(`ssd write ${page}`);
        } else if (does === 'read') {
          cache.read(toNs(0), page);
          expected.push(`${cached ? 'ssd' : 'disk'} read ${page}`);
        } else {
          cache.discard(page);
        }
        for (let one = 0; one <= 12; one++) expect(cache.holds(one)).toBe(list.includes(one));
      }
      expect(asked).toEqual(expected);
      expect(spilled).toEqual(gone);
    }),
  );
});

const SIZE = 48;
const RESERVATION = 8;

test('whatever is squeezed, touched, dropped and switched off, a Map of contents tells what every page reads', () => {
  const step = fc.record({
    does: fc.constantFrom('write', 'write', 'read', 'squeeze', 'balloon', 'off'),
    vm: fc.nat(1),
    page: fc.nat(SIZE - 1),
    count: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('random' as const, 'lru' as const, 'fifo' as const, 'clock' as const),
      fc.constantFrom('sata-ssd' as const, 'host-cache' as const),
      fc.array(step, { minLength: 20, maxLength: 160 }),
      (victims, device, steps) => {
        const host = composeHost({
          memory: toPages(200),
          reserve: toPages(4),
          vms: ['a', 'b'].map((name) => ({ name, size: toPages(SIZE), reservation: toPages(RESERVATION) })),
          strategies: [{ plugin: hostswap, options: { victims, device, hostCacheMiB: 1 } }],
        });
        const { memory } = host;
        const strategy = host.strategies[0]!.strategy;
        const swapped = host.kinds.names.indexOf('swapped');
        const contents = [new Map<number, string>(), new Map<number, string>()];
        let outs = 0;
        let ins = 0;
        for (const [i, { does, vm, page, count }] of steps.entries()) {
          const id = toVmId(vm);
          const name = 'ab'[vm]!;
          const touched = host.memory.kind(id, toGfn(page)) === swapped;
          if (does === 'write') {
            host.vm(name).write(page, `write ${i}`);
            contents[vm]!.set(page, `write ${i}`);
            if (touched) ins++;
          } else if (does === 'read') {
            const read = new TextDecoder().decode(host.vm(name).read(page)).replace(/\0+$/, '');
            expect(read).toBe(contents[vm]!.get(page) ?? '');
            if (touched) ins++;
          } else if (does === 'balloon') {
            memory.balloon(id, toGfn(page));
            contents[vm]!.delete(page);
          } else if (does === 'off') {
            host.powerOff(name);
            host.powerOn(name);
            contents[vm]!.clear();
          } else {
            const before = memory.count(id, swapped);
            const room = SIZE - RESERVATION - before;
            const there = memory.count(id, 1);
            const { freed } = strategy.reclaim!({
              vm: id,
              goal: toPages(count),
              budget: toPages(1000),
              state: 'hard',
              direct: false,
              at: host.clock.now(),
            });
            expect(freed).toBe(Math.min(count, there, room));
            expect(memory.count(id, swapped)).toBe(before + freed);
            outs += freed;
          }
          expect(host.strategyCounters()['hostswap']).toMatchObject({
            swapOuts: outs,
            swapIns: ins,
            slotsUsed: memory.count(toVmId(0), swapped) + memory.count(toVmId(1), swapped),
          });
          host.verify();
        }
        for (const vm of [0, 1]) {
          for (let page = 0; page < SIZE; page++) {
            const read = new TextDecoder().decode(host.vm('ab'[vm]!).read(page)).replace(/\0+$/, '');
            expect(read).toBe(contents[vm]!.get(page) ?? '');
          }
        }
        host.dispose();
      },
    ),
    { numRuns: 60 },
  );
});
