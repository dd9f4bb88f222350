import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { brokenIdentities } from '../counters/identities.ts';
import { isOverbookError } from '../units/errors.ts';
import { toPages, toVmId } from '../units/page.ts';
import { FramePool } from './frame-pool.ts';
import { HypervisorFrames } from './hypervisor-frames.ts';

test('what the hypervisor holds is gone from the pool until it is given back', () => {
  const pool = new FramePool(100, 10);
  const frames = new HypervisorFrames(pool, 2, toPages(20));
  expect([frames.take(toVmId(0), 30), frames.take(toVmId(1), 60)]).toEqual([30, 40]);
  expect([pool.free, frames.vmkernel, frames.overhead(toVmId(1)), frames.held]).toEqual([10, 20, 40, 90]);
  frames.give(toVmId(0));
  expect([pool.free, frames.overhead(toVmId(0)), frames.held]).toEqual([40, 0, 60]);
});

function host(overhead: number) {
  return composeHost({
    memory: toPages(1000),
    vmkernel: toPages(100),
    vms: [
      { name: 'a', size: toPages(200), overhead: toPages(overhead) },
      { name: 'b', size: toPages(200) },
    ],
    strategies: [],
    memoryStates: 'direct',
  });
}

test('frames are vmkernel + overhead + consumed + own + free, exactly', () => {
  const busy = host(50);
  for (let page = 0; page < 70; page++) busy.vm('a').write(page, 'x');
  const counters = busy.counters();
  expect(counters).toMatchObject({ vmkernel: 100, overhead: 50 });
  expect(counters.vms.map(({ overhead }) => overhead)).toEqual([50, 0]);
  expect(counters.total).toBe(100 + 50 + 70 + counters.free);
  expect(brokenIdentities(counters)).toEqual([]);
  expect(brokenIdentities({ ...counters, overhead: toPages(51) }).length).toBeGreaterThan(0);
  busy.verify();
});

test('a host is refused whose VMs have no memory left beside what the hypervisor needs', () => {
  const refusal = (() => {
    try {
      return host(901);
    } catch (error) {
      return error;
    }
  })();
  expect(isOverbookError(refusal)).toBe(true);
});
