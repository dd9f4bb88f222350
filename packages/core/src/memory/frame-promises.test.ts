import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { FramePool } from '../frames/frame-pool.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import { BLOCKED, defineStrategy } from '../contract/strategy.ts';
import { toGfn, toMfn, toNs, toPages, toVmId } from '../units/page.ts';
import { FramePromises } from './frame-promises.ts';

const A = toVmId(0);
const B = toVmId(1);
const WRITE_NS = 500;

/** Throws away the page that was mapped first; its frame is there after half a microsecond. */
const forgetful = defineStrategy({
  id: 'forgetful',
  contract: 2,
  title: 'For tests',
  options: z.strictObject({}),
  needs: { pages: PAGES, frames: FRAMES },
  kinds: ['away'],
  create: (deps, _options, self) => {
    const kind = self.kinds['away']!;
    const order = deps.pages.byArrival();
    return {
      reclaim({ vm, at }) {
        const page = order.takeOldest(vm);
        if (page < 0) return { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };
        deps.pages.evict(vm, toGfn(page), kind, 0);
        return {
          freed: toPages(1),
          ordered: toPages(0),
          tried: toPages(1),
          refused: [],
          readyAt: toNs(at + WRITE_NS),
        };
      },
      backings: {
        away: {
          fault(vm, page, _slot, at) {
            const frame = deps.frames.take(vm, at);
            if (frame < 0) return BLOCKED;
            deps.pages.install(vm, page, toMfn(frame));
            return deps.frames.readyAt;
          },
          release: () => undefined,
          peek: () => undefined,
          footprint: () => toPages(0),
        },
      },
    };
  },
});

function twoFrames() {
  const host = composeHost({
    memory: toPages(2),
    reserve: toPages(0),
    memoryStates: 'direct',
    vms: [
      { name: 'a', size: toPages(4) },
      { name: 'b', size: toPages(4) },
    ],
    strategies: [forgetful],
    store: 'keys',
  });
  const touch = (vm: typeof A, page: number, at: number) =>
    host.memory.access(vm, toGfn(page), true, toNs(at));
  return { host, touch };
}

test('a fault waits for its frame before it begins, and no other VM takes the frame meanwhile', () => {
  const { host, touch } = twoFrames();
  touch(A, 0, 0);
  touch(A, 1, 0);
  touch(A, 2, 0);
  expect(host.memory.prepareFault(A, toGfn(0), toNs(1000))).toBe(1000 + WRITE_NS);
  expect(host.pool.free).toBe(1);
  // B wants a frame while A's is being written out: it must make one of its own.
  touch(B, 0, 1100);
  expect(host.pool.free).toBe(1);
  expect(host.memory.prepareFault(A, toGfn(0), toNs(1500))).toBe(1500);
  expect(touch(A, 0, 1500)).toBe(1500);
  expect(host.pool.free).toBe(0);
  host.verify();
});

test('a fault that needs no frame, or finds one, begins at once', () => {
  const { host, touch } = twoFrames();
  touch(A, 0, 0);
  expect(host.memory.prepareFault(A, toGfn(0), toNs(7))).toBe(7);
  expect(host.memory.prepareFault(A, toGfn(3), toNs(7))).toBe(7);
});

test('promises are kept apart: each VM may take its own, once', () => {
  const pool = new FramePool(4, 1);
  const promises = new FramePromises(pool, 2);
  promises.make(A);
  promises.make(A);
  expect([promises.spare(A), promises.spare(B)]).toEqual([3, 2]);
  promises.make(B);
  expect([promises.spare(A), promises.spare(B)]).toEqual([2, 2]);
  promises.end(A);
  promises.end(A);
  expect([promises.spare(A), promises.spare(B)]).toEqual([2, 3]);
});
