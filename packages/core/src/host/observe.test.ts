import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { FRAMES, METER, PAGES, PAGE_STORE } from '../contract/tokens.ts';
import { BLOCKED, defineStrategy, done } from '../contract/strategy.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import { NO_FRAME } from '../ports/page-service.ts';
import { toGfn, toNs, toPages } from '../units/page.ts';
import { SomeStalled } from '../memory/some-stalled.ts';
import { StallAverages } from './stall-averages.ts';

const READ_NS = 2_000_000;

/** Swaps the lowest mapped page to slots; each read takes 2 ms. */
const swap = defineStrategy({
  id: 'slow-swap',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES, store: PAGE_STORE, meter: METER },
  kinds: ['far'],
  roles: { far: 'swapped' },
  create: ({ table, frames, store }, _options, self) => {
    const slots = store.slots();
    return {
      backings: {
        far: {
          fault: (vm, page, slot, at) => {
            const frame = frames.take(vm, at);
            if (frame === NO_FRAME) return BLOCKED;
            slots.load(slot, frame);
            table.install(vm, page, frame);
            return done(at, frames.readyAt, toNs(READ_NS));
          },
          release: (_vm, _page, slot) => slots.drop(slot),
          peek: (_vm, _page, slot, into) => slots.load(slot, into),
          footprint: () => toPages(0),
        },
      },
      reclaim: ({ vm, goal }) => {
        let freed = 0;
        for (let page = 0; page < table.vms[vm]!.size && freed < goal; page++) {
          if (table.kind(vm, toGfn(page)) !== KIND_MAPPED || table.pinned(vm, toGfn(page))) continue;
          slots.save(page, table.frame(vm, toGfn(page)));
          freed += table.evict(vm, toGfn(page), self.kinds['far']!, page);
        }
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(freed), refused: [] };
      },
    };
  },
});

function hostOf() {
  return composeHost({
    memory: toPages(32),
    vms: [{ name: 'a', size: toPages(48) }],
    strategies: [swap],
    memoryStates: 'direct',
  });
}

test('an observation tells waiting, swap traffic and use by role, whatever the kind is called', () => {
  const host = hostOf();
  for (let page = 0; page < 40; page++) host.vm('a').write(page, 'x');
  for (let page = 0; page < 5; page++) host.vm('a').read(page);
  const seen = host.observe('period');
  const vm = seen.vms[0]!;
  expect(vm).toMatchObject({
    swapIns: 5,
    swapOuts: 13,
    kinds: { far: 8 },
    waited: { swap: 5 * READ_NS, compression: 0, blocked: 0, other: 0 },
    target: 48,
  });
  expect(seen).toMatchObject({ waited: 5 * READ_NS, swapUsed: 8 });
  expect(vm.some!.totalNs).toBe(5 * READ_NS);
  expect(vm.full).toEqual(vm.some);
});

test('what nobody knows is absent: no driver, no balloon, no merging, no refaults', () => {
  const seen = hostOf().observe('period');
  const unknown = ['guestFree', 'guestAvailable', 'statisticsAgeNs', 'balloonTarget', 'refaults', 'active'];
  for (const name of unknown) expect(seen.vms[0]).not.toHaveProperty(name);
  for (const name of ['ksm', 'swapTotal']) expect(seen).not.toHaveProperty(name);
});

test('a guest tells its own swap traffic and how old its numbers are', () => {
  const host = composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(32) }],
    strategies: [],
    edges: {
      guests: {
        hasDriver: () => true,
        statistics: () => ({
          free: toPages(3),
          swapped: toPages(4),
          swapIns: toPages(5),
          swapOuts: toPages(9),
          at: toNs(2e9),
        }),
        inflate: () => 0,
        deflate: () => 0,
        reportFree: () => 0,
      },
    },
  });
  host.advance(5000);
  expect(host.observe('period').vms[0]).toMatchObject({
    guestFree: 3,
    guestSwapped: 4,
    guestSwapIns: 5,
    guestSwapOuts: 9,
    statisticsAgeNs: 3e9,
  });
});

