import type { Gfn, GuestStatistics, VmId } from '@overbook/core';
import type { GuestDrivers } from '@overbook/core/host';

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

  inflate(vm: VmId, count: number, into: Uint32Array, owner: string): number {
    return this.#guests[vm]?.inflate(count, into, owner) ?? 0;
  }

  deflate(vm: VmId, count: number, into: Uint32Array, owner: string): number {
    return this.#guests[vm]?.deflate(count, into, owner) ?? 0;
  }

  deflatePages(vm: VmId, pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#guests[vm]?.deflatePages(pages, into, owner) ?? 0;
  }

  unplug(vm: VmId, order: number, blocks: number, into: Uint32Array, owner: string): number {
    return this.#guests[vm]?.unplug(order, blocks, into, owner) ?? 0;
  }

  plug(vm: VmId, order: number, first: Gfn, owner: string): boolean {
    return this.#guests[vm]?.plug(order, first, owner) ?? false;
  }

  reportFree(vm: VmId, count: number, into: Uint32Array): number {
    return this.#guests[vm]?.reportFree(count, into) ?? 0;
  }
}
