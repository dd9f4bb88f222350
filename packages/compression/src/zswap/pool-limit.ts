import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';

/** How much a pool may hold, and from when on it takes pages again after it was full (zswap_check_limits). */
export class PoolLimit {
  readonly #total: number;
  #maxPercent: number;
  #acceptPercent: number;
  #wasFull = false;
  /** Times that a page came to a full pool (pool_limit_hit). */
  hits = 0;

  /** @param total frames of the host */
  constructor(total: number, maxPercent: number, acceptPercent: number) {
    this.#total = total;
    this.#maxPercent = maxPercent;
    this.#acceptPercent = acceptPercent;
  }

  set(maxPercent: number | undefined, acceptPercent: number | undefined): void {
    this.#maxPercent = maxPercent ?? this.#maxPercent;
    this.#acceptPercent = acceptPercent ?? this.#acceptPercent;
  }

  get max(): Pages {
    return toPages(Math.ceil((this.#total * this.#maxPercent) / 100));
  }

  /** Writeback goes on until the pool is no larger. */
  get accept(): Pages {
    return toPages(Math.ceil((this.max * this.#acceptPercent) / 100));
  }

  /** A page comes to a pool of so many frames. @returns false where it takes none */
  accepts(frames: number): boolean {
    if (frames >= this.max) {
      this.hits++;
      this.#wasFull = true;
    } else if (frames <= this.accept) {
      this.#wasFull = false;
    }
    return !this.#wasFull;
  }
}
