import { type GuestDrivers, type GuestStatistics, type VmId } from '@overbook/core';

import { type GuestDriver } from './guest.ts';

/**
 * The cooperative side of all guests of one host. A guest without a driver, or one that was ended, does not
 * answer.
 */
export class SimDrivers implements GuestDrivers {
  readonly #drivers: (GuestDriver | undefined)[] = [];

  /** Called in the order of the host's VMs. */
  add(driver: GuestDriver | undefined): void {
    this.#drivers.push(driver);
  }

  hasDriver(vm: VmId): boolean {
    return this.#drivers[vm]?.present ?? false;
  }

  statistics(vm: VmId): GuestStatistics | undefined {
    return this.#present(vm)?.statistics();
  }

  inflate(vm: VmId, count: number, into: Uint32Array): number {
    return this.#present(vm)?.inflate(count, into) ?? 0;
  }

  deflate(vm: VmId, count: number, into: Uint32Array): number {
    return this.#present(vm)?.deflate(count, into) ?? 0;
  }

  reportFree(vm: VmId, count: number, into: Uint32Array, order: number): number {
    return this.#present(vm)?.reportFree(count, into, order) ?? 0;
  }

  #present(vm: VmId): GuestDriver | undefined {
    const driver = this.#drivers[vm];
    return driver?.present === true ? driver : undefined;
  }
}
