import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toHostPage, toMfn } from '../units/page.ts';
import { FRAME_FREE, FRAME_PRIVATE, FramePool } from './frame-pool.ts';
import { FreeRegions, REGION_FRAMES } from './free-regions.ts';

test('small frames come from broken regions while there are any', () => {
  const regions = new FreeRegions(3 * REGION_FRAMES, new Uint32Array(3 * REGION_FRAMES));
  expect(regions.take()).toBe(0);
  expect(regions.whole).toBe(2);
  for (let i = 1; i < REGION_FRAMES; i++) expect(regions.take()).toBe(i);
  expect(regions.whole).toBe(2);
  expect(regions.takeWhole()).toBe(REGION_FRAMES);
  regions.give(7);
  expect(regions.take()).toBe(7);
  for (let i = 0; i < REGION_FRAMES; i++) regions.give(i);
  expect(regions.whole).toBe(2);
});

test('the frames behind the last whole region are never a large frame', () => {
  const regions = new FreeRegions(REGION_FRAMES + 511, new Uint32Array(REGION_FRAMES + 511));
  expect(regions.whole).toBe(1);
  expect(regions.takeWhole()).toBe(0);
  expect(regions.takeWhole()).toBe(-1);
  expect(regions.take()).toBe(REGION_FRAMES);
});

test('a large frame leaves the reserve and is told to whoever watches', () => {
  const pool = new FramePool(2 * REGION_FRAMES, 600, true);
  expect(pool.takeLarge(toHostPage(0))).toBe(-1);
  const other = new FramePool(2 * REGION_FRAMES, 512, true);
  other.watch(1000, Infinity);
  other.takeCrossing();
  expect(other.takeLarge(toHostPage(40))).toBe(0);
  expect(other.takeCrossing()).toBe(true);
  expect(other.takePrivate(toHostPage(1))).toBe(-1);
  expect([other.use(toMfn(511)), other.word(toMfn(511)), other.use(toMfn(512))]).toEqual([
    FRAME_PRIVATE,
    551,
    FRAME_FREE,
  ]);
  expect(new FramePool(2 * REGION_FRAMES, 0).takeLarge(toHostPage(0))).toBe(-1);
});

test('behaves as a plain set of free frames, from full to fragmented and back', () => {
  const total = 3 * REGION_FRAMES + 100;
  const step = fc.record({
    verb: fc.constantFrom('take', 'whole', 'give', 'giveRegion', 'scatter'),
    n: fc.nat(900),
  });
  const inRegion = (free: Set<number>, region: number): number => {
    let count = 0;
    for (let i = 0; i < REGION_FRAMES; i++) if (free.has(region * REGION_FRAMES + i)) count++;
    return count;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const real = new FreeRegions(total, new Uint32Array(total));
      const free = new Set(Array.from({ length: total }, (_, i) => i));
      const giveAll = (frames: Iterable<number>): void => {
        for (const frame of frames) {
          if (free.has(frame)) continue;
          real.give(frame);
          free.add(frame);
        }
      };
      for (const { verb, n } of steps) {
        const counts = [0, 1, 2, 3].map((region) => inRegion(free, region));
        const whole = counts.filter((count) => count === REGION_FRAMES).length;
        if (verb === 'take') {
          for (let i = 0; i < n && free.size > 0; i++) {
            const frame = real.take();
            const region = frame >>> 9;
            if (!free.delete(frame)) expect(`frame ${frame} was not free`).toBe('');
            const partial = counts.some((count) => count > 0 && count < REGION_FRAMES);
            if (partial) expect(counts[region]).toBeLessThan(REGION_FRAMES);
            counts[region]!--;
          }
          if (free.size === 0) expect(real.take()).toBe(-1);
        } else if (verb === 'whole') {
          const first = real.takeWhole();
          expect(first >= 0).toBe(whole > 0);
          for (let i = 0; first >= 0 && i < REGION_FRAMES; i++) expect(free.delete(first + i)).toBe(true);
        } else if (verb === 'give') {
          giveAll([(n * 37) % total]);
        } else if (verb === 'giveRegion') {
          const first = (n % 4) * REGION_FRAMES;
          giveAll(
            Array.from(
              { length: Math.min(REGION_FRAMES, total - first) },
              (_, i) => first + ((i * 7) % REGION_FRAMES),
            ).filter((frame) => frame < total),
          );
        } else {
          giveAll(Array.from({ length: total }, (_, i) => i).filter((i) => i % 5 === n % 5));
        }
        expect(real.count((frame) => free.has(frame))).toBe(free.size);
        const left = [0, 1, 2, 3].filter((region) => inRegion(free, region) === REGION_FRAMES).length;
        expect(real.whole).toBe(left);
      }
    }),
    { numRuns: 60 },
  );
});
