import { toVmId } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { SmallInterval } from '../../test/small-recording.ts';
import { smallTrace } from '../../test/small-recording.ts';
import type { AddressSpace } from './address-space.ts';
import type { GuestHardware } from './guest-kernel.ts';
import { GuestKernel, KILLED, OUT_OF_MEMORY } from './guest-kernel.ts';

function hardware(more: Partial<GuestHardware> = {}): GuestHardware {
  return {
    readOut: () => 0,
    diskRead: (afterNs: number) => afterNs + 1000,
    swapRead: (afterNs: number) => afterNs + 100,
    swapOutNs: 1,
    unmapped: () => undefined,
    ...more,
  };
}

/** A program of so many pages, the first of which it only reads. */
function program(size: number, read: number, name = 'program') {
  const touches = Object.fromEntries(
    Array.from({ length: size }, (_, page) => [page, page < read ? 2 : 3]),
  ) as SmallInterval['touches'];
  return smallTrace(size, [{ instructions: 1, endMs: 1, touches }], name);
}

const into = new Uint32Array(4096);
function touch(kernel: GuestKernel, space: AddressSpace, page: number): number {
  if (space.frames[page] === 0) return kernel.fault(space, page);
  kernel.used(space.frames[page]!, false);
  return 0;
}

test('a page is zeroed at its first touch, and read back from swap after it was paged out', () => {
  const kernel = new GuestKernel(toVmId(0), 512, 400, hardware());
  const space = kernel.exec(program(500, 0));
  expect(touch(kernel, space, 0)).toBe(0);
  expect(kernel.filled).toBe('zeros');
  for (let page = 1; page < 500; page++) expect(touch(kernel, space, page)).toBeGreaterThanOrEqual(0);
  expect(space.frames[0]).toBe(0);
  expect(kernel.swapped).toBeGreaterThan(0);
  // Its own read of 100 ns, and one nanosecond for each page that had to be written to make room.
  expect(touch(kernel, space, 0)).toBeGreaterThanOrEqual(100);
  expect(kernel.filled).toBe('data');
  kernel.verify();
});

test('two processes of one program share its file pages in the cache', () => {
  const kernel = new GuestKernel(toVmId(0), 512, 0, hardware());
  const trace = program(10, 4);
  const [one, two] = [kernel.exec(trace), kernel.exec(trace)];
  expect(touch(kernel, one, 0)).toBe(1000);
  expect(touch(kernel, two, 0)).toBe(0);
  expect(kernel.filled).toBe('nothing');
  expect(two.frames[0]).toBe(one.frames[0]);
  expect(kernel.counters).toMatchObject({ fileReads: 1, minorFaults: 1 });
  touch(kernel, one, 5);
  touch(kernel, two, 5);
  expect(two.frames[5]).not.toBe(one.frames[5]);
  kernel.exit(one);
  expect(kernel.cached).toBe(1);
  kernel.verify();
});

test('clean cache goes before anonymous memory, and comes back by being read again', () => {
  const kernel = new GuestKernel(toVmId(0), 512, 500, hardware());
  const cache = kernel.fileOf(undefined, 200);
  for (let page = 0; page < 200; page++) kernel.readAhead(cache, page);
  const space = kernel.exec(program(300, 10));
  for (let page = 0; page < 300; page++) touch(kernel, space, page);
  expect(kernel.counters.cacheDrops).toBeGreaterThan(0);
  expect(kernel.counters.swapOuts).toBe(0);
  kernel.verify();
});

test('without swap the process with most memory is killed, and the one that asked goes on', () => {
  const kernel = new GuestKernel(toVmId(0), 512, 0, hardware());
  const [large, small] = [kernel.exec(program(350, 0)), kernel.exec(program(200, 0))];
  for (let page = 0; page < 350; page++) touch(kernel, large, page);
  for (let page = 0; page < 200; page++) expect(touch(kernel, small, page)).toBeGreaterThanOrEqual(0);
  expect([large.ended, small.ended]).toEqual([true, false]);
  expect(kernel.counters.oomKills).toBe(1);
  kernel.verify();
});

test('a process that is itself the largest is killed in its own fault', () => {
  const kernel = new GuestKernel(toVmId(0), 256, 0, hardware());
  const space = kernel.exec(program(400, 0));
  let answer = 0;
  for (let page = 0; page < 400 && answer >= 0; page++) answer = touch(kernel, space, page);
  expect(answer).toBe(KILLED);
  kernel.verify();
});

