import type { Nanoseconds } from '@overbook/core';
import { PAGE_BYTES, toNs } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DEVICE_MODELS, HostCacheDevice, QueuedDevice } from './devices.ts';

const fixed = { uint32: () => 0, below: () => 0 };

function plain(channels: number): QueuedDevice {
  return new QueuedDevice('plain', { readNs: [100, 100], writeNs: 10, channels, source: 'test' }, fixed);
}

test('a device with one channel serves reads one after the other, one with two two at a time', () => {
  const one = plain(1);
  const two = plain(2);
  expect([one.read(toNs(0)), one.read(toNs(0)), one.read(toNs(500))]).toEqual([100, 200, 600]);
  expect([two.read(toNs(0)), two.read(toNs(0)), two.read(toNs(0))]).toEqual([100, 100, 200]);
});

test('a read waits for the writes before it, a write for the reads', () => {
  const device = plain(1);
  const write = (): Nanoseconds => device.write(toNs(0));
  expect([write(), write(), device.read(toNs(0)), write(), device.read(toNs(0))]).toEqual([
    10, 20, 120, 130, 230,
  ]);
});

test('writes take the bandwidth of the whole device, however many channels it has', () => {
  const device = plain(8);
  const last = Array.from({ length: 800 }, () => device.write(toNs(0))).at(-1);
  expect(last).toBe(800 * 10);
});

interface Operation {
  readonly gapUs: number;
  readonly write: boolean;
  readonly pages: number;
}

const operations = fc.array(
  fc.record({
    gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30_000 })),
    write: fc.boolean(),
    pages: fc.integer({ min: 1, max: 60 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** What was asked, when, and when it was done. */
function serve(
  device: { read(at: Nanoseconds): Nanoseconds; write(at: Nanoseconds): Nanoseconds },
  asked: readonly Operation[],
) {
  let at = 0;
  return asked.flatMap(({ gapUs, write, pages }) => {
    at += 1000 * gapUs;
    return Array.from({ length: pages }, () => ({
      at,
      write,
      done: write ? device.write(toNs(at)) : device.read(toNs(at)),
    }));
  });
}

/**
 * Pages beyond what the device can move, in the worst window between two completions: at most one on each channel was
 * under way when the window began.
 */
function mostInAWindow(
  served: readonly { readonly done: number }[],
  channels: number,
  leastNs: number,
): number {
  const ends = served.map(({ done }) => done).sort((a, b) => a - b);
  let worst = -Infinity;
  for (let from = 0; from < ends.length; from++)
    for (let to = from; to < ends.length; to++) {
      const moved = to - from + 1 - channels;
      worst = Math.max(worst, moved - ((ends[to]! - ends[from]!) * channels) / leastNs);
    }
  return worst;
}

test.each(Object.entries(DEVICE_MODELS))(
  'in no window does %s move more than its bandwidth, nor end anything before it could',
  (name, model) => {
    const leastNs = Math.min(model.readNs[0], model.writeNs * model.channels);
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 1000 }), (asked, seed) => {
        const device = new QueuedDevice(name, model, new SeededRandom(seed).stream('device'));
        const served = serve(device, asked);
        const early = served.filter(
          ({ at, write, done }) => done - at < (write ? model.writeNs * model.channels : model.readNs[0]),
        );
        expect(early).toEqual([]);
        expect(mostInAWindow(served, model.channels, leastNs)).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 60 },
    );
  },
);

test('a disk of 98 MiB/s writes no 896 MiB in a second', () => {
  const model = DEVICE_MODELS.disk;
  const device = new QueuedDevice('disk', model, fixed);
  const pages = (896 * 2 ** 20) / PAGE_BYTES;
  let last = 0;
  for (let page = 0; page < pages; page++) last = device.write(toNs(Math.round((page * 1e9) / pages)));
  expect(896 / (last / 1e9)).toBeCloseTo(PAGE_BYTES / 2 ** 20 / (model.writeNs / 1e9), 1);
});

test('what a host cache takes for long, its disk must take too', () => {
  const disk = plain(1);
  const device = new HostCacheDevice(
    { name: 'cache', read: (at) => toNs(at + 1), write: (at) => toNs(at + 1) },
    disk,
    50,
  );
  const done = Array.from({ length: 200 }, (_, page) => device.write(toNs(0), page));
  expect(done[49]).toBe(1);
  expect(done[199]).toBe(150 * 10);
});
