import type { Gfn, GuestStatistics, VmId } from '@overbook/core';
import type { GuestDrivers, Host } from '@overbook/core/host';
import { NS_PER_MS } from '@overbook/core';

import type { GuestDriver } from './guest.ts';

interface Installed {
  readonly driver: GuestDriver | undefined;
  readonly fromNs: number;
}

/**
 * The cooperative side of all guests of one host. A guest without a driver, one that was ended, one that has not
 * loaded its driver yet (Windows does so late in its boot; OSDI 2002, §6.3) and one that the host lets not run do not
 * answer.
 */
export class SimDrivers implements GuestDrivers {
  readonly #installed: Installed[] = [];
  readonly #planned: readonly boolean[];
  #host: Host | undefined;

  /** @param planned which of the host's VMs will ever run a driver, in their order */
  constructor(planned: readonly boolean[]) {
    this.#planned = planned;
  }

  /** The host whose clock tells whether a driver is loaded. */
  bind(host: Host): void {
    this.#host = host;
  }

  /** Called in the order of the host's VMs. @param fromMs milliseconds after power-on before which none answers */
  add(driver: GuestDriver | undefined, fromMs = 0): void {
    this.#installed.push({ driver, fromNs: fromMs * NS_PER_MS });
  }

  hasDriver(vm: VmId): boolean {
    return this.#present(vm) !== undefined;
  }

  mayHaveDriver(vm: VmId): boolean {
    return this.#planned[vm]!;
  }

  statistics(vm: VmId): GuestStatistics | undefined {
    return this.#present(vm)?.statistics();
  }

  inflate(vm: VmId, count: number, into: Uint32Array, owner: string): number {
    return this.#present(vm)?.inflate(count, into, owner) ?? 0;
  }

  deflate(vm: VmId, count: number, into: Uint32Array, owner: string): number {
    return this.#present(vm)?.deflate(count, into, owner) ?? 0;
  }

  deflatePages(vm: VmId, pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#present(vm)?.deflatePages(pages, into, owner) ?? 0;
  }

  unplug(vm: VmId, order: number, blocks: number, into: Uint32Array, owner: string): number {
    return this.#present(vm)?.unplug?.(order, blocks, into, owner) ?? 0;
  }

  plug(vm: VmId, order: number, first: Gfn, owner: string): boolean {
    return this.#present(vm)?.plug?.(order, first, owner) ?? false;
  }

  reportFree(vm: VmId, count: number, into: Uint32Array, order: number): number {
    return this.#present(vm)?.reportFree(count, into, order) ?? 0;
  }

  #present(vm: VmId): GuestDriver | undefined {
    const installed = this.#installed[vm];
    if (installed?.driver?.present !== true) return undefined;
    const { memory, clock } = this.#host!;
    return clock.now() < installed.fromNs || memory.pmaps[vm]!.stopped ? undefined : installed.driver;
  }
}