test('with all memory in the balloon and nobody to kill, a fault must wait', () => {
  const kernel = new GuestKernel(toVmId(0), 256, 0, hardware());
  const space = kernel.exec(program(10, 0));
  const given = kernel.inflate(4096, into, 'balloon');
  expect(given).toBeGreaterThan(100);
  expect(kernel.free).toBe(kernel.marks.high);
  for (let page = 0; page < 10; page++) touch(kernel, space, page);
  const second = kernel.exec(program(300, 0));
  let answer = 0;
  for (let page = 0; page < 300 && answer >= 0; page++) answer = touch(kernel, second, page);
  expect([KILLED, OUT_OF_MEMORY]).toContain(answer);
  expect(kernel.deflate(given, into, 'balloon')).toBe(given);
  kernel.verify();
});

test('a page that the host cannot serve now is not paged out', () => {
  const kernel = new GuestKernel(toVmId(0), 256, 400, hardware({ readOut: () => -1 }));
  const space = kernel.exec(program(400, 0));
  let answer = 0;
  for (let page = 0; page < 400 && answer >= 0; page++) answer = touch(kernel, space, page);
  expect(answer).toBe(KILLED);
  expect(kernel.counters.swapOuts).toBe(0);
  kernel.verify();
});

test('whatever processes, balloon and unplugged blocks do, every frame has one use', () => {
  const op = fc.oneof(
    { weight: 6, arbitrary: fc.record({ who: fc.nat(2), from: fc.nat(199), count: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ inflate: fc.nat(80) }) },
    { weight: 1, arbitrary: fc.record({ deflate: fc.nat(80) }) },
    { weight: 1, arbitrary: fc.record({ unplug: fc.nat(4), blocks: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ plug: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant({ balance: true }) },
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), fc.nat(200), (ops, swap) => {
      const kernel = new GuestKernel(toVmId(0), 300, swap, hardware());
      const shared = program(200, 60);
      const spaces = [kernel.exec(shared), kernel.exec(shared), kernel.exec(program(200, 20, 'other'))];
      const ballooned = new Set<number>();
      const unplugged: { first: number; order: number }[] = [];
      for (const step of ops) {
        if ('who' in step) {
          for (let page = step.from; page < Math.min(200, step.from + step.count); page++) {
            if (spaces[step.who]!.ended) break;
            touch(kernel, spaces[step.who]!, page);
          }
        } else if ('inflate' in step) {
          const given = kernel.inflate(step.inflate, into, 'balloon');
          for (const frame of into.subarray(0, given)) ballooned.add(frame);
        } else if ('deflate' in step) {
          const returned = kernel.deflate(step.deflate, into, 'balloon');
          for (const frame of into.subarray(0, returned)) expect(ballooned.delete(frame)).toBe(true);
        } else if ('unplug' in step) {
          const given = kernel.unplug(step.unplug, step.blocks, into, 'blocks');
          for (const first of into.subarray(0, given)) {
            expect(first % 2 ** step.unplug).toBe(0);
            unplugged.push({ first, order: step.unplug });
          }
        } else if ('plug' in step) {
          const back = unplugged.splice(step.plug, 1)[0];
          if (back !== undefined) expect(kernel.plug(back.order, back.first, 'blocks')).toBe(true);
        } else {
          kernel.balance();
        }
        kernel.verify();
        for (const space of spaces)
          for (const frame of space.frames) {
            expect(ballooned.has(frame)).toBe(false);
            for (const { first, order } of unplugged)
              expect(frame !== 0 && frame >= first && frame < first + 2 ** order).toBe(false);
          }
      }
    }),
    { numRuns: 25 },
  );
});

test('blocks are unplugged from the end, never below the high watermark, and come back to whoever took them', () => {
  const kernel = new GuestKernel(toVmId(0), 300, 0, hardware());
  const before = kernel.free;
  const given = kernel.unplug(4, 99, into, 'blocks');
  const firsts = [...into.subarray(0, given)];
  expect(firsts.slice(0, 2)).toEqual([272, 256]);
  expect(kernel.free).toBe(before - 16 * given);
  expect(kernel.free).toBeGreaterThan(kernel.marks.high);
  expect(kernel.free - 16).toBeLessThanOrEqual(kernel.marks.high);
  expect(kernel.plug(4, 272, 'another')).toBe(false);
  expect(kernel.plug(3, 272, 'blocks')).toBe(false);
  for (const first of firsts) expect(kernel.plug(4, first, 'blocks')).toBe(true);
  expect(kernel.plug(4, 272, 'blocks')).toBe(false);
  expect(kernel.free).toBe(before);
  kernel.verify();
});
