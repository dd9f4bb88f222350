import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toHostPage, toMfn } from '../units/page.ts';
import { FramePool } from './frame-pool.ts';
import { FramesInWriting } from './frames-in-writing.ts';

test('frames in writing are a sorted list of times: the past is forgotten, claims take the first', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ does: fc.constant('add'), by: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('pass', 'claim'), by: fc.nat(20) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const real = new FramesInWriting();
      let model: number[] = [];
      let now = 0;
      for (const { does, by } of steps) {
        if (does === 'add') {
          real.add(now + by);
          model = [...model, now + by].sort((a, b) => a - b);
        } else if (does === 'pass') {
          now += by;
          const later = model.filter((time) => time > now);
          expect(real.passTo(now)).toBe(later.length < model.length);
          model = later;
        } else if (model.length > 0) {
          expect(real.claim()).toBe(model.shift());
        }
        expect(real.count).toBe(model.length);
      }
    }),
  );
});

test('a frame is free at once and usable when it is written; a crossing is told then', () => {
  const pool = new FramePool(4, 0);
  const frames = [0, 1, 2, 3].map((page) => toMfn(pool.takePrivate(toHostPage(page))));
  pool.watch(-1, 1);
  pool.give(frames[0]!, 100);
  pool.give(frames[1]!, 50);
  expect([pool.free, pool.usable, pool.takeCrossing()]).toEqual([2, 0, false]);
  expect(pool.takeOwn(0)).toBe(-1);
  pool.passTo(50);
  expect([pool.free, pool.usable, pool.takeCrossing()]).toEqual([2, 1, false]);
  pool.passTo(100);
  expect([pool.free, pool.usable, pool.takeCrossing()]).toEqual([2, 2, true]);
  // What is written by now is usable at once.
  pool.give(frames[2]!, 100);
  expect(pool.usable).toBe(3);
});

test('frames freed without times of their own are delayed together', () => {
  const pool = new FramePool(4, 0);
  pool.delay(3, 70);
  expect([pool.free, pool.usable]).toEqual([4, 1]);
  pool.delay(3, 80);
  expect(pool.usable).toBe(0);
  pool.passTo(70);
  expect([pool.usable, pool.inWriting]).toEqual([3, 1]);
});
