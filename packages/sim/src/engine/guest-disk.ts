import type { RandomStream, SwapDevice } from '@overbook/core';
import { toNs } from '@overbook/core';

import type { CostEntry } from '../costs.ts';

/** A page of a guest's own disk, to a device that numbers the host's pages. */
const NO_SWAP_PAGE = -1;

/** What a guest's disk is made of. */
export interface GuestDiskParts {
  readonly random: RandomStream;
  /** Time to write a page among others. */
  readonly write: CostEntry;
  readonly nowNs: () => number;
  /** The device that the host swaps to, where the guest's disk is on it. */
  readonly shared?: SwapDevice | undefined;
}

/**
 * The disk with a guest's files and its swap: one queue of reads and writes, served in turn, of the guest's own or that
 * of the device that the host swaps to. Times are told from now on. A device that others use hears of an operation now
 * even where the guest would ask for it after some work of its own: what devices hear never lies ahead of time.
 */
export class GuestDisk {
  /** What was paid on a disk of the guest's own; reads and writes of a device that others use are the device's. */
  readonly paid = new Set<CostEntry>();
  /** A page was written, wherever the disk is. */
  wrote = false;
  readonly #random: RandomStream;
  readonly #write: CostEntry;
  readonly #nowNs: () => number;
  readonly #shared: SwapDevice | undefined;
  #freeAt = 0;

  constructor({ random, write, nowNs, shared }: GuestDiskParts) {
    this.#random = random;
    this.#write = write;
    this.#nowNs = nowNs;
    this.#shared = shared;
  }

  /**
   * Reads a page. @param cost what it takes on a disk of the guest's own @param afterNs work that comes first
   * @returns time from now until it is read
   */
  read(cost: CostEntry, afterNs = 0): number {
    if (this.#shared !== undefined) {
      const now = this.#nowNs();
      return Math.max(afterNs, this.#shared.read(toNs(now), NO_SWAP_PAGE) - now);
    }
    this.paid.add(cost);
    const [low, high] = cost.range;
    return this.#serve(low + this.#random.below(high - low + 1), afterNs);
  }

  /** Writes a page. @param afterNs work that comes first @returns time from now until it is written */
  write(afterNs = 0): number {
    this.wrote = true;
    if (this.#shared === undefined) {
      this.paid.add(this.#write);
      return this.#serve(this.#write.ns, afterNs);
    }
    const now = this.#nowNs();
    return Math.max(afterNs, this.#shared.write(toNs(now), NO_SWAP_PAGE) - now);
  }

  #serve(takesNs: number, afterNs: number): number {
    const now = this.#nowNs();
    this.#freeAt = Math.max(now + afterNs, this.#freeAt) + takesNs;
    return this.#freeAt - now;
  }
}
