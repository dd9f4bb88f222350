/** Pages in the order in which they are touched: a list of numbers that grows. */
export class AccessLog {
  #pages: Uint32Array;
  #count = 0;

  /** @param expected accesses, as far as that is known before: room for them is made at once */
  constructor(expected: number) {
    this.#pages = new Uint32Array(Math.max(expected, 1024));
  }

  /** The pages; valid until the next `add`. */
  get pages(): Uint32Array {
    return this.#pages.subarray(0, this.#count);
  }

  /** Adds the first `count` of `pages`. */
  add(pages: Uint32Array, count: number): void {
    const next = this.#count + count;
    if (next > this.#pages.length) {
      const grown = new Uint32Array(Math.max(next, this.#pages.length + (this.#pages.length >> 1)));
      grown.set(this.pages);
      this.#pages = grown;
    }
    this.#pages.set(pages.subarray(0, count), this.#count);
    this.#count = next;
  }
}
