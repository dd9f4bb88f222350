import type { PageLists } from '../ports/page-service.ts';

/** In place of the list of a page that is on none. */
const ON_NONE = 0xff;

/** Pages on lists, newest at the head; every page is on one list at most. O(1) each. */
export class LruLists implements PageLists {
  readonly length: Float64Array;
  readonly #size: number;
  /** Links; entry size + l is list l itself. */
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #list: Uint8Array;

  /** @param size pages 0 to size − 1 @param lists how many lists, 254 at most */
  constructor(size: number, lists: number) {
    this.#size = size;
    this.length = new Float64Array(lists);
    this.#next = Uint32Array.from({ length: size + lists }, (_, i) => i);
    this.#previous = this.#next.slice();
    this.#list = new Uint8Array(size).fill(ON_NONE);
  }

  listOf(page: number): number {
    const list = this.#list[page]!;
    return list === ON_NONE ? -1 : list;
  }

  put(page: number, list: number): void {
    this.remove(page);
    const head = this.#size + list;
    const first = this.#next[head]!;
    this.#next[head] = page;
    this.#previous[page] = head;
    this.#next[page] = first;
    this.#previous[first] = page;
    this.#list[page] = list;
    this.length[list]!++;
  }

  oldest(list: number): number {
    const last = this.#previous[this.#size + list]!;
    return last >= this.#size ? -1 : last;
  }

  remove(page: number): void {
    const list = this.#list[page]!;
    if (list === ON_NONE) return;
    const next = this.#next[page]!;
    const previous = this.#previous[page]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#list[page] = ON_NONE;
    this.length[list]!--;
  }
}
