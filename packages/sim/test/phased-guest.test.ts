import type { AnyStrategyPlugin } from '@overbook/core/host';
import { CLOCK, GUESTS, NS_PER_SECOND, PAGES, defineStrategy, toGfn, mib, toVmId } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { interval } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import type { PhasedGuestSpec } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

const SIZE = mib(16);

function guest(more: Partial<PhasedGuestSpec> = {}): PhasedGuestSpec {
  return {
    kind: 'phased',
    name: 'a',
    size: SIZE,
    contents: [
      { kind: 'private', pages: 1000 },
      { kind: 'common', of: 'os', pages: 500 },
      { kind: 'copies', pages: 300, copies: 3 },
      { kind: 'zero', pages: 200 },
    ],
    phases: [],
    untilMs: 20_000,
    loadMs: 5_000,
    ...more,
  };
}

function run(
  guests: readonly PhasedGuestSpec[],
  more: More = {},
): { readonly result: ReturnType<typeof runSimulation> } {
  const result = runSimulation(
    withMore(
      {
        name: 'test',
        host: { memory: mib(64), memoryStates: 'esx-1.5' },
        guests,
        mix: { strategies: [plainSwap] },
        run: {
          seed: 1,
          order: 'shuffled',
          offsetSpread: 0,
          check: true,
          edges: { swapDevice: new InstantDevice() },
        },
      },
      more,
    ),
  );
  return { result };
}

test('contents are of the sorts and counts that were asked for', () => {
  const { host } = run([guest()]).result;
  expect(host.vms[0]).toMatchObject({ granted: 2000, zero: 200, private: 2000, untouched: SIZE - 2000 });
});

test('a boot that zeroes touches every frame but the first, before contents come in', () => {
  const zero: number[] = [];
  const { host } = run([guest({ zeroMs: 4_000 })], {
    run: { onSample: (at) => zero.push(at.counters().vms[0]!.zero) },
  }).result;
  expect(host.vms[0]).toMatchObject({ granted: SIZE - 1, zero: SIZE - 1 - 1800 });
  expect(zero.slice(0, 4).sort((a, b) => a - b)).toEqual(zero.slice(0, 4));
  expect(zero[3]).toBe(SIZE - 1);
  expect(zero.at(-1)).toBe(SIZE - 1 - 1800);
});

test('pages in use are touched once in the time stated, others not at all', () => {
  const phases = [{ atMs: 6_000, active: 400 }];
  const { guests } = run([guest({ phases, touchEveryMs: 5_000, untilMs: 26_000, writePercent: 0 })]).result;
  const loads = 2000;
  // 20 s of 400 pages every 5 s.
  expect(guests[0]!.touches).toBe(loads + 4 * 400);
  expect(guests[0]!.writes).toBe(loads);
});

test('schedules are followed up and down; what goes out of use stays', () => {
  const phases = [
    { atMs: 6_000, active: 900 },
    { atMs: 12_000, active: 100 },
  ];
  const { host, guests } = run([guest({ phases, untilMs: 20_000 })]).result;
  expect(guests[0]!.os!['active']).toBe(100);
  expect(host.vms[0]!.zero).toBe(200);
});

test('a program that ends frees its private pages, and a zero page thread zeroes them', () => {
  const phases = [
    { atMs: 6_000, active: 900 },
    { atMs: 12_000, active: 100, ends: true },
  ];
  const after = (zeroesFreed: boolean) => run([guest({ phases, untilMs: 30_000, zeroesFreed })]).result;
  const free = SIZE - 1 - 2000 + 900;
  expect(after(true).guests[0]!.os).toMatchObject({ zeroed: 900, free });
  expect(after(true).host.vms[0]!.zero).toBe(200 + 900);
  expect(after(false).guests[0]!.os).toMatchObject({ zeroed: 0, free });
  expect(after(false).host.vms[0]!.zero).toBe(200);
});

/** Balloons `pages` of the first guest at the first second in which its driver answers, and lets go of them at 40 s. */
function taker(pages: number, answered: number[] = []): AnyStrategyPlugin {
  return defineStrategy({
    id: 'taker',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES, guests: GUESTS, clock: CLOCK },
    create: ({ table, guests, clock }) => ({
      start: () =>
        interval(1_000, clock.scheduler).subscribe((second) => {
          const vm = toVmId(0);
          if (!guests.hasDriver(vm)) return;
          const into = new Uint32Array(pages);
          if (answered.length === 0) {
            const given = guests.inflate(vm, pages, into);
            for (let i = 0; i < given; i++) table.balloon(vm, toGfn(into[i]!));
            answered.push(second + 1, given);
          } else if (second === 40) {
            const returned = guests.deflate(vm, pages, into);
            for (let i = 0; i < returned; i++) table.unballoon(vm, toGfn(into[i]!));
          }
        }),
    }),
  });
}

test('the driver answers late, gives free frames, then pages that are furthest from use', () => {
  const phases = [{ atMs: 0, active: 1000 }];
  const answered: number[] = [];
  const free = SIZE - 1 - 2000;
  const { guests, host } = run([guest({ phases, driver: true, driverFromMs: 8_000 })], {
    mix: { strategies: [taker(free + 600, answered), plainSwap] },
  }).result;
  expect(answered).toEqual([8, free + 600]);
  expect(host.vms[0]!.ballooned).toBe(free + 600);
  // The last 600 pages: 200 zero ones, 300 copies, 100 common ones; nothing in use was touched in vain.
  expect(guests[0]!.os).toMatchObject({
    resident: 1400,
    free: 0,
    guestSwapIns: 0,
    reread: 0,
    outOfMemory: 0,
  });
  expect(host.vms[0]!.zero).toBe(0);
});

