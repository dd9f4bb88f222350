import fc from 'fast-check';
import { expect, test } from 'vitest';

import { SwapArea } from './swap-area.ts';

test('slots are handed out one after the other, cluster by cluster', () => {
  const area = new SwapArea(600);
  expect(Array.from({ length: 600 }, () => area.take())).toEqual(Array.from({ length: 600 }, (_, i) => i));
  expect(area.take()).toBe(-1);
});

test('what was given back is used again once its cluster is all free, in its turn', () => {
  const area = new SwapArea(768);
  for (let i = 0; i < 256; i++) area.take();
  for (let slot = 0; slot < 256; slot++) area.give(slot);
  // Cluster 0 is behind 1 and 2.
  expect(area.take()).toBe(256);
  for (let i = 0; i < 511; i++) area.take();
  expect(area.take()).toBe(0);
});

test('without a free cluster slots are searched for from the last one found on', () => {
  const area = new SwapArea(512);
  for (let i = 0; i < 512; i++) area.take();
  for (const slot of [10, 300, 20]) area.give(slot);
  expect([area.take(), area.take(), area.take(), area.take()]).toEqual([10, 20, 300, -1]);
});

test('no slot is given twice, and as many are taken as a plain set says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1200 }),
      fc.array(fc.integer({ min: -3, max: 40 }), { maxLength: 300 }),
      (capacity, steps) => {
        const area = new SwapArea(capacity);
        const taken: number[] = [];
        for (const step of steps) {
          if (step >= 0 && taken.length > 0) {
            const [slot] = taken.splice(step % taken.length, 1);
            area.give(slot!);
          } else {
            for (let i = 0; i < 30; i++) {
              const slot = area.take();
              if (taken.length === capacity) expect(slot).toBe(-1);
              else {
                expect(slot).toBeGreaterThanOrEqual(0);
                expect(slot).toBeLessThan(capacity);
                expect(taken).not.toContain(slot);
                taken.push(slot);
              }
            }
          }
          expect(area.used).toBe(taken.length);
        }
      },
    ),
  );
});
