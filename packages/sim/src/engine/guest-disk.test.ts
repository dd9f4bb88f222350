import type { Nanoseconds } from '@overbook/core';
import { toNs } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { costTable } from '../costs.ts';
import { GuestDisk } from './guest-disk.ts';

const READ_NS = 1000;
const WRITE_NS = 10;
const costs = costTable({ guestDiskRead: READ_NS, guestDiskWrite: WRITE_NS });
const random = { uint32: () => 0, below: () => 0 };

function diskAt(clock: { now: number }, shared?: ConstructorParameters<typeof GuestDisk>[0]['shared']) {
  return new GuestDisk({ random, write: costs.guestDiskWrite, nowNs: () => clock.now, shared });
}

test('a disk of its own serves one page after the other: a read waits for the writes before it', () => {
  const clock = { now: 0 };
  const disk = diskAt(clock);
  expect([disk.write(), disk.write(), disk.read(costs.guestDiskRead)]).toEqual([10, 20, 1020]);
  clock.now = 5000;
  expect(disk.read(costs.guestDiskRead, 300)).toBe(1300);
});

test('a disk never does more than it can, nor anything before it was asked to', () => {
  const step = fc.record({ afterNs: fc.nat(100), gapNs: fc.nat(3000), write: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = { now: 0 };
      const disk = diskAt(clock);
      let freeAt = 0;
      for (const { afterNs, gapNs, write } of steps) {
        clock.now += gapNs;
        const takesNs = write ? WRITE_NS : READ_NS;
        const done = clock.now + (write ? disk.write(afterNs) : disk.read(costs.guestDiskRead, afterNs));
        freeAt = Math.max(freeAt, clock.now + afterNs) + takesNs;
        expect(done).toBe(freeAt);
      }
    }),
  );
});

test('on a device that others use it takes its turn there, and hears of it now', () => {
  const clock = { now: 7 };
  const heard: number[] = [];
  const serve = (at: Nanoseconds): Nanoseconds => {
    heard.push(at);
    return toNs(at + 500);
  };
  const disk = diskAt(clock, { name: 'host', read: serve, write: serve });
  expect([disk.read(costs.guestDiskRead, 20), disk.write(900)]).toEqual([500, 900]);
  expect(heard).toEqual([7, 7]);
});