test('who has no driver has none', () => {
  const answered: number[] = [];
  run([guest()], { mix: { strategies: [taker(10, answered), plainSwap] } });
  expect(answered).toEqual([]);
});

test('a page that the balloon took comes back from the disk of the guest, in place of one that is wanted later', () => {
  const phases = [
    { atMs: 0, active: 400 },
    { atMs: 20_000, active: 1000 },
  ];
  const taken = SIZE - 1 - 500;
  const { guests } = run([guest({ phases, driver: true, driverFromMs: 8_000, untilMs: 30_000 })], {
    mix: { strategies: [taker(taken), plainSwap] },
  }).result;
  // 500 frames are left for 1000 pages in use, all private, which are gone through once in 10 s: the best that can be
  // done is to read half of them in again.
  const { guestSwapIns, resident, outOfMemory } = guests[0]!.os!;
  expect(resident).toBe(500);
  expect(outOfMemory).toBe(0);
  expect(guestSwapIns).toBeGreaterThanOrEqual(500);
  expect(guestSwapIns).toBeLessThan(600);
});

test('memory that is free in the guest fills again where the schedule says so, at its pace', () => {
  const taken = SIZE - 1 - 500;
  const filled = (fillsFree: number): Readonly<Record<string, number>> =>
    run([guest({ driver: true, driverFromMs: 8_000, untilMs: 60_000, fillsFree })], {
      mix: { strategies: [taker(taken), plainSwap] },
    }).result.guests[0]!.os!;
  expect(filled(0)).toMatchObject({ resident: 500, reread: 0, guestSwapIns: 0 });
  // 50 a second from second 41 on: the private pages first.
  const { resident, guestSwapIns } = filled(50);
  expect(guestSwapIns).toBe(500);
  expect(resident).toBeGreaterThan(500 + 15 * 50);
  expect(resident).toBeLessThan(500 + 21 * 50);
});

test('a zero page thread zeroes what comes back from the balloon, so that the host must back it again', () => {
  const granted = (zeroesFreed: boolean): number =>
    run([guest({ driver: true, driverFromMs: 8_000, untilMs: 60_000, zeroesFreed })], {
      mix: { strategies: [taker(1000), plainSwap] },
    }).result.host.vms[0]!.granted;
  // The frames it gave were free and never touched.
  expect(granted(false)).toBe(2000);
  expect(granted(true)).toBe(3000);
});

test('equal seeds give equal runs', () => {
  const phases = [{ atMs: 1_000, active: 700 }];
  expect(run([guest({ phases })]).result).toEqual(run([guest({ phases })]).result);
});

test.each<readonly [Partial<PhasedGuestSpec>, RegExp]>([
  [{ contents: [{ kind: 'private', pages: SIZE }] }, /contents are 4096 pages, but its memory has 4095/],
  [{ phases: [{ atMs: 0, active: 2001 }] }, /2001 pages should be in use, but it has contents for 2000/],
  [
    {
      phases: [
        { atMs: 5, active: 1 },
        { atMs: 4, active: 1 },
      ],
    },
    /not in order of time/,
  ],
])('what cannot be is refused: %j', (more, what) => {
  expect(() => run([guest(more)])).toThrow(what);
});

test('times are virtual seconds', () => {
  const times: number[] = [];
  run([guest()], { run: { onSample: (host) => times.push(host.clock.now() / NS_PER_SECOND) } });
  expect(times.slice(0, 3)).toEqual([1, 2, 3]);
});

/** Unplugs blocks of 64 pages from the first guest once, and plugs them again at 40 s. */
function unplugger(blocks: number, seen: { given: number; free: number[] }): AnyStrategyPlugin {
  return defineStrategy({
    id: 'unplugger',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES, guests: GUESTS, clock: CLOCK },
    kinds: ['gone'],
    roles: { gone: 'unplugged' },
    create: ({ table, guests, clock }, _options, self) => {
      const vm = toVmId(0);
      const firsts = new Uint32Array(blocks);
      const pagesOf = (first: number) => Array.from({ length: 64 }, (_, i) => toGfn(first + i));
      return {
        start: () =>
          interval(1_000, clock.scheduler).subscribe((second) => {
            if (!guests.hasDriver(vm)) return;
            const told = guests.statistics(vm)!.free!;
            if (seen.given === 0) {
              seen.given = guests.unplug(vm, 6, blocks, firsts);
              for (const first of firsts.subarray(0, seen.given))
                for (const page of pagesOf(first)) table.drop(vm, page, self.kinds['gone']!, 0);
              seen.free.push(told, guests.statistics(vm)!.free!);
            } else if (second === 40) {
              seen.free.push(told);
              for (const first of firsts.subarray(0, seen.given)) {
                if (guests.plug(vm, 6, toGfn(first)))
                  for (const page of pagesOf(first)) table.unballoon(vm, page);
              }
              seen.free.push(guests.statistics(vm)!.free!);
            }
          }),
      };
    },
  });
}

test('unplugged blocks are free ones, and the guest has them again when they are plugged', () => {
  const seen = { given: 0, free: [] as number[] };
  const phases = [{ atMs: 0, active: 1000 }];
  const { host } = run([guest({ phases, driver: true, driverFromMs: 8_000, untilMs: 60_000 })], {
    mix: { strategies: [unplugger(999, seen), plainSwap] },
  }).result;
  expect(seen.given).toBeGreaterThan(5);
  const [before, without, then, after] = seen.free;
  expect(without).toBe(before! - 64 * seen.given);
  expect(after).toBe(then! + 64 * seen.given);
  expect(host.vms[0]!.kinds).toMatchObject({ gone: 0 });
});
