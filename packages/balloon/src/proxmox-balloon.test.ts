import type { Observation, VmObservation } from '@overbook/core';
import { mib, toNs, toPages, toVmId } from '@overbook/core';
import { policySuite, replayPolicy } from '@overbook/testing';
import { expect, test } from 'vitest';

import { proxmoxBalloon } from './index.ts';

policySuite({ test, plugin: proxmoxBalloon, strategies: ['balloon'] });

function guest(
  name: string,
  id: number,
  ballooned: number,
  more: Partial<VmObservation> = {},
): VmObservation {
  const size = mib(1024);
  return {
    vm: toVmId(id),
    name,
    size,
    reservation: toPages(0),
    limit: size,
    shares: 1000,
    consumed: toPages(size - ballooned),
    ballooned: toPages(ballooned),
    kinds: {},
    hasDriver: true,
    guestFree: mib(100),
    ...more,
  };
}

function seen(cause: Observation['cause'], free: number, ...vms: readonly VmObservation[]): Observation {
  return {
    time: toNs(0),
    state: 'high',
    total: mib(2048),
    free: toPages(free),
    wanted: toPages(0),
    cause,
    vms,
  };
}

/** Sizes ordered, in MiB, by each observation. */
function sizes(observations: readonly Observation[], options?: object): readonly (readonly number[])[] {
  return replayPolicy(proxmoxBalloon, observations, options).map(({ orders }) =>
    orders.map((order) => (order.kind === 'size' ? order.pages / 256 : Number.NaN)),
  );
}

test('a guest starts with its balloon at its minimum, and gets memory while the host has room', () => {
  expect(
    sizes([
      seen('power', mib(1500), guest('a', 0, 0)),
      seen('period', mib(1500), guest('a', 0, mib(512))),
      seen('state', mib(1500), guest('a', 0, mib(512))),
    ]),
  ).toEqual([[512], [612]]);
});

test('a host that uses more than 80 % takes from the guest that has much free', () => {
  const rich = guest('rich', 0, 0, { guestFree: mib(600) });
  expect(
    sizes([
      seen('power', mib(300), rich, guest('poor', 1, 0)),
      seen('period', mib(100), rich, guest('poor', 1, 0)),
    ]),
  ).toEqual([[512, 512], [924]]);
});

test('a guest without a driver or with no shares is left alone; a reservation raises the minimum', () => {
  const without = guest('a', 0, 0, { hasDriver: false });
  const none = guest('b', 1, 0);
  const kept = guest('c', 2, 0, { reservation: mib(700) });
  expect(sizes([seen('power', mib(300), without, none, kept)], { shares: { b: 0 } })).toEqual([[700]]);
});
