import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toPages } from '@overbook/core';

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
const SIZE = 60;
const CAP_PERCENT = 5; // three frames

type Fate = '1k' | '2k' | 'none' | 'word';
function fateOf(content: number): Fate {
  return content < 8 ? '1k' : content < 16 ? '2k' : content < 20 ? 'none' : 'word';
}

const page = fc.nat(SIZE - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write'), page, content: fc.nat(23) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('read', 'give', 'refuse'), page, content: fc.constant(0) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('squeeze'), page, content: fc.constant(0) }) },
);

test('every page is where a plain list of pages in order of compression says', () => {
  let demotions = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('bytes' as const, 'keys' as const),
      fc.array(step, { minLength: 40, maxLength: 150 }),
      (store, steps) => {
        const { write, read, peek, squeeze, host, control, counters, kind, balloon } = rig({
          table,
          store,
          memory: 100,
          vms: [{ name: 'a', size: toPages(SIZE) }],
          options: { maxPercentOfVm: CAP_PERCENT, sameFilled: true },
        });
        const content = Array.from({ length: SIZE }, () => 20);
        const where = Array.from({ length: SIZE }, () => 'untouched');
        /** Pages in slots, the one compressed first in front. */
        let inSlots: number[] = [];
        const leave = (one: number): void => {
          inSlots = inSlots.filter((other) => other !== one);
        };
        for (let one = 0; one < SIZE; one++) {
          write(one, (content[one] = (one * 7) % 24));
          where[one] = 'mapped';
        }
        const totals = { compressions: 0, rejects: 0, full: 0, refills: 0, demotions: 0 };
        for (const { do: what, page: at, content: written } of steps) {
          if (what === 'refuse') control.capacity = control.capacity === 0 ? Infinity : 0;
          if (what === 'write' || what === 'read') {
            if (where[at] === 'compressed') totals.refills++;
            if (what === 'write') write(at, (content[at] = written));
            else read(at);
            leave(at);
            where[at] = 'mapped';
          }
          if (what === 'give') {
            balloon(at);
            leave(at);
            content[at] = 20;
            where[at] = 'ballooned';
          }
          if (what === 'squeeze' && where[at] === 'mapped') {
            const fate = fateOf(content[at]!);
            const { free } = host.pool;
            const before = counters();
            control.accepted.length = 0;
            control.onlyOnce = true;
            squeeze(1, [at]);
            const handedOn = control.accepted.slice();
            const now = kind(at);
            expect(host.pool.free - free).toBeLessThanOrEqual(1);
            expect(host.pool.free - free).toBeGreaterThanOrEqual(0);
            if (fate === 'none') totals.rejects++;
            if (fate === 'none' || now !== 'compressed') {
              expect(handedOn).toEqual([]);
              expect(now).toBe(control.capacity === 0 ? 'mapped' : 'far');
            }
            if (handedOn.length > 0) {
              // Only a full cache hands pages on: the oldest, or all of the frame in which the oldest lies.
              expect(before['cacheFrames']).toBeGreaterThanOrEqual(1);
              expect(handedOn).toContain(inSlots[0]);
              const sizes = new Set(handedOn.map((one) => fateOf(content[one]!)));
              expect(sizes.size).toBe(1);
              expect(handedOn.length).toBeLessThanOrEqual(sizes.has(fate) ? 1 : sizes.has('1k') ? 4 : 2);
              expect(counters()['cacheFrames']).toBe(before['cacheFrames']);
            }
            for (const one of handedOn) {
              leave(one);
              where[one] = 'far';
              totals.demotions++;
            }
            if (now === 'compressed') {
              totals.compressions++;
              if (fate !== 'word') inSlots.push(at);
            } else if (fate !== 'none') totals.full++;
            where[at] = now;
          }
          expect(where.map((_, one) => kind(one)).join()).toBe(where.join());
          const told = counters();
          expect(told).toMatchObject({
            ...totals,
            slots1k: inSlots.filter((one) => fateOf(content[one]!) === '1k').length,
            slots2k: inSlots.filter((one) => fateOf(content[one]!) === '2k').length,
            sameFilled: where.filter((one, i) => one === 'compressed' && fateOf(content[i]!) === 'word')
              .length,
            compressedBytes: inSlots.reduce((sum, one) => sum + table.compressedBytes[content[one]!]!, 0),
          });
          expect(told['cacheFrames']).toBeLessThanOrEqual((SIZE * CAP_PERCENT) / 100);
          expect(told['cacheFrames']! * 4).toBeGreaterThanOrEqual(told['slots1k']! + 2 * told['slots2k']!);
          host.verify();
        }
        demotions += totals.demotions;
        for (let one = 0; one < SIZE; one++) if (where[one] !== 'ballooned') peek(one);
        host.dispose();
      },
    ),
    { numRuns: 20 },
  );
  expect(demotions).toBeGreaterThan(50);
}, 60_000);
