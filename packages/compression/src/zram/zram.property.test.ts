import type { AnyStrategyPlugin } from '@overbook/core/host';
import { toGfn, toPages, toVmId } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { PlainFrames, fateOf, table } from '../../test/plain-frames.ts';
import { rig } from '../../test/rig.ts';
import { zram } from '../index.ts';

const NAMES = ['a', 'b'];
const SIZE = 60;
const MEMORY = 250;

const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('write'), content: fc.nat(23) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('read', 'give'), content: fc.constant(0) }) },
  { weight: 70, arbitrary: fc.record({ do: fc.constant('offer'), content: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cycle', 'shrink'), content: fc.constant(0) }) },
);
const steps = fc.array(fc.tuple(step, fc.nat(NAMES.length - 1), fc.nat(SIZE - 1)), {
  minLength: 150,
  maxLength: 400,
});
const sizes = fc.record({
  kernel: fc.constantFrom('6.1', '6.18'),
  disksizePercent: fc.constantFrom(10, 20, 100),
  memLimitPercent: fc.constantFrom(0, 4, 8),
});

test('every page of two VMs, powered off and on, is where plain lists say', () => {
  let [full, failed, cycles, shrunk] = [0, 0, 0, 0];
  fc.assert(
    fc.property(fc.constantFrom('bytes' as const, 'keys' as const), sizes, steps, (store, options, all) => {
      const { write, read, peek, offer, balloon, host, control, counters, kind, witness } = rig({
        table,
        store,
        options,
        memory: MEMORY,
        plugin: zram as AnyStrategyPlugin,
        vms: NAMES.map((name) => ({ name, size: toPages(SIZE) })),
      });
      const slots = Math.ceil((MEMORY * options.disksizePercent) / 100);
      const most = options.memLimitPercent === 0 ? Infinity : (MEMORY * options.memLimitPercent) / 100;
      const pool = new PlainFrames(NAMES.length);
      const tally = { swap_full: 0, failed_writes: 0, huge_pages_since: 0, handed_on: 0 };
      const content = NAMES.map(() => new Map<number, number>());
      const where = NAMES.map(() => Array.from({ length: SIZE }, () => 'untouched'));
      const kept = (): number => where.flat().filter((one) => one === 'zram').length;
      const put = (vm: number, page: number, to: string): void => {
        if (where[vm]![page] === 'zram') pool.take(vm, page);
        where[vm]![page] = to;
      };
      const fill = (vm: number): void => {
        for (let page = 0; page < SIZE; page++) {
          content[vm]!.set(page, (page * 7) % 24);
          put(vm, page, 'mapped');
          write(page, (page * 7) % 24, vm);
        }
      };
      /** What the device answers to a victim, from its documentation. */
      const takes = (vm: number, page: number): boolean => {
        const fate = fateOf(content[vm]!.get(page)!);
        if (kept() >= slots) {
          tally.swap_full++;
          return false;
        }
        if (fate === 'zeros' || fate === 'word') return true;
        if (pool.frames.length + (pool.needsFrame(fate) ? 1 : 0) > most) {
          tally.failed_writes++;
          return false;
        }
        if (fate === 'whole') tally.huge_pages_since++;
        pool.keep(vm, page, fate);
        return true;
      };
      NAMES.forEach((_, vm) => fill(vm));
      for (const [{ do: what, content: drawn }, vm, page] of all) {
        if (what === 'write' || what === 'read') {
          if (what === 'write') {
            write(page, drawn, vm);
            content[vm]!.set(page, drawn);
          } else read(page, vm);
          put(vm, page, 'mapped');
        }
        if (what === 'give') {
          balloon(page, vm);
          content[vm]!.set(page, 20);
          put(vm, page, 'ballooned');
        }
        if (what === 'offer' && where[vm]![page] === 'mapped') {
          const isKept = takes(vm, page);
          expect(offer(page, vm)).toBe(isKept);
          if (isKept) where[vm]![page] = 'zram';
        }
        if (what === 'shrink') {
          control.accepted.length = 0;
          const before = pool.frames.length;
          while (pool.lists[vm]!.length > 0 && before - pool.frames.length < 2) {
            const [oldest] = pool.lists[vm]!;
            put(vm, oldest!.page, 'far');
            tally.handed_on++;
          }
          const { strategy } = host.strategies[0]!;
          const freed = strategy.shrink!({ vm: toVmId(vm), frames: toPages(2), at: host.clock.now() });
          // Where that was not enough, what is left was packed: from here on the lists do not know what lies where.
          expect(freed).toBeGreaterThanOrEqual(before - pool.frames.length);
          if (freed > before - pool.frames.length) break;
          shrunk += freed;
        }
        if (what === 'cycle') {
          host.powerOff(NAMES[vm]!);
          for (let one = 0; one < SIZE; one++) {
            witness.discarded(toVmId(vm), toGfn(one));
            put(vm, one, 'untouched');
          }
          expect(host.powerOn(NAMES[vm]!)).toBeUndefined();
          fill(vm);
          cycles++;
        }
        expect(counters()).toMatchObject({
          ...tally,
          orig_data_size: kept() * 4096,
          mem_used_total: pool.frames.length * 4096,
          huge_pages: pool.frames.filter(({ fate }) => fate === 'whole').length,
          same_pages: kept() - pool.lists.flat().length,
        });
        for (const [one, pages] of where.entries())
          expect(pages.map((_, gfn) => kind(gfn, one)).join()).toBe(pages.join());
        host.verify();
      }
      full += tally.swap_full;
      failed += tally.failed_writes;
      for (const [vm, pages] of where.entries())
        for (let page = 0; page < SIZE; page++) if (pages[page] !== 'ballooned') peek(page, vm);
      host.dispose();
    }),
    { numRuns: 25, endOnFailure: true },
  );
  expect([full > 50, failed > 50, cycles > 5, shrunk > 5]).toEqual([true, true, true, true]);
}, 60_000);
