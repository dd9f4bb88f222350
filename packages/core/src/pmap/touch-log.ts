// hot
const NOT_IN_ORDER = 0xffffffff;

/**
 * Pages of one VM in an order, oldest first, as a log: putting a page appends it, and an entry counts only
 * while it is the page's latest. Exact least-recently-used order for two writes a touch, where a linked list
 * needs six to places all over memory. When the log is full the entries that still count move to its front:
 * less than one step a touch.
 */
export class TouchLog {
  /** Log of page numbers, valid from `#oldest` to `next`. */
  pages: Uint32Array;
  /** Place in the log of each page's latest entry. */
  readonly stamps: Uint32Array;
  next = 0;
  #oldest = 0;

  constructor(size: number) {
    this.pages = new Uint32Array(2 * size + 64);
    this.stamps = new Uint32Array(size).fill(NOT_IN_ORDER);
  }

  /** Entries that fit before the log must be compacted; compacts when none do. */
  room(): number {
    if (this.next === this.pages.length) this.#compact();
    return this.pages.length - this.next;
  }

  put(page: number): void {
    if (this.next === this.pages.length) this.#compact();
    this.pages[this.next] = page;
    this.stamps[page] = this.next++;
  }

  remove(page: number): void {
    this.stamps[page] = NOT_IN_ORDER;
  }

  /** Takes the oldest page out, or -1. */
  takeOldest(): number {
    while (this.#oldest < this.next) {
      const at = this.#oldest++;
      const page = this.pages[at]!;
      if (this.stamps[page] === at) {
        this.stamps[page] = NOT_IN_ORDER;
        return page;
      }
    }
    return -1;
  }

  #compact(): void {
    const { pages, stamps } = this;
    let kept = 0;
    for (let at = this.#oldest; at < this.next; at++) {
      const page = pages[at]!;
      if (stamps[page] !== at) continue;
      pages[kept] = page;
      stamps[page] = kept++;
    }
    this.#oldest = 0;
    this.next = kept;
  }
}
