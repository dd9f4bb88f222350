/** Reclaim takes CPU time: from guests that run, where no core is idle. */
import type { StrategyPlugin } from '@overbook/core';
import { CLOCK, METER, NS_PER_MS, defineStrategy, toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { interval } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import type { SimulationResult } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';

const PERIOD_NS = 10 * NS_PER_MS;
const WORK_NS = NS_PER_MS;
const GUESTS = ['a', 'b', 'c'];
const PAGES = 256;

const needs = { clock: CLOCK, meter: METER };
const options = z.strictObject({});

/** Computes a millisecond in every ten, and a microsecond where it is asked for memory, of which it gives none. */
const busy: StrategyPlugin<typeof needs, typeof options> = defineStrategy({
  id: 'busy',
  contract: 2,
  title: 'Computes, for tests',
  options,
  needs,
  create: ({ clock, meter }) => {
    const ticks = interval(PERIOD_NS / NS_PER_MS, clock.scheduler).subscribe(() => meter.spendNs(WORK_NS));
    return {
      dispose: () => ticks.unsubscribe(),
      reclaim() {
        meter.spendNs(1_000);
        return { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };
      },
    };
  },
});

/** Guests that run without a pause. */
function run(cores: number | undefined, memory: number): SimulationResult {
  const contents = {
    contentKey: 'number',
    codec: 'none',
    keyLo: Uint32Array.of(0, 1),
    keyHi: Uint32Array.of(0, 0),
    compressedBytes: Uint16Array.of(4096, 4096),
    fill: new Uint8Array(2),
  };
  return runSimulation({
    name: 'test',
    host: { memory: toPages(memory), memoryStates: 'direct', reserve: toPages(16) },
    guests: GUESTS.map((name) => ({
      kind: 'script',
      name,
      size: toPages(PAGES),
      contents,
      intervals: 100,
      pagesPerInterval: 100,
    })),
    mix: { strategies: [busy, plainSwap] },
    run: {
      seed: 1,
      order: 'recorded',
      offsetSpread: 0,
      ...(cores === undefined ? {} : { cores }),
      costs: { instruction: 5, minorFault: 0, firstTouch: 0, cowBreak: 0 },
      edges: { swapDevice: new InstantDevice() },
    },
  });
}

const roomy = 2 * PAGES * GUESTS.length;

function stolen({ guests }: SimulationResult): number {
  return guests.reduce((sum, { stolenNs = 0 }) => sum + stolenNs, 0);
}

test('with a core for everybody nobody loses time; with fewer, the guests lose what was computed', () => {
  expect(run(GUESTS.length + 1, roomy)).toEqual(run(undefined, roomy));
  const full = run(GUESTS.length, roomy);
  const [{ lifeNs }] = full.guests as [SimulationResult['guests'][0]];
  const ticks = Math.floor(lifeNs / PERIOD_NS);
  expect(ticks).toBeGreaterThan(50);
  // To within a nanosecond a guest and tick.
  expect(Math.abs(stolen(full) - ticks * WORK_NS)).toBeLessThanOrEqual(ticks * GUESTS.length);
  for (const guest of full.guests) {
    expect(guest.lifeNs).toBe(guest.busyNs + guest.stolenNs!);
    expect(guest.stallNs).toBe(guest.stolenNs);
  }
  expect(stolen(run(1, roomy))).toBe(stolen(full));
});

test('what an access has reclaimed for it is in its own wait, and taken from nobody else', () => {
  const tight = PAGES * 2;
  const [free, limited] = [run(undefined, tight), run(GUESTS.length + 1, tight)];
  expect(free.summary.swapInPages).toBeGreaterThan(100);
  expect(free.summary.worstStallNs).toBe(1_000);
  expect(limited).toEqual(free);
});
