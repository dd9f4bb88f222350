import { expect, test } from 'vitest';

import { ByteStore, composeHost, gfn, pages, toGfn, vmId } from './index.ts';

test('a script that loads the build by its path has all entries, under former names too', () => {
  expect(gfn).toBe(toGfn);
  const host = composeHost({
    name: 'script',
    memory: pages(64),
    memoryStates: 'direct',
    store: new ByteStore(80),
    vms: [{ name: 'a', size: pages(16) }],
    strategies: [],
    seed: 1,
    edges: {},
  });
  host.memory.access(vmId(0), gfn(3), true, host.clock.now());
  expect(host.memory.frame(vmId(0), gfn(3))).toBeGreaterThanOrEqual(0);
  host.dispose();
});
