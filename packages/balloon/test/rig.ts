import type { Decision } from '@overbook/core';
import type { Host, VmSpec } from '@overbook/core/host';
import { KIND_BALLOONED, BLOCKED, toGfn, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';

import { balloon, freePageReporting } from '../src/index.ts';
import { modelGuests } from './model-guests.ts';

/** A host with one of the two strategies and model guests. */
export function rig(settings: {
  readonly strategy?: 'balloon' | 'free-page-reporting';
  readonly options?: object;
  readonly vms?: readonly VmSpec[];
  readonly memory?: number;
  readonly patienceMs?: number;
}) {
  const plugin = settings.strategy === 'free-page-reporting' ? freePageReporting : balloon;
  const vms = settings.vms ?? [{ name: 'a', size: toPages(10_000) }];
  const { guests, drivers } = modelGuests(vms.map((vm) => vm.size));
  const host: Host = composeHost({
    memory: toPages(settings.memory ?? 40_000),
    vms,
    store: 'keys',
    strategies: [{ plugin, options: settings.options ?? {} }],
    // The default policy would relax a host with plenty of memory; these tests give the orders themselves.
    policies: [],
    paces: { patience: settings.patienceMs },
    edges: { guests: drivers },
  });
  const decisions: Decision[] = [];
  host.decisions$.subscribe((decision) => decisions.push(decision));
  const strategy = host.strategies[0]!.strategy;
  return {
    host,
    guests,
    decisions,
    strategy,
    /** The guest touches a page. */
    touch: (page: number, vm = 0): void => {
      const completion = host.memory.access(toVmId(vm), toGfn(page), true, host.clock.now());
      if (completion === BLOCKED) throw new Error(`page ${page} is blocked`);
    },
    /** A policy orders so many pages of the VM by balloon. The reclaimer checks the receipt and returns it. */
    order: (count: number, vm = 0, direct = false): Extract<Decision, { kind: 'receipt' }> => {
      const request = {
        vm: toVmId(vm),
        goal: toPages(count),
        budget: toPages(100),
        state: 'soft' as const,
        direct,
        at: host.clock.now(),
      };
      return {
        kind: 'receipt',
        time: request.at,
        strategy: 'balloon',
        why: direct ? 'access' : 'order',
        ...request,
        ...strategy.reclaim!(request),
      };
    },
    relax: (count: number, vm = 0): number =>
      strategy.relax!({ vm: toVmId(vm), pages: toPages(count), at: host.clock.now() }),
    pending: (vm = 0): number => strategy.pending!(toVmId(vm)),
    ballooned: (vm = 0): number => host.memory.count(toVmId(vm), KIND_BALLOONED),
    counters: (): Readonly<Record<string, number>> => strategy.counters!(),
    count: (name: string, vm = 0): number => host.memory.count(toVmId(vm), host.kinds.names.indexOf(name)),
  };
}
