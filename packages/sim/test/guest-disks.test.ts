import type { Nanoseconds, SwapDevice } from '@overbook/core';
import { toNs, toPages } from '@overbook/core';
import { expect, test } from 'vitest';

import type { LinuxGuestSpec, SimulationConfig } from '../src/index.ts';
import { rehearseSimulation, runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import type { SmallInterval } from './small-recording.ts';
import { smallTrace } from './small-recording.ts';

const READ_NS = 200_000;
const WRITE_NS = 50_000;
const SIZE = 200;

/** One queue; which pages are of guests' own disks shows in their number. */
class CountingQueue implements SwapDevice {
  readonly name = 'counting';
  readonly ofGuests = { reads: 0, writes: 0 };
  #freeAt = 0;

  read(at: Nanoseconds, page: number): Nanoseconds {
    if (page < 0) this.ofGuests.reads++;
    return this.#serve(at, READ_NS);
  }

  write(at: Nanoseconds, page: number): Nanoseconds {
    if (page < 0) this.ofGuests.writes++;
    return this.#serve(at, WRITE_NS);
  }

  #serve(at: Nanoseconds, takesNs: number): Nanoseconds {
    this.#freeAt = Math.max(at, this.#freeAt) + takesNs;
    return toNs(this.#freeAt);
  }
}

/** Writes all its pages, over and over. */
function sweep(name: string) {
  const touches = Object.fromEntries(Array.from({ length: SIZE }, (_, page) => [page, 3 as const]));
  const rounds = Array.from({ length: 6 }, (_, i): SmallInterval => ({
    instructions: 1_000_000,
    endMs: 10 * i,
    touches,
  }));
  return smallTrace(SIZE, rounds, name);
}

function guest(name: string, more: Partial<LinuxGuestSpec> = {}): LinuxGuestSpec {
  return {
    kind: 'linux',
    name,
    size: toPages(150),
    guestSwap: toPages(400),
    programs: [sweep(name)],
    ...more,
  };
}

function config(guests: readonly LinuxGuestSpec[], device: SwapDevice, write = WRITE_NS): SimulationConfig {
  return {
    name: 'guest disks',
    host: { memory: toPages(1000), memoryStates: 'direct' },
    guests,
    mix: { strategies: [plainSwap] },
    run: {
      seed: 1,
      order: 'recorded',
      offsetSpread: 0,
      costs: { guestSwapIn: READ_NS, guestDiskRead: READ_NS, guestDiskWrite: write },
      edges: { swapDevice: device },
    },
  };
}

test("a guest's reads wait for its own page-outs, on a disk of its own", () => {
  const device = new CountingQueue();
  const [quick] = runSimulation(config([guest('a')], device, 0)).guests;
  const [slow] = runSimulation(config([guest('a')], device)).guests;
  expect(slow!.os).toEqual(quick!.os);
  const { swapOuts } = slow!.os!;
  expect(swapOuts).toBeGreaterThan(500);
  // All that was written before the last access was waited for by somebody: there is one processor and one disk.
  expect(slow!.stallNs - quick!.stallNs).toBeGreaterThan(0.8 * swapOuts! * WRITE_NS);
  expect(slow!.stallNs - quick!.stallNs).toBeLessThanOrEqual(swapOuts! * WRITE_NS);
  expect(device.ofGuests).toEqual({ reads: 0, writes: 0 });
});

test('guests whose disks are on the device of the host wait for each other', () => {
  const queue = new CountingQueue();
  const two = (disk: 'own' | 'host', device: SwapDevice) =>
    runSimulation(config([guest('a', { disk }), guest('b', { disk })], device)).guests;
  const own = two('own', new CountingQueue());
  const shared = two('host', queue);
  const total = (of: string): number => shared.reduce((sum, { os }) => sum + os![of]!, 0);
  expect(queue.ofGuests.writes).toBe(total('swapOuts'));
  expect(queue.ofGuests.reads).toBe(total('swapIns') + total('fileReads'));
  for (const [i, { stallNs }] of shared.entries()) expect(stallNs).toBeGreaterThan(1.5 * own[i]!.stallNs);
});

test('a disk on the device of the host needs a strategy that has one', () => {
  const none = { ...config([guest('a', { disk: 'host' })], new CountingQueue()), mix: { strategies: [] } };
  const refusal = expect.objectContaining({ code: 'OVB_NO_SWAP_DEVICE', at: 'guest a' });
  expect(() => runSimulation(none)).toThrow(refusal);
  expect(() => rehearseSimulation(none)).toThrow(refusal);
});
