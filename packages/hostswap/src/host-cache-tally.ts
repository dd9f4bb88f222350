import type { VmId } from '@overbook/core';

import type { HostCacheDevice } from './devices.ts';

/** What each VM has in the host cache, and what went through it since power-on, in pages. */
export class HostCacheTally {
  readonly #device: HostCacheDevice;
  readonly #used: Float64Array;
  readonly #ins: Float64Array;
  readonly #outs: Float64Array;

  constructor(device: HostCacheDevice, vms: number) {
    this.#device = device;
    this.#used = new Float64Array(vms);
    this.#ins = new Float64Array(vms);
    this.#outs = new Float64Array(vms);
  }

  /** A page is about to be written: all writes go to the cache first. */
  writes(vm: VmId, page: number): void {
    if (!this.#device.holds(page)) this.#used[vm]!++;
    this.#outs[vm]!++;
  }

  /** A page is about to be read: it leaves the cache, if it is there. */
  reads(vm: VmId, page: number): void {
    if (!this.#device.holds(page)) return;
    this.#used[vm]!--;
    this.#ins[vm]!++;
  }

  /** A page that will not be read again leaves the cache. */
  discards(vm: VmId, page: number): void {
    if (!this.#device.holds(page)) return;
    this.#used[vm]!--;
    this.#device.discard(page);
  }

  /** A page left the cache for the disk. Pages of all VMs are numbered through: slot × VMs + VM. */
  spilled(page: number): void {
    this.#used[page % this.#used.length]!--;
  }

  /** The VM is new when it is on again; its pages in the cache were discarded one by one. */
  poweredOff(vm: VmId): void {
    this.#ins[vm] = 0;
    this.#outs[vm] = 0;
  }

  counters(vm: VmId): Readonly<Record<'hostCacheUsed' | 'hostCacheIns' | 'hostCacheOuts', number>> {
    return {
      hostCacheUsed: this.#used[vm]!,
      hostCacheIns: this.#ins[vm]!,
      hostCacheOuts: this.#outs[vm]!,
    };
  }
}
