import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import type { HostConfig } from '../composition/host-config.ts';
import type { Host } from '../host/host.ts';
import type { Metering } from '../ports/meter.ts';
import type { Activity } from '../counters/counters.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';

const SIZE = 1000;
const VM = toVmId(0);
const PERIOD_MS = 1000;

function hostOf(more: Partial<HostConfig> = {}): Host {
  return composeHost({
    memory: toPages(2000),
    vms: [{ name: 'a', size: toPages(SIZE) }],
    strategies: [],
    paces: { sample: PERIOD_MS },
    store: 'keys',
    ...more,
  });
}

/** Touches pages `from`..`to - 1`, then lets so many milliseconds pass. */
function touch(host: Host, from: number, to: number, write = true): void {
  for (let page = from; page < to; page++) host.memory.access(VM, toGfn(page), write, host.clock.now());
}

function activityOf(host: Host): Activity | undefined {
  return host.counters().vms[0]!.activity;
}

test('nothing is known before the first whole period', () => {
  const host = hostOf();
  touch(host, 0, SIZE);
  expect(activityOf(host)).toBeUndefined();
  expect(host.observe('period').vms[0]).not.toHaveProperty('active');
  host.advance(PERIOD_MS);
  expect(activityOf(host)!.active).toBe(SIZE);
  expect(host.observe('period').vms[0]!.active).toBe(SIZE);
});

test('an idle VM falls to one percent, never to nothing (Mem.SampleActivePctMin)', () => {
  const host = hostOf();
  touch(host, 0, SIZE);
  for (let i = 0; i < 30; i++) host.advance(PERIOD_MS);
  expect(activityOf(host)).toMatchObject({ active: SIZE / 100, activeWrite: 1, nowPercent: 0 });
  const lower = hostOf({ sampling: { activeFloorPercent: 0 } });
  touch(lower, 0, SIZE);
  for (let i = 0; i < 60; i++) lower.advance(PERIOD_MS);
  expect(activityOf(lower)!.active).toBe(1);
});

test('a VM that touches half of its memory is seen to, within three standard errors', () => {
  const host = hostOf({ sampling: { pages: 400 } });
  const parts: number[] = [];
  for (let i = 0; i < 20; i++) {
    touch(host, 0, SIZE / 2);
    host.advance(PERIOD_MS);
    parts.push(activityOf(host)!.nowPercent! / 100);
  }
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  // √(f(1 − f)/n) for n = 20 · 400; sampling without replacement makes it smaller still.
  expect(Math.abs(mean - 0.5)).toBeLessThan(3 * Math.sqrt(0.25 / (20 * 400)));
});

test('the four values follow from the samples by the gains, and the running period counts at once', () => {
  const host = hostOf({ sampling: { pages: SIZE } });
  host.advance(PERIOD_MS);
  touch(host, 0, 400);
  host.advance(PERIOD_MS);
  const before = activityOf(host)!;
  expect(before).toMatchObject({ nowPercent: 40, slowPercent: 10 });
  expect(before.fastPercent).toBeCloseTo(28, 10);
  touch(host, 0, 800);
  // fast + 0.7 · (0.8 − fast), while slow and fast still stand.
  const { slowPercent, fastPercent } = before;
  expect(activityOf(host)).toMatchObject({ slowPercent, fastPercent });
  expect(activityOf(host)!.nextPercent).toBeCloseTo(28 + 0.7 * (80 - 28), 10);
  expect(activityOf(host)!.active).toBe(Math.ceil(SIZE * (0.28 + 0.7 * (0.8 - 0.28))));
});

test('another gain changes the estimate', () => {
  const after = (slowGain: number): number => {
    const host = hostOf({ sampling: { slowGain } });
    touch(host, 0, SIZE);
    host.advance(PERIOD_MS);
    host.advance(2 * PERIOD_MS);
    return activityOf(host)!.active;
  };
  expect(after(0.25)).toBe(Math.ceil(SIZE * 0.75 ** 2));
  expect(after(0.9)).toBeLessThan(SIZE * 0.11);
});