test('a blocked access waits from when it was told so until it has its frame', () => {
  const host = composeHost({
    memory: toPages(17),
    reserve: toPages(1),
    vms: [
      { name: 'a', size: toPages(16) },
      { name: 'b', size: toPages(16) },
    ],
    strategies: [],
    memoryStates: 'direct',
    admission: 'off',
  });
  for (let page = 0; page < 16; page++) host.vm('a').write(page, 'x');
  const { memory } = host;
  expect(memory.access(memory.vms[1]!.id, toGfn(0), true, toNs(0))).not.toBe(BLOCKED);
  expect(memory.access(memory.vms[1]!.id, toGfn(1), true, toNs(1000))).toBe(BLOCKED);
  host.advance(1);
  expect(host.observe('period').vms[1]!.waited!.blocked).toBe(999_000);
  host.powerOff('a');
  expect(memory.access(memory.vms[1]!.id, toGfn(1), true, toNs(5_001_000))).toBe(5_001_000);
  expect(host.observe('period').vms[0]!.waited!.blocked).toBe(5_000_000);
});

test('averages go the way of an even load within their windows, and begin anew with a power cycle', () => {
  const stalls = new StallAverages();
  const second = 1e9;
  let stall = stalls.read(0, toNs(0), 0);
  // A quarter of each second is lost, for a minute, looked at unevenly.
  for (const step of [1, 3, 10, 11, 20, 33, 47, 60])
    stall = stalls.read(0, toNs(step * second), (step * second) / 4);
  expect(stall.avg10).toBeCloseTo(25 * (1 - Math.exp(-6)), 0);
  expect(stall.avg60).toBeCloseTo(25 * (1 - Math.exp(-1)), 0);
  expect(stall.avg300).toBeCloseTo(25 * (1 - Math.exp(-60 / 300)), 0);
  expect(stalls.read(0, toNs(61 * second), 0)).toEqual({ avg10: 0, avg60: 0, avg300: 0, totalNs: 0 });
});

test('averages follow the fixed-point factors of the kernel, at its pace', () => {
  const stalls = new StallAverages();
  // kernel/sched/psi.c and include/linux/sched/loadavg.h: EXP_10s, EXP_60s, EXP_300s of FIXED_1 = 2048.
  const factors = [1677, 1981, 2034];
  const kernel = [0, 0, 0];
  stalls.read(0, toNs(0), 0);
  let total = 0;
  for (let period = 1; period <= 60; period++) {
    const percent = period % 7 === 0 ? 90 : 10;
    total += 2e9 * (percent / 100);
    factors.forEach((factor, i) => (kernel[i] = (kernel[i]! * factor + percent * (2048 - factor)) / 2048));
    const { avg10, avg60, avg300 } = stalls.read(0, toNs(period * 2e9), total);
    [avg10, avg60, avg300!].forEach((average, i) => expect(Math.abs(average - kernel[i]!)).toBeLessThan(0.2));
  }
});

test('a wait that is longer than a look is carried over', () => {
  const stalls = new StallAverages();
  stalls.read(0, toNs(0), 0);
  const first = stalls.read(0, toNs(1e9), 3e9);
  const second = stalls.read(0, toNs(2e9), 3e9);
  expect(first.avg10).toBeCloseTo(100 * (1 - Math.exp(-0.1)), 6);
  expect(second.avg10).toBeCloseTo(100 * (1 - Math.exp(-0.2)), 6);
});

test('of the host, a moment in which several VMs wait counts once', () => {
  const some = new SomeStalled();
  some.note(toNs(0), toNs(100));
  some.note(toNs(50), toNs(150));
  some.note(toNs(60), toNs(80));
  some.note(toNs(200), toNs(210));
  expect(some.totalNs).toBe(160);
  expect(some.after(205, 300)).toBe(90);
});

test('a host tells when some VM waits, also while one is blocked', () => {
  const host = composeHost({
    memory: toPages(17),
    reserve: toPages(1),
    vms: [
      { name: 'a', size: toPages(16) },
      { name: 'b', size: toPages(16) },
    ],
    strategies: [],
    memoryStates: 'direct',
    admission: 'off',
  });
  for (let page = 0; page < 17; page++) {
    const vm = host.memory.vms[page === 16 ? 1 : 0]!.id;
    host.memory.access(vm, toGfn(page % 16), true, toNs(0));
  }
  expect(host.memory.access(host.memory.vms[1]!.id, toGfn(1), true, toNs(1000))).toBe(BLOCKED);
  host.advance(1);
  expect(host.observe('period').some!.totalNs).toBe(999_000);
  host.powerOff('b');
  host.advance(1);
  expect(host.observe('period').some!.totalNs).toBe(999_000);
});
