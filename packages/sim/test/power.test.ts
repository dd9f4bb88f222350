/**
 * VMs that come and go while a host runs. A guest with `offsetMs` is powered on when its time has come, if admission
 * control lets it; one with `afterWork: 'power-off'` goes when its work is done.
 */
import type { Decision } from '@overbook/core';
import { mib, toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { PhasedGuestSpec } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';
import type { More } from './changed-config.ts';
import { withMore } from './changed-config.ts';

function guest(name: string, more: Partial<PhasedGuestSpec> = {}): PhasedGuestSpec {
  return {
    kind: 'phased',
    name,
    size: mib(4),
    contents: [{ kind: 'private', pages: 1000 }],
    phases: [{ atMs: 0, active: 500 }],
    loadMs: 1_000,
    touchEveryMs: 500,
    untilMs: 4_000,
    ...more,
  };
}

function run(guests: readonly PhasedGuestSpec[], more: More = {}) {
  const decisions: Decision[] = [];
  const free: number[] = [];
  const result = runSimulation(
    withMore(
      {
        name: 'power',
        host: { memory: mib(16) },
        guests,
        mix: { strategies: [plainSwap] },
        run: {
          seed: 1,
          order: 'shuffled',
          offsetSpread: 0,
          check: true,
          edges: { swapDevice: new InstantDevice() },
          onDecision: (decision) => decisions.push(decision),
          onSample: ({ pool }) => free.push(pool.free),
        },
      },
      more,
    ),
  );
  const power = decisions.flatMap((decision) =>
    decision.kind === 'power-on' || decision.kind === 'power-off' || decision.kind === 'not-admitted'
      ? [`${decision.kind} ${decision.vm} at ${Math.round(decision.time / 1e9)} s`]
      : [],
  );
  return { result, power, free };
}

test('a guest with an offset is powered on when its time has come, and takes its overhead then', () => {
  const { result, power, free } = run([guest('a'), guest('b', { offsetMs: 2_000 })], {
    host: { overhead: mib(1) },
  });
  expect(power).toEqual(['power-on 1 at 2 s']);
  expect(free[0]).toBe(mib(16) - mib(1) - 1000);
  expect(result.host).toMatchObject({ overhead: mib(2), free: mib(16) - mib(2) - 2000 });
});

test('a guest whose work is done is idle, or its VM is powered off if it says so', () => {
  expect(run([guest('a')]).power).toEqual([]);
  const { result, power } = run([guest('a', { afterWork: 'power-off' }), guest('b', { untilMs: 8_000 })]);
  expect(power).toEqual(['power-off 0 at 4 s']);
  expect(result.host.vms.map(({ granted }) => granted)).toEqual([0, 1000]);
});

function reserved(name: string, more: Partial<PhasedGuestSpec> = {}) {
  return guest(name, { reservation: mib(3), ...more });
}

test('a guest that is not admitted is told with the arithmetic, the others go on', () => {
  const { result, power } = run([reserved('a'), reserved('b'), reserved('c', { offsetMs: 1_000 })], {
    host: { memory: mib(8), reserve: toPages(0), vmkernel: mib(1), overhead: toPages(64) },
  });
  expect(power).toEqual(['not-admitted 2 at 1 s']);
  expect(result.guestsNotAdmitted).toBe(1);
  expect(result.guests[2]).toMatchObject({
    touches: 0,
    notAdmitted: {
      why: 'it needs 3.25 MiB (reservation 3 MiB + overhead 0.25 MiB), host has 0.5 MiB unreserved',
    },
  });
  expect(result.guests[0]!.touches).toBeGreaterThan(1000);
  expect(result.summary.slowdown).toBeGreaterThanOrEqual(1);
});

test('a VM that went leaves its reservation to one that comes', () => {
  const { result } = run([reserved('a', { afterWork: 'power-off' }), reserved('b', { offsetMs: 5_000 })], {
    host: { memory: mib(5) },
  });
  expect(result.guestsNotAdmitted).toBe(0);
});

test('guests that are to be there from the beginning and do not fit are an error before anything runs', () => {
  expect(() => run([reserved('a'), reserved('b')], { host: { memory: mib(5) } })).toThrow(
    /vm [ab].*not admitted/,
  );
});

/** Five Windows VMs on 1 GB for VMs (OSDI 2002, §6.2), in MB: reservation half of the size, 32 MB of overhead each. */
function windows(name: string, size: number, more: Partial<PhasedGuestSpec> = {}) {
  return guest(name, { size: mib(size), reservation: mib(size / 2), untilMs: 1_000, ...more });
}

test.each([
  [256, 'it needs 160 MiB (reservation 128 MiB + overhead 32 MiB), host has 128 MiB unreserved'],
  [192, undefined],
])('a sixth VM of %i MB beside five on 1 GB: refused or fitting exactly (OSDI 2002, §6.2)', (size, why) => {
  const five = [256, 256, 320, 320, 320].map((megabytes, i) => windows(`vm${i}`, megabytes));
  const { result } = run([...five, windows('sixth', size, { offsetMs: 500 })], {
    host: { memory: mib(1024), reserve: toPages(0), overhead: 'esx-1.5' },
    run: { check: false },
  });
  expect(result.guests[5]!.notAdmitted?.why).toBe(why);
  expect(result.host.overhead).toBe(mib(160 + (why === undefined ? 32 : 0)));
});
