import type { ContentTable, Mfn, Pages, SwapDevice } from '@overbook/core';
import type { AnyStrategyPlugin, Host, VmSpec } from '@overbook/core/host';
import { BLOCKED, toGfn, toMfn, toPages, toVmId } from '@overbook/core';
import { ByteStore, KeyStore, Witness, composeHost } from '@overbook/core/host';

import { compression } from '../src/index.ts';
import { farStore } from './far-store.ts';

/** A host with compression, or another store, and the test swapper, and guests that write contents of one table. */
export function rig(settings: {
  readonly table: ContentTable;
  readonly memory?: number;
  readonly vms?: readonly VmSpec[];
  readonly store?: 'bytes' | 'keys';
  /** Default: compression. */
  readonly plugin?: AnyStrategyPlugin;
  readonly options?: object;
  /** What the test swapper writes to; nothing takes time without it. */
  readonly far?: SwapDevice;
  readonly metering?: Parameters<typeof composeHost>[0]['edges'];
}) {
  const { plugin, control } = farStore(settings.far);
  const vms = settings.vms ?? [{ name: 'a', size: toPages(100) }];
  const memory = settings.memory ?? 200;
  const kept = settings.plugin ?? (compression as AnyStrategyPlugin);
  // One frame more than the host uses: the witness looks at pages through it.
  const store = settings.store === 'keys' ? new KeyStore(memory + 1) : new ByteStore(memory + 1);
  const host: Host = composeHost({
    memory: toPages(memory),
    reserve: toPages(16),
    vms,
    store,
    strategies: [{ plugin: kept, options: settings.options ?? {} }, plugin],
    ...(settings.metering === undefined ? {} : { edges: settings.metering }),
  });
  const scratch = toMfn(memory);
  const witness = new Witness(vms.map((vm) => vm.size));
  const view = store instanceof ByteStore ? (frame: Mfn): Uint8Array => store.view(frame) : undefined;
  const access = (vm: number, page: number, write: boolean): number => {
    const at = host.clock.now();
    const completion = host.memory.access(toVmId(vm), toGfn(page), write, at);
    if (completion === BLOCKED) throw new Error(`page ${page} is blocked`);
    return completion - at;
  };
  return {
    host,
    control,
    witness,
    /** The guest writes content `index`. @returns nanoseconds it waited */
    write: (page: number, index: number, vm = 0): number => {
      const waited = access(vm, page, true);
      host.store.write(host.memory.frame(toVmId(vm), toGfn(page)), settings.table, index);
      witness.wrote(toVmId(vm), toGfn(page), settings.table, index);
      return waited;
    },
    /** The guest reads the page and must find what it wrote last. @returns nanoseconds it waited */
    read: (page: number, vm = 0): number => {
      const waited = access(vm, page, false);
      witness.check(toVmId(vm), toGfn(page), host.memory.frame(toVmId(vm), toGfn(page)), host.store, view);
      return waited;
    },
    /** What the page holds, looked at without touching it, must be what the guest wrote last. */
    peek: (page: number, vm = 0): void => {
      host.memory.peek(toVmId(vm), toGfn(page), scratch);
      witness.check(toVmId(vm), toGfn(page), scratch, host.store, view);
    },
    /** The store is offered a victim, as a swapper would. @returns true when it kept it */
    offer: (page: number, vm = 0): boolean => {
      const [id, gfn] = [toVmId(vm), toGfn(page)];
      const { strategy } = host.strategies[0]!;
      return strategy.rescue!({ vm: id, gfn, mfn: host.memory.frame(id, gfn), at: host.clock.now() });
    },
    /** The swapper is asked for frames of a VM, with these victims first. The reclaimer checks its receipt. */
    squeeze: (frames: number, victims: readonly number[] = [], vm = 0): void => {
      control.victims.push(...victims);
      const target = host.memory.consumed(toVmId(vm)) - frames;
      host.reclaimer.direct('far', toVmId(vm), toPages(target), 'hard', host.clock.now());
    },
    /** The guest gives the page to its balloon. */
    balloon: (page: number, vm = 0): void => {
      host.memory.balloon(toVmId(vm), toGfn(page));
      witness.discarded(toVmId(vm), toGfn(page));
    },
    counters: (): Readonly<Record<string, number>> => host.strategyCounters()[kept.id]!,
    kind: (page: number, vm = 0): string => host.kinds.names[host.memory.kind(toVmId(vm), toGfn(page))]!,
    count: (name: string, vm = 0): Pages => host.memory.count(toVmId(vm), host.kinds.names.indexOf(name)),
  };
}