test('what is only read is active and not written; what is written is both', () => {
  const host = hostOf({ sampling: { pages: SIZE } });
  touch(host, 0, 100);
  host.advance(PERIOD_MS);
  touch(host, 0, 600, false);
  touch(host, 0, 100);
  host.advance(PERIOD_MS);
  const { active, activeWrite } = activityOf(host)!;
  expect(active).toBe(Math.ceil(SIZE * (0.1 + 0.7 * 0.5)));
  expect(activeWrite).toBe(100);
});

test('a page brought in by a read is not written, one brought in by a write is', () => {
  const host = hostOf({ sampling: { pages: SIZE } });
  host.advance(PERIOD_MS);
  touch(host, 0, 500, false);
  touch(host, 500, 600);
  host.advance(PERIOD_MS);
  const { active, activeWrite } = activityOf(host)!;
  expect([active, activeWrite]).toEqual([Math.ceil(SIZE * 0.42), Math.ceil(SIZE * 0.07)]);
});

test('ballooned pages are in no sample: the estimate is a part of the rest', () => {
  const host = hostOf();
  touch(host, 0, SIZE);
  for (let page = 0; page < 900; page++) host.memory.balloon(VM, toGfn(page));
  host.advance(PERIOD_MS);
  for (let i = 0; i < 3; i++) {
    touch(host, 900, SIZE);
    host.advance(PERIOD_MS);
  }
  expect(activityOf(host)).toMatchObject({ nowPercent: 100, active: 100 });
});

test('a VM smaller than the sample is sampled whole', () => {
  const host = hostOf({ vms: [{ name: 'a', size: toPages(10) }] });
  touch(host, 0, 7);
  host.advance(PERIOD_MS);
  expect(activityOf(host)!.nowPercent).toBe(70);
});

test('in periods of execution time a VM that stands still is not judged idle', () => {
  const ran = { ns: 0 };
  const executionTime = { ran: (): Nanoseconds => toNs(ran.ns) };
  const host = hostOf({ edges: { executionTime } });
  touch(host, 0, SIZE);
  host.advance(PERIOD_MS / 2);
  expect(activityOf(host)).toBeUndefined();
  ran.ns = PERIOD_MS * 1e6;
  host.advance(PERIOD_MS);
  expect(activityOf(host)!.nowPercent).toBe(100);
  host.advance(100 * PERIOD_MS);
  expect(activityOf(host)!.active).toBe(SIZE);
  const byHostTime = hostOf({ edges: { executionTime }, sampling: { time: 'host' } });
  touch(byHostTime, 0, SIZE);
  byHostTime.advance(2 * PERIOD_MS);
  expect(activityOf(byHostTime)!.slowPercent).toBe(75);
});

test('each touched sampled page costs one minor fault, others none', () => {
  const spent = { minorFault: 0 };
  const spend = (op: string, count = 1): Nanoseconds => {
    if (op === 'minorFault') spent.minorFault += count;
    return toNs(0);
  };
  const metering: Metering = {
    meter: () => ({ spend, spendNs: (time) => toNs(time) }),
    spent: () => new Map(),
    total: () => 0,
  };
  const host = hostOf({ edges: { metering } });
  touch(host, 0, SIZE);
  host.advance(PERIOD_MS);
  // The first touches were faults anyway.
  expect(spent.minorFault).toBe(0);
  for (let i = 0; i < 5; i++) touch(host, 0, SIZE);
  host.advance(PERIOD_MS);
  expect(spent.minorFault).toBe(100);
  host.advance(PERIOD_MS);
  expect(spent.minorFault).toBe(100);
});

test.each([
  ['no pages', { pages: 0 }, /pages is 0/],
  ['half a page', { pages: 0.5 }, /pages is 0.5/],
  ['a gain of 0', { slowGain: 0 }, /slowGain is 0/],
  ['a gain above 1', { fastGain: 1.5 }, /fastGain is 1.5/],
  ['a floor below 0', { activeFloorPercent: -1 }, /activeFloorPercent is -1/],
  ['an unknown kind of time', { time: 'wall' as never }, /time is wall/],
])('refuses %s', (_what, sampling, message) => {
  expect(() => hostOf({ sampling })).toThrow(message);
});

test('refuses a period of no length', () => {
  expect(() => hostOf({ paces: { sample: 0 } })).toThrow(/paces\.sample is 0/);
});
