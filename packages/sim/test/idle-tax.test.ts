/**
 * The idle-memory tax on a running host (Waldspurger, OSDI 2002, §5.4, figure 7): two VMs of 256 MB and equal shares,
 * the first idle with some 10 MB in use, the second with some 200 MB. Everything is an eighth of the published size.
 *
 * To run such an experiment: give the shares, reservations and limits with the guests, the rate with the policy
 * (`policies: [{ plugin: esxEntitlement, options: { idleTax: 0 } }]`), and look at the host in `onSample`: its counters
 * have each VM's `entitlement` and `consumed`. `host.change(name, { shares })` there acts as an administrator would.
 */
import type { Host } from '@overbook/core/host';
import { esxEntitlement, toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { PhasedGuestSpec } from '../src/index.ts';
import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';

const SCALE = 8;
function megabytes(published: number) {
  return toPages(Math.round((published * 256) / SCALE));
}

function guest(name: string, active: number): PhasedGuestSpec {
  return {
    kind: 'phased',
    name,
    size: megabytes(256),
    contents: [{ kind: 'private', pages: megabytes(256) - 1 }],
    phases: [{ atMs: 12_000, active: megabytes(active) }],
    loadMs: 10_000,
    touchEveryMs: 1_500,
    untilMs: 90_000,
  };
}

/** @param room memory for both VMs together, which is what the policy divides */
function run(idleTax: number, room: number) {
  const wanted = megabytes(20);
  const memory = toPages(megabytes(room) + wanted);
  const entitled: number[][] = [];
  const active: number[][] = [];
  let last: Host | undefined;
  const { host } = runSimulation({
    name: 'idle tax',
    guests: [guest('idle', 9.8), guest('busy', 200.3)],
    mix: { strategies: [plainSwap], policies: [{ plugin: esxEntitlement, options: { idleTax } }] },
    host: {
      memory,
      // Thresholds of a machine of a given size are not the point here: so much shall stay free.
      memoryStates: {
        id: 'test',
        title: 'Keeps so much free',
        source: 'this test',
        basis: 'memory',
        thresholds: { high: (100 * wanted) / memory, soft: (75 * wanted) / memory, low: 0.5 },
        wanted: 'high',
        leavePercent: 100,
        ladder: { soft: ['plain-swap'], low: ['plain-swap'] },
        assumed: [],
      },
      // The active sizes are an input here: so many pages are sampled that the estimate is hardly blurred.
      sampling: { time: 'host', pages: 4096 },
      paces: { balance: 1_500, sample: 3_000, reclaim: 100 },
    },
    run: {
      seed: 1,
      order: 'shuffled',
      offsetSpread: 0,
      edges: { swapDevice: new InstantDevice() },
      onSample: (at) => {
        last = at;
        if (at.clock.now() < 45e9) return;
        const vms = ['idle', 'busy'].map((name) => at.observe('period').vms.find((vm) => vm.name === name)!);
        entitled.push(vms.map(({ vm }) => at.reclaimer.targets[vm]! / megabytes(1)));
        active.push(vms.map((vm) => (vm.active ?? 0) / megabytes(1)));
      },
    },
  });
  expect(last).toBeDefined();
  const mean = (columns: readonly number[][], vm: number): number =>
    columns.reduce((sum, row) => sum + row[vm]!, 0) / columns.length;
  return {
    host,
    entitled: [mean(entitled, 0), mean(entitled, 1)] as const,
    active: [mean(active, 0), mean(active, 1)] as const,
    consumed: host.vms.map((vm) => vm.consumed / megabytes(1)),
  };
}

test('without a tax two VMs of equal shares are entitled to equal halves: 179 and 179 MB', () => {
  const { entitled, consumed } = run(0, 357.8);
  for (const one of entitled) expect(Math.abs(one - 179)).toBeLessThan(1);
  // The busy VM uses 200 MB and cannot hold them.
  expect(Math.abs(consumed[0]! - 179)).toBeLessThan(6);
  expect(consumed[1]).toBeLessThan(185);
});

test('with a tax of 75 percent the idle VM is entitled to 101 MB, the busy one to 243 MB', () => {
  const { entitled, active, consumed } = run(0.75, 344.4);
  expect(Math.abs(entitled[0] - 101)).toBeLessThan(2);
  expect(Math.abs(entitled[1] - 243)).toBeLessThan(2);
  // With the estimates as they were the closed form gives what was ordered.
  const difference = 0.75 * (active[1] - active[0]);
  expect(Math.abs(entitled[1] - entitled[0] - difference)).toBeLessThan(2);
  // And memory went from the idle VM to the busy one, which holds all it uses.
  expect(consumed[0]).toBeLessThan(155);
  expect(consumed[1]).toBeGreaterThan(200);
});
