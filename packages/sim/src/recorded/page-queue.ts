/**
 * Pages in the order in which a guest's kernel would give them up, built when needed and consumed from the
 * front. An entry counts only while the page was not touched since the queue was built.
 */
export class PageQueue {
  /** What the owner notes when it found the queue empty even when newly built. */
  emptyIn = 0;
  #keys = new Float64Array(0);
  #count = 0;
  #next = 0;

  /** @param key pages with the smallest come first; one below 0 leaves a page out */
  build(pages: number, key: (page: number) => number): void {
    if (this.#keys.length < pages) this.#keys = new Float64Array(pages);
    let count = 0;
    for (let page = 0; page < pages; page++) {
      const order = key(page);
      if (order >= 0) this.#keys[count++] = order * PAGE_SPACE + page;
    }
    this.#keys.subarray(0, count).sort();
    this.#count = count;
    this.#next = 0;
  }

  /** Next page, or -1; `taken` is the key with which it was put in. */
  take(): number {
    if (this.#next === this.#count) return -1;
    return this.#keys[this.#next++]! % PAGE_SPACE;
  }

  /** Key of the page that `take` returned last. */
  get taken(): number {
    return Math.floor(this.#keys[this.#next - 1]! / PAGE_SPACE);
  }

  clear(): void {
    this.emptyIn = 0;
    this.#count = 0;
    this.#next = 0;
  }
}

/** Page numbers below this (1 TiB) fit beside keys of up to 25 bits in the 53 bits of a number. */
const PAGE_SPACE = 2 ** 28;
