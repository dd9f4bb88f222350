/** The four lists of Linux's page reclaim (mm/vmscan.c); unevictable pages are on none. */
export const INACTIVE_ANON = 0;
export const ACTIVE_ANON = 1;
export const INACTIVE_FILE = 2;
export const ACTIVE_FILE = 3;
const LISTS = 4;
const ON_NONE = 0xff;

/** Frames in lists, newest at the head; every frame is on one list at most. O(1) each. */
export class LruLists {
  /** Frames on each list. */
  readonly length = new Float64Array(LISTS);
  readonly #size: number;
  /** Links; entry size + l is list l itself. */
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #list: Uint8Array;

  constructor(size: number) {
    this.#size = size;
    this.#next = Uint32Array.from({ length: size + LISTS }, (_, i) => i);
    this.#previous = this.#next.slice();
    this.#list = new Uint8Array(size).fill(ON_NONE);
  }

  /** List of a frame, or -1. */
  listOf(frame: number): number {
    const list = this.#list[frame]!;
    return list === ON_NONE ? -1 : list;
  }

  /** Puts a frame at the head of a list, from wherever it was. */
  put(frame: number, list: number): void {
    this.remove(frame);
    const head = this.#size + list;
    const first = this.#next[head]!;
    this.#next[head] = frame;
    this.#previous[frame] = head;
    this.#next[frame] = first;
    this.#previous[first] = frame;
    this.#list[frame] = list;
    this.length[list]!++;
  }

  /** Oldest frame of a list, or -1. */
  oldest(list: number): number {
    const last = this.#previous[this.#size + list]!;
    return last >= this.#size ? -1 : last;
  }

  remove(frame: number): void {
    const list = this.#list[frame]!;
    if (list === ON_NONE) return;
    const next = this.#next[frame]!;
    const previous = this.#previous[frame]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#list[frame] = ON_NONE;
    this.length[list]!--;
  }
}
