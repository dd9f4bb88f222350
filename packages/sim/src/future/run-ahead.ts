import { toVmId } from '@overbook/core';
import { SeededRandom, composeHost } from '@overbook/core/host';

import { checkGuests } from '../check-guests.ts';
import { costTable } from '../costs.ts';
import { Batch } from '../engine/batch.ts';
import type { Guest } from '../engine/guest.ts';
import { PageWriter } from '../engine/page-writer.ts';
import { makeDisk, makeGuest, vmOf } from '../make-guest.ts';
import type { RunConfig } from '../simulation-config.ts';
import { AccessLog } from './access-log.ts';
import type { ReplayedGuestSpec } from './check-future.ts';
import { accessesOf } from './check-future.ts';
import { GuestFuture } from './guest-future.ts';

/**
 * Everything a replayed guest will touch: a twin of it, with the same draws, says so without touching anything. What
 * such a guest touches, and in what order, no host changes.
 */
export function runAhead(spec: ReplayedGuestSpec, { seed, order, costs }: RunConfig): GuestFuture {
  const { size } = vmOf(spec);
  const host = composeHost({
    name: `${spec.name}, ahead`,
    memory: size,
    memoryStates: 'direct',
    store: 'keys',
    vms: [{ name: spec.name, size }],
    strategies: [],
    seed,
    edges: { contentKey: checkGuests(spec.name, [spec], 'keys') },
  });
  try {
    const writer = new PageWriter(host, toVmId(0), undefined);
    const random = new SeededRandom(seed);
    const table = costTable(costs);
    const disk = makeDisk(spec, { random, costs: table, nowNs: () => host.clock.now() });
    const twin = makeGuest(spec, { writer, random, disk, order, costs: table });
    const log = new AccessLog(accessesOf(spec) + size);
    if (twin.arrive !== undefined) {
      twin.arrive(0, 0);
      runOut(twin, log);
    }
    twin.start(0);
    runOut(twin, log);
    return new GuestFuture(log.pages, size);
  } finally {
    host.dispose();
  }
}

/** All work that the twin has now. Its pages are on frames of the same numbers: nothing takes one from it. */
function runOut(twin: Guest, log: AccessLog): void {
  const batch = new Batch(twin.largestBatch);
  while (twin.next(batch)) {
    twin.list?.(batch);
    log.add(batch.pages, batch.count);
  }
}
