// hot
import { ENTRY_PAGE } from './segment-plan.ts';

/** Intervals that may wait: their pages are noted at the latest when so many do. */
const WAITING_MAX = 1024;

/**
 * The last interval that touched each page. Only a guest that gives pages up, or tells which are free, asks for it: the
 * pages of an interval are noted when the next question comes, in ascending order. Under mixes without a balloon few
 * questions come, and a write to a random place at every touch was a twentieth of the time of a run.
 */
export class TouchTimes {
  readonly #times: Uint32Array;
  /** Of each interval that waits: where its entries are, and its number. */
  readonly #entries: Int32Array[] = [];
  readonly #ends = new Uint32Array(WAITING_MAX);
  readonly #firsts = new Uint32Array(WAITING_MAX);
  readonly #intervals = new Uint32Array(WAITING_MAX);

  constructor(pages: number) {
    this.#times = new Uint32Array(pages);
  }

  /** Of each page, 0 = never; valid until the next touch. */
  get times(): Uint32Array {
    if (this.#entries.length > 0) this.#noteWaiting();
    return this.#times;
  }

  /** An interval touches the pages of entries `first` to `end` - 1, which do not change later. */
  touchEntries(entries: Int32Array, first: number, end: number, interval: number): void {
    if (this.#entries.length === WAITING_MAX) this.#noteWaiting();
    const at = this.#entries.push(entries) - 1;
    this.#firsts[at] = first;
    this.#ends[at] = end;
    this.#intervals[at] = interval;
  }

  touch(pages: Uint32Array, count: number, interval: number): void {
    const { times } = this;
    for (let i = 0; i < count; i++) times[pages[i]!] = interval;
  }

  #noteWaiting(): void {
    const times = this.#times;
    for (let at = 0; at < this.#entries.length; at++) {
      const entries = this.#entries[at]!;
      const end = this.#ends[at]!;
      const interval = this.#intervals[at]!;
      for (let i = this.#firsts[at]!; i < end; i++) times[entries[i]! & ENTRY_PAGE] = interval;
    }
    this.#entries.length = 0;
  }
}
