// hot

/** A set of page numbers, a bit each. */
export class WaitingPages {
  count = 0;
  readonly #words: Uint32Array;

  /** @param pages numbers run from 0 to pages - 1 */
  constructor(pages: number) {
    this.#words = new Uint32Array(Math.ceil(pages / 32));
  }

  put(page: number): void {
    const word = this.#words[page >>> 5]!;
    const bit = 1 << (page & 31);
    if ((word & bit) !== 0) return;
    this.#words[page >>> 5] = word | bit;
    this.count++;
  }

  /** Takes a page out. @returns false: it was not in */
  take(page: number): boolean {
    const word = this.#words[page >>> 5]!;
    const bit = 1 << (page & 31);
    if ((word & bit) === 0) return false;
    this.#words[page >>> 5] = word & ~bit;
    this.count--;
    return true;
  }
}
