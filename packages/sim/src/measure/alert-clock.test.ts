import fc from 'fast-check';
import { expect, test } from 'vitest';

import { AlertClock } from './alert-clock.ts';
import type { AlertRule, GuestFacts } from './alert-rules.ts';
import { GUEST_ALERTS, HOST_ALERTS } from './alert-rules.ts';

const SECOND = 1e9;

/** A guest's facts each second, by what it does in that second. */
function guestAt(
  seconds: readonly { readonly usable: number; readonly faults: number; readonly swapped: number }[],
) {
  const clock = new AlertClock(GUEST_ALERTS);
  let [majorFaults, swapTraffic] = [0, 0];
  for (const { usable, faults, swapped } of seconds) {
    majorFaults += faults;
    swapTraffic += swapped;
    clock.tick({ total: 1000, usable, majorFaults, swapTraffic });
  }
  return clock.result()!;
}

function seconds(count: number, usable: number, faults: number, swapped = 0) {
  return Array.from({ length: count }, () => ({ usable, faults, swapped }));
}

test('memory pressure: little is usable and pages are read again, and the alert fires after 5 minutes of it', () => {
  const rule = 'KubeVirtVMGuestMemoryPressure';
  // 6 faults a second over a window of 5 minutes: more than 5 a second from the 252nd second on.
  const alerts = guestAt(seconds(900, 49, 6));
  expect(alerts[rule]).toEqual({ heldNs: 649 * SECOND, firedNs: 349 * SECOND });
  expect(guestAt(seconds(900, 50, 6))[rule]).toEqual({ heldNs: 0, firedNs: 0 });
  expect(guestAt(seconds(900, 49, 5))[rule]).toEqual({ heldNs: 0, firedNs: 0 });
  // 256 pages a second are 1 MiB/s.
  expect(guestAt(seconds(900, 49, 0, 256))[rule]!.heldNs).toBe(0);
  expect(guestAt(seconds(900, 49, 0, 257))[rule]!.heldNs).toBeGreaterThan(0);
});

test('little is usable and nothing is swapped: it fires after 30 minutes', () => {
  const rule = 'KubeVirtVMGuestMemoryAvailableLow';
  expect(guestAt(seconds(2_000, 29, 0))[rule]).toEqual({ heldNs: 2_000 * SECOND, firedNs: 200 * SECOND });
  expect(guestAt(seconds(2_000, 30, 0))[rule]!.heldNs).toBe(0);
});

test('a condition that breaks off begins anew', () => {
  const clock = new AlertClock(HOST_ALERTS);
  const facts = { swapIns: 0, swapOuts: 0 };
  for (let second = 0; second < 400; second++) {
    const busy = second < 100 || second >= 200;
    facts.swapIns += busy ? 1000 : 0;
    facts.swapOuts += busy ? 1000 : 0;
    clock.tick({ ...facts });
  }
  // Rates above 200 a second in a window of a minute: seconds 13 to 146, then 212 to 399.
  const { heldNs, firedNs } = clock.result()!['NodeHighSwapActivity']!;
  expect([heldNs, firedNs].map((ns) => ns / SECOND)).toEqual([134 + 188, 74 + 128]);
});

test('who tells nothing has no times', () => {
  const clock = new AlertClock(GUEST_ALERTS);
  clock.tick(undefined);
  expect(clock.result()).toBeUndefined();
});

test('times are those of a plain recount', () => {
  const rule: AlertRule<GuestFacts> = {
    name: 'r',
    source: 'test',
    forMs: 3_000,
    holds: ({ usable }, rate) => usable < 5 && rate('majorFaults', 4_000) >= 1,
  };
  const second = fc.option(fc.record({ usable: fc.nat(9), faults: fc.nat(3) }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(second, { maxLength: 30 }), (told) => {
      const clock = new AlertClock([rule]);
      let majorFaults = 0;
      for (const one of told) {
        majorFaults += one?.faults ?? 0;
        clock.tick(one && { total: 10, usable: one.usable, majorFaults, swapTraffic: 0 });
      }
      const known = told.flatMap((one) => one ?? []);
      let [held, fired, inARow, at] = [0, 0, 0, -1];
      for (const one of told) {
        if (one !== undefined) at++;
        const window = known.slice(Math.max(0, at - 4) + 1, at + 1);
        const faults = window.reduce((sum, { faults: some }) => sum + some, 0);
        inARow = one !== undefined && one.usable < 5 && faults / 4 >= 1 ? inARow + 1 : 0;
        if (inARow > 0) held++;
        if (inARow > 3) fired++;
      }
      const wanted = { r: { heldNs: held * SECOND, firedNs: fired * SECOND } };
      expect(clock.result()).toEqual(known.length === 0 ? undefined : wanted);
    }),
  );
});
