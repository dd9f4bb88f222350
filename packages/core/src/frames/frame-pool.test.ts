import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toHostPage, toMfn } from '../units/page.ts';
import { FRAME_FREE, FRAME_SHARED, FramePool } from './frame-pool.ts';

test('ordinary allocation leaves the reserve, reclaim may take it', () => {
  const pool = new FramePool(4, 2);
  expect([
    pool.takePrivate(toHostPage(0)),
    pool.takePrivate(toHostPage(1)),
    pool.takePrivate(toHostPage(2)),
  ]).toEqual([0, 1, -1]);
  expect(pool.takeOwn(0)).toBe(2);
  expect(pool.takePrivateFromReserve(toHostPage(2))).toBe(3);
  expect(pool.takeOwn(0)).toBe(-1);
  expect(pool.free).toBe(0);
});

test('the last reference frees a shared frame, an earlier one does not', () => {
  const pool = new FramePool(2, 0);
  const frame = toMfn(pool.takePrivate(toHostPage(7)));
  pool.share(frame);
  pool.addReference(frame);
  expect(pool.references(frame)).toBe(2);
  expect(pool.dropReference(frame)).toBe(0);
  expect(pool.use(frame)).toBe(FRAME_SHARED);
  expect(pool.dropReference(frame)).toBe(1);
  expect(pool.use(frame)).toBe(FRAME_FREE);
  expect(pool.free).toBe(2);
});

test('a crossing is told once, downwards and upwards', () => {
  const pool = new FramePool(10, 0);
  pool.watch(8, Infinity);
  pool.takePrivate(toHostPage(0));
  pool.takePrivate(toHostPage(1));
  expect(pool.takeCrossing()).toBe(false);
  const last = toMfn(pool.takePrivate(toHostPage(2)));
  expect(pool.takeCrossing()).toBe(true);
  expect(pool.takeCrossing()).toBe(false);
  pool.watch(-1, 7);
  pool.give(last);
  expect(pool.takeCrossing()).toBe(true);
});

test('behaves as a plain map of frames to owners and reference counts', () => {
  const operation = fc.record({
    what: fc.constantFrom('take', 'own', 'give', 'share', 'add', 'drop', 'unshare'),
    pick: fc.nat(63),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
      const pool = new FramePool(12, 2);
      const model = new Map<number, { use: 'private' | 'own' | 'shared'; references: number }>();
      const pickOf = (use: string, pick: number): number | undefined => {
        const fitting = [...model]
          .filter(([, one]) => one.use === use)
          .map(([frame]) => frame)
          .sort((a, b) => a - b);
        return fitting.length === 0 ? undefined : fitting[pick % fitting.length];
      };
      operations.forEach(({ what, pick }, page) => {
        if (what === 'take' || what === 'own') {
          const free = 12 - model.size;
          const frame = what === 'take' ? pool.takePrivate(toHostPage(page)) : pool.takeOwn(1);
          expect(frame >= 0).toBe(what === 'take' ? free > 2 : free > 0);
          if (frame >= 0) {
            expect(model.has(frame)).toBe(false);
            model.set(frame, { use: what === 'take' ? 'private' : 'own', references: 1 });
          }
          return;
        }
        const wanted = what === 'give' || what === 'share' ? 'private' : 'shared';
        const frame = pickOf(wanted, pick);
        if (frame === undefined) return;
        const known = model.get(frame)!;
        if (what === 'give') {
          pool.give(toMfn(frame));
          model.delete(frame);
        }
        if (what === 'share') {
          pool.share(toMfn(frame));
          known.use = 'shared';
        }
        if (what === 'add') {
          pool.addReference(toMfn(frame));
          known.references++;
        }
        if (what === 'drop') {
          expect(pool.dropReference(toMfn(frame))).toBe(known.references === 1 ? 1 : 0);
          if (--known.references === 0) model.delete(frame);
        }
        if (what === 'unshare' && known.references === 1) {
          pool.unshare(toMfn(frame), toHostPage(page));
          known.use = 'private';
        }
      });
      expect(pool.free).toBe(12 - model.size);
      expect(pool.countFreeList()).toBe(pool.free);
      const shared = [...model.values()].filter((one) => one.use === 'shared');
      expect(pool.sharedFrames).toBe(shared.length);
      expect(pool.sharedReferences).toBe(shared.reduce((sum, one) => sum + one.references, 0));
      for (const [frame, one] of model) expect(pool.references(toMfn(frame))).toBe(one.references);
    }),
    { numRuns: 200 },
  );
});
