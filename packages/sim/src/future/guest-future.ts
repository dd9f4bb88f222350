/**
 * When each page of one guest is touched, as lists of accesses, ascending, behind each other. It takes 4 bytes an
 * access and 8 a page; a question costs one step for each access of the page since it was last asked about.
 */
export class GuestFuture {
  /** Accesses by page, those of page n from `#starts[n]` on. */
  readonly #times: Uint32Array;
  readonly #starts: Uint32Array;
  /** Of each page, the first access that was not over when the page was last asked about. */
  readonly #cursors: Uint32Array;

  /** @param touched pages in the order in which they are touched @param size pages of the guest */
  constructor(touched: Uint32Array, size: number) {
    const starts = new Uint32Array(size + 1);
    for (let at = 0; at < touched.length; at++) starts[touched[at]! + 1]!++;
    for (let page = 0; page < size; page++) starts[page + 1]! += starts[page]!;
    const cursors = starts.slice(0, size);
    const times = new Uint32Array(touched.length);
    for (let at = 0; at < touched.length; at++) times[cursors[touched[at]!]!++] = at;
    cursors.set(starts.subarray(0, size));
    this.#times = times;
    this.#starts = starts;
    this.#cursors = cursors;
  }

  /** The first access to the page from `now` on; Infinity when there is none. @param now never less than before */
  next(page: number, now: number): number {
    const end = this.#starts[page + 1]!;
    let at = this.#cursors[page]!;
    while (at < end && this.#times[at]! < now) at++;
    this.#cursors[page] = at;
    return at === end ? Infinity : this.#times[at]!;
  }
}
