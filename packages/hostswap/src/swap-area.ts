import type { SwapSlots } from './swap-space.ts';

/** Slots that are handed out together (Linux, SWAPFILE_CLUSTER). */
const CLUSTER = 256;

/**
 * One swap area of all VMs, as Linux hands out its slots (6.1, mm/swapfile.c, scan_swap_map_slots on a device without
 * seeks, on one CPU): from a cluster that was all free, one after the other, whoever asks. So neighbouring slots hold
 * what left memory together. Once no cluster is all free, slots are searched for from where the last one was found.
 */
export class SwapArea implements SwapSlots {
  readonly capacity: number;
  used = 0;
  readonly #taken: Uint8Array;
  /** Slots taken of each cluster. */
  readonly #count: Uint16Array;
  /** Clusters that are all free, the one that is next first. */
  #free: number[] = [];
  /** The slot to try next. */
  #next = 0;
  /** Slots from `#next` on that are of the cluster in hand. */
  #left = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#taken = new Uint8Array(capacity);
    this.#count = new Uint16Array(Math.ceil(capacity / CLUSTER));
    this.#free = Array.from(this.#count, (_, cluster) => cluster);
  }

  take(): number {
    if (this.used === this.capacity) return -1;
    for (; this.#left > 0; this.#left--, this.#next++)
      if (this.#taken[this.#next] === 0) return this.#takeNext();
    const cluster = this.#free.shift();
    if (cluster !== undefined) {
      this.#next = cluster * CLUSTER;
      this.#left = Math.min(CLUSTER, this.capacity - this.#next);
      return this.#takeNext();
    }
    while (this.#taken[this.#next % this.capacity] === 1) this.#next++;
    this.#next %= this.capacity;
    this.#left = 1;
    return this.#takeNext();
  }

  give(slot: number): void {
    this.#taken[slot] = 0;
    this.used--;
    const cluster = Math.floor(slot / CLUSTER);
    const isInHand = this.#left > 0 && Math.floor(this.#next / CLUSTER) === cluster;
    if (--this.#count[cluster]! === 0 && !isInHand) this.#free.push(cluster);
  }

  #takeNext(): number {
    const slot = this.#next++;
    this.#left--;
    this.#taken[slot] = 1;
    this.#count[Math.floor(slot / CLUSTER)]!++;
    this.used++;
    return slot;
  }
}
