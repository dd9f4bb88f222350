import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toGfn, toPages, toVmId } from '@overbook/core';

import { noisyPage, tableOf, wordPage } from '../test/contents.ts';
import { rig } from '../test/rig.ts';

/** Contents: 0 to 7 need 1 KiB, 8 to 15 need 2 KiB, 16 to 19 do not fit, 20 to 23 repeat a word. */
const table = tableOf([
  ...Array.from({ length: 8 }, (_, i) => noisyPage(i, 700)),
  ...Array.from({ length: 8 }, (_, i) => noisyPage(50 + i, 1600)),
  ...Array.from({ length: 4 }, (_, i) => noisyPage(90 + i, 3000)),
  new Uint8Array(4096),
  ...Array.from({ length: 3 }, (_, i) => wordPage(0x0507 + i)),
]);
const NAMES = ['a', 'b'];
const SIZE = 60;
const CAP_PERCENT = 5; // three frames

type Fate = '1k' | '2k' | 'none' | 'word';
function fateOf(content: number): Fate {
  return content < 8 ? '1k' : content < 16 ? '2k' : content < 20 ? 'none' : 'word';
}

const page = fc.nat(SIZE - 1);
const vm = fc.nat(1);
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('write'), vm, page, content: fc.nat(23) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('read', 'give', 'refuse'),
      vm,
      page,
      content: fc.constant(0),
    }),
  },
  { weight: 45, arbitrary: fc.record({ do: fc.constant('squeeze'), vm, page, content: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cycle'), vm, page, content: fc.constant(0) }) },
);

/** What is known of one VM: a plain list of pages in order of compression. */
class PlainVm {
  content: number[] = [];
  where: string[] = [];
  /** Pages in slots, the one compressed first in front. */
  inSlots: number[] = [];

  constructor() {
    this.powerCycle();
  }

  powerCycle(): void {
    this.content = Array.from({ length: SIZE }, () => 20);
    this.where = Array.from({ length: SIZE }, () => 'untouched');
    this.inSlots = [];
  }

  put(one: number, where: string): void {
    this.inSlots = this.inSlots.filter((other) => other !== one);
    this.where[one] = where;
    if (where === 'compressed' && this.fate(one) !== 'word') this.inSlots.push(one);
  }

  fate(one: number): Fate {
    return fateOf(this.content[one]!);
  }

  slots(fate: Fate): number {
    return this.inSlots.filter((one) => this.fate(one) === fate).length;
  }

  get words(): number {
    return this.where.filter((one, i) => one === 'compressed' && this.fate(i) === 'word').length;
  }

  get bytes(): number {
    return this.inSlots.reduce((sum, one) => sum + table.compressedBytes[this.content[one]!]!, 0);
  }
}

test('every page of two VMs, powered off and on, is where plain lists in order of compression say', () => {
  let demotions = 0;
  let cycles = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('bytes' as const, 'keys' as const),
      fc.array(step, { minLength: 60, maxLength: 200 }),
      (store, steps) => {
        const { write, read, peek, squeeze, host, control, counters, kind, balloon, witness } = rig({
          table,
          store,
          memory: 200,
          vms: NAMES.map((name) => ({ name, size: toPages(SIZE) })),
          options: { maxPercentOfVm: CAP_PERCENT, sameFilled: true },
        });
        const vms = NAMES.map(() => new PlainVm());
        const fill = (of: number): void => {
          for (let one = 0; one < SIZE; one++) {
            write(one, (vms[of]!.content[one] = (one * 7) % 24), of);
            vms[of]!.put(one, 'mapped');
          }
        };
        NAMES.forEach((_, of) => fill(of));
        const totals = { compressions: 0, rejects: 0, full: 0, refills: 0, demotions: 0 };
        for (const { do: what, vm: of, page: at, content: written } of steps) {
          const plain = vms[of]!;
          if (what === 'refuse') control.capacity = control.capacity === 0 ? Infinity : 0;
          if (what === 'write' || what === 'read') {
            if (plain.where[at] === 'compressed') totals.refills++;
            if (what === 'write') write(at, (plain.content[at] = written), of);
            else read(at, of);
            plain.put(at, 'mapped');
          }
          if (what === 'give') {
            balloon(at, of);
            plain.content[at] = 20;
            plain.put(at, 'ballooned');
          }
          if (what === 'cycle') {
            host.powerOff(NAMES[of]!);
            host.verify();
            for (let one = 0; one < SIZE; one++) witness.discarded(toVmId(of), toGfn(one));
            expect(host.powerOn(NAMES[of]!)).toBeUndefined();
            plain.powerCycle();
            fill(of);
            cycles++;
          }
          if (what === 'squeeze' && plain.where[at] === 'mapped') {
            const fate = plain.fate(at);
            const { free } = host.pool;
            const cached = host.strategies[0]!.strategy.vmCounters!(toVmId(of))['cacheSize']!;
            control.accepted.length = 0;
            control.onlyOnce = true;
            squeeze(1, [at], of);
            const handedOn = control.accepted.slice();
            const now = kind(at, of);
            expect(host.pool.free - free).toBeLessThanOrEqual(1);
            expect(host.pool.free - free).toBeGreaterThanOrEqual(0);
            if (fate === 'none') totals.rejects++;
            if (fate === 'none' || now !== 'compressed') {
              expect(handedOn).toEqual([]);
              expect(now).toBe(control.capacity === 0 ? 'mapped' : 'far');
            }
            if (handedOn.length > 0) {
              // Only a full cache hands pages on: the oldest, or all of the frame in which the oldest lies.
              expect(cached).toBeGreaterThanOrEqual(1);
              expect(handedOn).toContain(plain.inSlots[0]);
              const sizes = new Set(handedOn.map((one) => plain.fate(one)));
              expect(sizes.size).toBe(1);
              expect(handedOn.length).toBeLessThanOrEqual(sizes.has(fate) ? 1 : sizes.has('1k') ? 4 : 2);
              expect(host.strategies[0]!.strategy.vmCounters!(toVmId(of))['cacheSize']).toBe(cached);
            }
            for (const one of handedOn) plain.put(one, 'far');
            totals.demotions += handedOn.length;
            if (now === 'compressed') totals.compressions++;
            else if (fate !== 'none') totals.full++;
            plain.put(at, now);
          }
          for (const [i, { where }] of vms.entries())
            expect(where.map((_, one) => kind(one, i)).join()).toBe(where.join());
          const sum = (of: (one: PlainVm) => number): number => vms.reduce((all, one) => all + of(one), 0);
          expect(counters()).toMatchObject({
            ...totals,
            slots1k: sum((one) => one.slots('1k')),
            slots2k: sum((one) => one.slots('2k')),
            sameFilled: sum((one) => one.words),
            compressedBytes: sum((one) => one.bytes),
          });
          for (const [i, one] of vms.entries()) {
            const { cacheSize } = host.strategies[0]!.strategy.vmCounters!(toVmId(i)) as {
              cacheSize: number;
            };
            expect(cacheSize).toBeLessThanOrEqual((SIZE * CAP_PERCENT) / 100);
            expect(cacheSize * 4).toBeGreaterThanOrEqual(one.slots('1k') + 2 * one.slots('2k'));
          }
          host.verify();
        }
        demotions += totals.demotions;
        for (const [i, { where }] of vms.entries())
          for (let one = 0; one < SIZE; one++) if (where[one] !== 'ballooned') peek(one, i);
        host.dispose();
      },
    ),
    { numRuns: 20 },
  );
  expect(demotions).toBeGreaterThan(50);
  expect(cycles).toBeGreaterThan(5);
}, 60_000);
