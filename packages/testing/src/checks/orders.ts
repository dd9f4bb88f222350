import type { VmId } from '@overbook/core';
import { toPages } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import type { Workload } from '../kit/workload.ts';
import { BrokenPromise } from '../promises.ts';

/** Two minutes: every paced driver has had its turn many times. */
const WAIT_MS = 120_000;
const WANTED = 8;
const BUDGET = 192;

/**
 * Orders pages of each VM whose guest gives what it can, and waits: at least one of them comes, or it waits for
 * fewer.
 */
export function checkOrders(kit: KitHost, work: Workload): void {
  if (kit.watch.watched?.pending === undefined) return;
  for (const guest of kit.guests) {
    if (guest.driver !== 'gives') continue;
    guest.releaseAll();
    order(kit, work, guest.vm);
  }
}

function order({ host, watch, clock }: KitHost, work: Workload, vm: VmId): void {
  const strategy = watch.watched!;
  const receipt = strategy.reclaim?.({
    vm,
    goal: toPages(WANTED),
    budget: toPages(BUDGET),
    state: 'hard',
    direct: false,
    at: clock.now(),
  });
  const waitsFor = strategy.pending!(vm);
  if (receipt === undefined || waitsFor === 0) return;
  const before = watch.arrived.get(vm) ?? 0;
  work.quiet(WAIT_MS);
  watch.looked('orders');
  const came = (watch.arrived.get(vm) ?? 0) - before;
  const pending = strategy.pending!(vm);
  if (came > 0 || pending < waitsFor) return;
  const { name } = host.memory.vms[vm]!;
  throw new BrokenPromise(
    'orders',
    `VM ${name}, whose guest has free memory, should give ${waitsFor} pages; after ${WAIT_MS / 1000} s none came ` +
      `and ${pending} are pending`,
  );
}
