/** Frames behind shared pages are memory like all other: a host in want, or a VM at its limit, gets it back. */
import type { AnyStrategyPlugin, Host, VmSpec } from '@overbook/core/host';
import { toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';
import { expect, test } from 'vitest';

const SCANS = [
  { mode: 'esx', salting: 0, pagesPerSecond: 20_000 },
  { mode: 'ksm', pages_to_scan: 2000 },
] as const;
const VICTIMS = ['random', 'clock'] as const;
const SETUPS = SCANS.flatMap((scan) => VICTIMS.map((victims) => ({ mode: scan.mode, scan, victims })));
const A = toVmId(0);

function hostOf(
  { scan, victims }: (typeof SETUPS)[number],
  memory: number,
  vms: readonly VmSpec[],
  memoryStates = 'esxi-6.x',
): Host {
  const strategies = [
    { plugin: tps as AnyStrategyPlugin, options: scan },
    { plugin: hostswap as AnyStrategyPlugin, options: { victims } },
  ];
  const host = { paces: { balance: 1000 }, reserve: toPages(16) };
  return composeHost({ memory: toPages(memory), ...host, seed: 1, vms, strategies, memoryStates });
}

/** VMs a and b write the same pages, slowly enough for the scan to share them all. */
function writeAlike(host: Host, count: number): void {
  for (let page = 0; page < count; page++) {
    for (const vm of ['a', 'b']) host.vm(vm).write(page, `content ${page}`);
    if (page % 8 === 7) host.advance(500);
  }
  host.advance(5000);
}

test.each(SETUPS)(
  'a VM stays within its limit when its neighbour on the shared frames goes ($mode, $victims)',
  (setup) => {
    const host = hostOf(setup, 4000, [
      { name: 'a', size: toPages(500), limit: toPages(150) },
      { name: 'b', size: toPages(500) },
    ]);
    writeAlike(host, 250);
    expect(host.memory.consumed(A)).toBeLessThanOrEqual(150);
    host.powerOff('b');
    host.advance(1000);
    expect(host.memory.consumed(A)).toBeLessThanOrEqual(150);
    for (let page = 250; page < 300; page++) host.vm('a').write(page, `new ${page}`);
    expect(host.memory.consumed(A)).toBeLessThanOrEqual(150);
    host.verify();
    host.dispose();
  },
);

test.each(SETUPS)(
  'a VM at its limit goes on when its neighbour writes to the shared frames ($mode, $victims)',
  (setup) => {
    const host = hostOf(setup, 4000, [
      { name: 'a', size: toPages(500), limit: toPages(150) },
      { name: 'b', size: toPages(500) },
    ]);
    writeAlike(host, 250);
    for (let page = 0; page < 250; page++) host.vm('b').write(page, `b's own ${page}`);
    for (let page = 250; page < 300; page++) host.vm('a').write(page, `new ${page}`);
    host.advance(1000);
    expect(host.memory.consumed(A)).toBeLessThanOrEqual(150);
    host.verify();
    host.dispose();
  },
);

test.each(SETUPS.flatMap((setup) => [true, false].map((stays) => ({ ...setup, stays }))))(
  'an active VM gets its part where all frames are behind shared pages ($mode, $victims, neighbour stays: $stays)',
  ({ stays, ...setup }) => {
    const vms = ['a', 'b', 'c'].map((name): VmSpec => ({ name, size: toPages(550) }));
    const host = hostOf(setup, 500, vms);
    writeAlike(host, 480);
    if (!stays) host.powerOff('b');
    for (let round = 0; round < 10; round++) {
      for (let page = 0; page < 140; page++) host.vm('c').write(page, `c's own ${page}`);
      host.advance(1000);
    }
    const { vms: counters } = host.counters();
    expect(counters[2]!.kinds['swapped']).toBeLessThan(20);
    expect(counters[2]!.private).toBeGreaterThan(120);
    host.verify();
    host.dispose();
  },
);
