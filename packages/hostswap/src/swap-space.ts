/** Numbered places for pages. */
export interface SwapSlots {
  /** Slots in all. */
  readonly capacity: number;
  readonly used: number;
  /** A free slot, or -1 when there is none. */
  take(): number;
  give(slot: number): void;
}

/**
 * Slots of one VM's swap file: those freed last are used first, so that the file stays as short as what it
 * holds.
 */
export class SwapSpace implements SwapSlots {
  readonly capacity: number;
  #freed = new Uint32Array(1024);
  #freedCount = 0;
  #fresh = 0;

  /** @param capacity slots in all: VM size − reservation (vSphere Resource Management) */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get used(): number {
    return this.#fresh - this.#freedCount;
  }

  /** All slots are free and used from the first on, as at power-on. */
  clear(): void {
    this.#freedCount = 0;
    this.#fresh = 0;
  }

  take(): number {
    if (this.#freedCount > 0) return this.#freed[--this.#freedCount]!;
    return this.#fresh < this.capacity ? this.#fresh++ : -1;
  }

  give(slot: number): void {
    if (this.#freedCount === this.#freed.length) {
      const grown = new Uint32Array(2 * this.#freed.length);
      grown.set(this.#freed);
      this.#freed = grown;
    }
    this.#freed[this.#freedCount++] = slot;
  }
}
