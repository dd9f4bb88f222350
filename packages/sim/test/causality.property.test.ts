import type { Nanoseconds, SwapDevice } from '@overbook/core';
import { toNs, toPages } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { GuestSpec, LinuxGuestSpec, PhasedGuestSpec, SimulationConfig } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { balloonTo } from './plain-balloon.ts';
import { plainSwap } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallRecording, smallTrace } from './small-recording.ts';

/** A device that serves one page after the other and notes when each was asked for. */
class NotingDevice implements SwapDevice {
  readonly name = 'noting';
  readonly arrivals: number[] = [];
  /** Of these, pages of guests' own disks. */
  ofGuests = 0;
  readonly #serviceNs: number;
  readonly #writeNs: number;
  #freeAt = 0;

  constructor(serviceNs: number, writeNs: number) {
    this.#serviceNs = serviceNs;
    this.#writeNs = writeNs;
  }

  read(at: Nanoseconds, page: number): Nanoseconds {
    return this.#serve(at, page, this.#serviceNs);
  }

  write(at: Nanoseconds, page: number): Nanoseconds {
    return this.#serve(at, page, this.#writeNs);
  }

  #serve(at: Nanoseconds, page: number, takesNs: number): Nanoseconds {
    if (page < 0) this.ofGuests++;
    this.arrivals.push(at);
    this.#freeAt = Math.max(at, this.#freeAt) + takesNs;
    return toNs(this.#freeAt);
  }
}

const SIZE = 48;
const touch = fc.constantFrom<1 | 2 | 3>(1, 2, 3);
const intervals = fc.array(
  fc.record({
    busyUs: fc.integer({ min: 1, max: 60_000 }),
    gapMs: fc.integer({ min: 0, max: 40 }),
    touches: fc.dictionary(fc.integer({ min: 0, max: SIZE - 1 }).map(String), touch, {
      minKeys: 1,
      maxKeys: SIZE,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);

function toIntervals(drawn: typeof intervals extends fc.Arbitrary<infer T> ? T : never): SmallInterval[] {
  let endMs = 0;
  return drawn.map(({ busyUs, gapMs, touches }) => {
    endMs += Math.ceil(busyUs / 1000) + gapMs;
    return { instructions: 1000 * busyUs, endMs, touches: touches as SmallInterval['touches'] };
  });
}

type Make = (name: string) => GuestSpec;

const disk = fc.constantFrom('own', 'host');

const flat = intervals.map((drawn): Make => (name) => ({
  kind: 'flat',
  name,
  trace: smallTrace(SIZE, toIntervals(drawn)),
  repeat: 2,
}));

const recorded = fc
  .record({ drawn: intervals, guestSwap: fc.integer({ min: 0, max: SIZE }), disk })
  .map(({ drawn, guestSwap, disk: where }): Make => (name) => {
    const made = toIntervals(drawn);
    const contents = Array.from({ length: SIZE }, (_, page) => page % 5);
    const recording = smallRecording(SIZE, made, [
      { after: 0, contents, label: 'work-start' },
      { after: made.length, contents: contents.map((one) => (one * 7) % 5) },
    ]);
    return {
      kind: 'recorded',
      name,
      recording,
      start: 'work-start',
      guestSwap: toPages(guestSwap),
      disk: where,
    };
  });

const linux = fc
  .record({
    drawn: intervals,
    guestSwap: fc.integer({ min: 0, max: 200 }),
    size: fc.integer({ min: 96, max: 256 }),
    disk,
  })
  .map(({ drawn, guestSwap, size, disk: where }): Make => (name): LinuxGuestSpec => ({
    kind: 'linux',
    name,
    size: toPages(size),
    guestSwap: toPages(guestSwap),
    disk: where,
    programs: [smallTrace(SIZE, toIntervals(drawn), 'a'), smallTrace(SIZE, toIntervals(drawn), 'b')],
  }));

const phased = fc
  .record({ active: fc.integer({ min: 1, max: 60 }), stepMs: fc.integer({ min: 5, max: 60 }) })
  .map(({ active, stepMs }): Make => (name): PhasedGuestSpec => ({
    kind: 'phased',
    name,
    size: toPages(128),
    contents: [{ kind: 'private', pages: 100 }],
    phases: [{ atMs: 0, active }],
    untilMs: 12 * stepMs,
    stepMs,
    touchEveryMs: 3 * stepMs,
    loadMs: 4 * stepMs,
    driver: true,
  }));

const hosts = fc.record({
  guests: fc.array(fc.oneof(flat, recorded, linux, phased), { minLength: 2, maxLength: 4 }),
  memoryPercent: fc.integer({ min: 45, max: 95 }),
  victims: fc.constantFrom('lru', 'fifo', 'clock'),
  balloonMiB: fc.option(fc.constantFrom(0.1, 0.2), { nil: undefined }),
  memoryStates: fc.constantFrom('direct', 'esxi-6.x', 'linux'),
  readUs: fc.integer({ min: 0, max: 5_000 }),
  writeUs: fc.integer({ min: 0, max: 500 }),
  limited: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Drawn = typeof hosts extends fc.Arbitrary<infer T> ? T : never;

function sizeOf(guest: GuestSpec): number {
  return 'size' in guest && guest.size !== undefined ? guest.size : SIZE;
}

function configOf(drawn: Drawn, device: SwapDevice): SimulationConfig {
  const guests = drawn.guests.map((make, i) => {
    // Starts of its own: a spread may not be longer than the shortest of these works.
    const guest = { ...make(`g${i}`), offsetMs: (drawn.seed * (i + 1) * 7) % 20 };
    return drawn.limited && i === 0 ? { ...guest, limit: toPages(Math.ceil(sizeOf(guest) / 2)) } : guest;
  });
  const total = guests.reduce((sum, guest) => sum + sizeOf(guest), 0);
  const swap = { plugin: plainSwap, options: { victims: drawn.victims } };
  const { balloonMiB } = drawn;
  return {
    name: 'causality',
    host: {
      memory: toPages(Math.ceil((total * drawn.memoryPercent) / 100)),
      memoryStates: drawn.memoryStates,
      paces: { balance: 20, reclaim: 5 },
      reserve: toPages(4),
    },
    guests,
    mix: {
      strategies:
        balloonMiB === undefined ? [swap] : [{ plugin: balloonTo, options: { targetMiB: balloonMiB } }, swap],
    },
    run: {
      seed: drawn.seed,
      order: 'shuffled',
      offsetSpread: 0,
      rest: 10,
      seriesPeriodMs: 50,
      check: true,
      edges: { swapDevice: device },
    },
  };
}

test('what reaches a device never goes back in time', () => {
  let arrivals = 0;
  let ofGuests = 0;
  fc.assert(
    fc.property(hosts, (drawn) => {
      const device = new NotingDevice(1000 * drawn.readUs, 1000 * drawn.writeUs);
      runSimulation(configOf(drawn, device));
      arrivals += device.arrivals.length;
      ofGuests += device.ofGuests;
      for (let i = 1; i < device.arrivals.length; i++)
        expect(device.arrivals[i]).toBeGreaterThanOrEqual(device.arrivals[i - 1]!);
    }),
    { numRuns: 80 },
  );
  // A property of nothing holds always.
  expect(arrivals).toBeGreaterThan(5_000);
  expect(ofGuests).toBeGreaterThan(200);
});
