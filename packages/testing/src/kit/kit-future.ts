import type { FutureService, Gfn, VmId } from '@overbook/core';

/**
 * A future that does not come true: it says that every VM touches its pages one after the other, for ever. Who asks for
 * it may choose badly by it, and keeps every promise all the same.
 */
export class KitFuture implements FutureService {
  readonly #sizes: readonly number[];
  readonly #accesses: { readonly count: number };

  /** @param sizes pages of each VM @param accesses what all guests have done so far: the time of all VMs */
  constructor(sizes: readonly number[], accesses: { readonly count: number }) {
    this.#sizes = sizes;
    this.#accesses = accesses;
  }

  now(): number {
    return this.#accesses.count;
  }

  nextAccess(vm: VmId, gfn: Gfn): number {
    const size = this.#sizes[vm]!;
    const now = this.#accesses.count;
    return now + ((gfn - (now % size) + size) % size);
  }
}
