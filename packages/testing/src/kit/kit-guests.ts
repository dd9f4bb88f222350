import type { GuestDrivers, GuestStatistics, VmId } from '@overbook/core';

import type { ModelGuest } from './model-guest.ts';

/**
 * The cooperative side of the kit's guests. They come after the host, which they write through: hence
 * `join`.
 */
export class KitGuests implements GuestDrivers {
  #guests: readonly ModelGuest[] = [];

  join(guests: readonly ModelGuest[]): void {
    this.#guests = guests;
  }

  hasDriver(vm: VmId): boolean {
    return (this.#guests[vm]?.driver ?? 'none') !== 'none';
  }

  statistics(vm: VmId): GuestStatistics | undefined {
    return this.#guests[vm]?.statistics();
  }

  inflate(vm: VmId, count: number, into: Uint32Array): number {
    return this.#guests[vm]?.inflate(count, into) ?? 0;
  }

  deflate(vm: VmId, count: number, into: Uint32Array): number {
    return this.#guests[vm]?.deflate(count, into) ?? 0;
  }

  reportFree(vm: VmId, count: number, into: Uint32Array): number {
    return this.#guests[vm]?.reportFree(count, into) ?? 0;
  }
}
