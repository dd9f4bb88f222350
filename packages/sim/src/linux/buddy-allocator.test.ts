import fc from 'fast-check';
import { expect, test } from 'vitest';

import { BuddyAllocator } from './buddy-allocator.ts';

function blocksOf(buddy: BuddyAllocator): [number, number][] {
  const blocks: [number, number][] = [];
  buddy.forEachBlock((first, order) => blocks.push([first, order]));
  return blocks;
}

test('frames that come back join their neighbours up to blocks of 1024', () => {
  const buddy = new BuddyAllocator(2100);
  for (let frame = 0; frame < 2100; frame++) buddy.give(frame);
  expect(blocksOf(buddy)).toEqual([
    [0, 10],
    [1024, 10],
    [2048, 5],
    [2080, 4],
    [2096, 2],
  ]);
});

test('a request splits the smallest block that holds it', () => {
  const buddy = new BuddyAllocator(16);
  for (const frame of [0, 1, 2, 3, 8]) buddy.give(frame);
  expect(buddy.take()).toBe(8);
  expect(buddy.take()).toBe(0);
  expect(blocksOf(buddy)).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('a block is taken from the end; what is left of a larger one stays free', () => {
  const buddy = new BuddyAllocator(64);
  for (let frame = 0; frame < 40; frame++) buddy.give(frame);
  expect(buddy.takeBlock(3)).toBe(32);
  expect(buddy.takeBlock(3)).toBe(24);
  expect(blocksOf(buddy)).toEqual([
    [0, 4],
    [16, 3],
  ]);
  expect([buddy.free, buddy.blocks().slice(0, 5)]).toEqual([24, [0, 0, 0, 1, 1]]);
  expect(buddy.takeBlock(5)).toBe(-1);
});

test('a frame cannot be freed twice', () => {
  const buddy = new BuddyAllocator(16);
  for (let frame = 0; frame < 8; frame++) buddy.give(frame);
  expect(() => buddy.give(5)).toThrow('free already');
});

test('behaves as a plain set of frames, in blocks as large as can be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.array(fc.nat(99), { maxLength: 200 }), (size, steps) => {
      const buddy = new BuddyAllocator(size);
      const free = new Set<number>();
      for (const step of steps) {
        if (step < size && !free.has(step)) {
          buddy.give(step);
          free.add(step);
        } else {
          const frame = buddy.take();
          if (free.size === 0) expect(frame).toBe(-1);
          else expect(free.delete(frame)).toBe(true);
        }
        expect(buddy.free).toBe(free.size);
      }
      const listed = blocksOf(buddy).flatMap(([first, order]) =>
        Array.from({ length: 2 ** order }, (_, i) => first + i),
      );
      expect(listed).toEqual([...free].sort((a, b) => a - b));
      for (let frame = 0; frame < size; frame++) expect(buddy.isFree(frame)).toBe(free.has(frame));
      const blocks = new Set(blocksOf(buddy).map(([first, order]) => `${first}/${order}`));
      for (const [first, order] of blocksOf(buddy))
        expect(order < 10 && blocks.has(`${(first ^ (1 << order)) >>> 0}/${order}`)).toBe(false);
    }),
    { numRuns: 200 },
  );
});
