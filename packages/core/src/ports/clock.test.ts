import { auditTime, interval, map, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import fc from 'fast-check';

import { NS_PER_MS } from '../units/page.ts';
import { VirtualClock } from './clock.ts';

test('runs timers in the order of their time, those due together in the order they were set', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 40 }), (delays) => {
      const clock = new VirtualClock();
      const ran: number[] = [];
      delays.forEach((delay, i) => clock.after(delay, () => ran.push(i)));
      clock.advanceTo(100);
      const expected = delays
        .map((delay, i) => ({ delay, i }))
        .sort((a, b) => a.delay - b.delay || a.i - b.i);
      expect(ran).toEqual(expected.map(({ i }) => i));
    }),
  );
});

test('does not run a timer that was cancelled, nor one that is not due', () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  clock.after(5, () => ran.push('cancelled'))();
  clock.after(11, () => ran.push('late'));
  clock.advanceTo(10);
  expect(ran).toEqual([]);
  expect(clock.nextDueNs()).toBe(11);
});

test('never goes back', () => {
  const clock = new VirtualClock();
  clock.advanceTo(10);
  clock.advanceTo(3);
  expect(clock.now()).toBe(10);
});

test('a timer set by a timer runs in the same advance when it falls due in it', () => {
  const clock = new VirtualClock();
  const at: number[] = [];
  clock.after(2, () => clock.after(3, () => at.push(clock.now())));
  clock.advanceTo(5);
  expect(at).toEqual([5]);
});

test("RxJS's time operators work in virtual milliseconds", () => {
  const clock = new VirtualClock();
  const ticks: number[] = [];
  interval(20, clock.scheduler)
    .pipe(
      take(5),
      map(() => clock.now() / NS_PER_MS),
      toArray(),
    )
    .subscribe((times) => ticks.push(...times));
  clock.advanceTo(99 * NS_PER_MS);
  expect(ticks).toEqual([]);
  clock.advanceTo(100 * NS_PER_MS);
  expect(ticks).toEqual([20, 40, 60, 80, 100]);
});

test('auditTime of one virtual second lets one value a second through', () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  interval(300, clock.scheduler)
    .pipe(auditTime(1000, clock.scheduler))
    .subscribe((n) => seen.push(n));
  clock.advanceTo(3000 * NS_PER_MS);
  expect(seen).toEqual([3, 7]);
});

test('unsubscribing an interval leaves no timer behind', () => {
  const clock = new VirtualClock();
  const subscription = interval(20, clock.scheduler).subscribe();
  clock.advanceTo(70 * NS_PER_MS);
  subscription.unsubscribe();
  expect(clock.nextDueNs()).toBe(Infinity);
});

test('passes to a time without running what is due by then: that runs at the next advance, late', () => {
  const clock = new VirtualClock();
  const ran: number[] = [];
  clock.after(5, () => ran.push(clock.now()));
  clock.passTo(8);
  clock.passTo(3);
  expect([clock.now(), ran]).toEqual([8, []]);
  clock.advanceTo(8);
  expect(ran).toEqual([8]);
});
