import { NS_PER_SECOND } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

const HOUR_NS = 3600 * NS_PER_SECOND;

/** Switches all VMs off and disposes the host: every frame must be free again. */
export function checkFramesBack({ host }: KitHost): void {
  for (const vm of host.memory.vms) host.memory.powerOff(vm.id);
  host.dispose();
  if (host.pool.free === host.pool.total) return;
  const kept = host.pool.total - host.pool.free;
  throw new BrokenPromise(
    'ownFrames',
    `all VMs are off and the strategy is disposed, but ${kept} frames were not returned`,
  );
}

/**
 * Looks for what a disposed host left: timers, subscriptions, files.
 * @param leftovers names in the temporary folder
 */
export function checkDisposal(kit: KitHost, leftovers: () => readonly string[]): void {
  const { clock, watch } = kit;
  if (clock.nextDueNs() !== Infinity) {
    throw new BrokenPromise(
      'disposal',
      `a timer is still due at ${clock.nextDueNs()} ns; it is ${clock.now()} ns now`,
    );
  }
  if (watch.leftListening > 0 || watch.listening > 0) {
    const open = Math.max(watch.leftListening, watch.listening);
    throw new BrokenPromise(
      'disposal',
      `${open} subscriptions to the host's streams outlive what start returned`,
    );
  }
  if (watch.started !== undefined && !watch.started.closed) {
    throw new BrokenPromise('disposal', 'what start returned is not closed');
  }
  const files = leftovers();
  if (files.length > 0)
    throw new BrokenPromise('disposal', `left in the temporary folder: ${files.join(', ')}`);
  again(kit);
  clock.advanceTo(clock.now() + HOUR_NS);
}

/** Timers of the real clock, which virtual time never reaches. @param left kinds of those that are still set */
export function checkRealTimers(left: () => readonly string[]): void {
  const timers = left();
  if (timers.length === 0) return;
  throw new BrokenPromise(
    'realTimer',
    `the strategy is disposed, but left ${timers.join(', ')}; name CLOCK in needs and use its scheduler`,
  );
}

/** A host disposes once; a strategy may be told twice. */
function again({ host, watch }: KitHost): void {
  try {
    host.dispose();
    watch.strategy?.dispose?.();
  } catch (error) {
    throw new BrokenPromise('disposal', `disposing twice fails: ${String(error)}`, error);
  }
}
