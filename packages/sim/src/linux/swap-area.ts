/** Slots of a guest's swap device; those freed last are used first. */
export class SwapArea {
  readonly #capacity: number;
  readonly #freed: number[] = [];
  #fresh = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get used(): number {
    return this.#fresh - this.#freed.length;
  }

  get free(): number {
    return this.#capacity - this.used;
  }

  /** A slot, or -1 when the device is full. */
  take(): number {
    return this.#freed.pop() ?? (this.#fresh < this.#capacity ? this.#fresh++ : -1);
  }

  give(slot: number): void {
    this.#freed.push(slot);
  }
}
