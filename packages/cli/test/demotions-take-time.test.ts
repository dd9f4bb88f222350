import { compression } from '@overbook/compression';
import type { Nanoseconds } from '@overbook/core';
import { BLOCKED, NS_PER_MS, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { expect, test } from 'vitest';

const VM = toVmId(0);
const WRITE_NS = 40_000;

test('a full compressed cache gives no frames faster than the device writes what leaves it', () => {
  let queuedUntil = 0;
  let writes = 0;
  const host = composeHost({
    memory: toPages(2048),
    store: 'keys',
    memoryStates: 'direct',
    vms: [{ name: 'a', size: toPages(8192) }],
    // A small cache: nearly every victim that it takes sends an older page on.
    strategies: [{ plugin: compression, options: { maxPercentOfVm: 1 } }, hostswap],
    edges: {
      swapDevice: {
        name: 'queue',
        read: (at: Nanoseconds) => at,
        write: (at: Nanoseconds) => {
          writes++;
          queuedUntil = Math.max(at, queuedUntil) + WRITE_NS;
          return toNs(queuedUntil);
        },
      },
    },
  });
  let at = 0;
  for (let page = 0; page < 6000; page++) {
    host.settle(toNs(at));
    const done = host.memory.access(VM, toGfn(page), true, toNs(at));
    if (done === BLOCKED) {
      at += NS_PER_MS;
      page--;
      continue;
    }
    host.store.writePrivate(host.memory.frame(VM, toGfn(page)), 900, 0);
    at = done;
  }
  const { accepted } = host.strategyCounters()['hostswap']!;
  expect(accepted).toBeGreaterThan(2000);
  // What the queue still holds is no more than what is free and not usable, and one page that an access waits for.
  expect(host.pool.inWriting).toBeLessThan(100);
  expect(at).toBeGreaterThanOrEqual((writes - host.pool.inWriting - host.pool.reserve - 1) * WRITE_NS);
  host.verify();
  host.dispose();
});
