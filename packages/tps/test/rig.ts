import type { Mfn } from '@overbook/core';
import type { AnyStrategyPlugin, Host, HostConfig, VmSpec } from '@overbook/core/host';
import { KIND_SHARED, PAGE_BYTES, toGfn, toPages, toVmId } from '@overbook/core';
import { ByteStore, KeyStore, Witness, composeHost } from '@overbook/core/host';

import { tps } from '../src/index.ts';
import { tableOf } from './images.ts';

/** Contents to write: number 0 is zero, every other one differs from all others in its first word. */
export const CONTENTS = (() => {
  const bytes = new Uint8Array(1100 * PAGE_BYTES);
  const words = new Uint32Array(bytes.buffer);
  for (let content = 1; content < 1100; content++) {
    words.fill(content * 0x01000193, content * 1024, content * 1024 + 1024);
  }
  return tableOf(bytes);
})();

export interface RigSettings {
  readonly vms: readonly (Omit<Partial<VmSpec>, 'size'> & { readonly size: number })[];
  readonly options?: object;
  readonly store?: 'bytes' | 'keys' | KeyStore;
  /** Default: enough for all. */
  readonly memory?: number;
  /** Default: tps from its public entry. */
  readonly plugin?: AnyStrategyPlugin;
  readonly others?: HostConfig['strategies'];
  readonly seed?: number;
  /** Default off. */
  readonly largePages?: 'on';
  readonly edges?: HostConfig['edges'];
}

/** A host with tps, and guests that write numbered contents. */
export function rig(settings: RigSettings) {
  const vms = settings.vms.map((vm, i) => ({ name: `vm${i}`, ...vm, size: toPages(vm.size) }));
  const memory = settings.memory ?? vms.reduce((sum, vm) => sum + vm.size, 0) + 16;
  const store =
    settings.store === 'keys' ? new KeyStore(memory + 16, 'fnv-2x32') : (settings.store ?? 'bytes');
  const plugin = settings.plugin ?? tps;
  const host: Host = composeHost({
    memory: toPages(memory),
    reserve: toPages(16),
    memoryStates: 'direct',
    store: store === 'bytes' ? new ByteStore(memory + 16) : store,
    vms,
    strategies: [{ plugin, options: settings.options ?? {} }, ...(settings.others ?? [])],
    seed: settings.seed ?? 1,
    largePages: settings.largePages ?? 'off',
    edges: settings.edges ?? {},
  });
  const witness = new Witness(vms.map((vm) => vm.size));
  const bytes = host.store instanceof ByteStore ? host.store : undefined;
  const view = bytes === undefined ? undefined : (frame: Mfn): Uint8Array => bytes.view(frame);
  return {
    host,
    /** The guest writes content `content`. */
    write: (vm: number, page: number, content: number): void => {
      host.memory.access(toVmId(vm), toGfn(page), true, host.clock.now());
      host.store.write(host.memory.frame(toVmId(vm), toGfn(page)), CONTENTS, content);
      witness.wrote(toVmId(vm), toGfn(page), CONTENTS, content);
    },
    /** Every page of every guest that has a frame holds what its guest wrote last; all books agree. */
    check: (): void => {
      for (const { id, size } of host.memory.vms) {
        for (let page = 0; page < size; page++) {
          const kind = host.memory.kind(id, toGfn(page));
          if (kind === 1 || kind === KIND_SHARED) {
            witness.check(id, toGfn(page), host.memory.frame(id, toGfn(page)), host.store, view);
          }
        }
      }
      host.verify();
    },
    /** The VM is switched off and on: its memory is untouched again. */
    powerCycle: (vm: number): void => {
      const { name, size } = vms[vm]!;
      host.powerOff(name);
      host.powerOn(name);
      for (let page = 0; page < size; page++) witness.discarded(toVmId(vm), toGfn(page));
    },
    discard: (vm: number, page: number): void => {
      host.memory.balloon(toVmId(vm), toGfn(page));
      host.memory.unballoon(toVmId(vm), toGfn(page));
      witness.discarded(toVmId(vm), toGfn(page));
    },
    /** Frame of a shared page, or -1 for any other. */
    shared: (vm: number, page: number): number =>
      host.memory.kind(toVmId(vm), toGfn(page)) === KIND_SHARED
        ? host.memory.frame(toVmId(vm), toGfn(page))
        : -1,
    counters: (): Readonly<Record<string, number>> => host.strategyCounters()['tps']!,
    saved: (): number => host.pool.sharedReferences - host.pool.sharedFrames,
  };
}

/** Different contents that all hash alike: what a table of hashes must survive. */
export class CollidingStore extends KeyStore {
  override hashLo(): number {
    return 7;
  }

  override hashHi(): number {
    return 7;
  }
}

/** An edge that counts operations and prices each at `ns`. */
export function countingMeter(ns: number) {
  const counts: Record<string, number> = {};
  let total = 0;
  const metering: NonNullable<NonNullable<HostConfig['edges']>['metering']> = {
    meter: () => ({
      spend: (op, count = 1) => {
        counts[op] = (counts[op] ?? 0) + count;
        total += ns * count;
        return (ns * count) as never;
      },
      spendNs: (time) => {
        total += time;
        return time as never;
      },
    }),
    spent: () => new Map([['tps', total]]),
    total: () => total,
  };
  return { metering, counts };
}
