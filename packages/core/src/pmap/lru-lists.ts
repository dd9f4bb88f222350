import type { PageLists } from '../ports/page-service.ts';

/** In place of the list of a page that is on none. */
const ON_NONE = 0xff;

/** Pages on lists, newest at the head; every page is on one list at most. O(1) each. */
export class LruLists implements PageLists {
  readonly length: Float64Array;
  readonly #size: number;
  /** Next and previous of each page side by side, valid while it is on a list; entry size + l is list l itself. */
  readonly #links: Uint32Array;
  readonly #list: Uint8Array;

  /** @param size pages 0 to size − 1 @param lists how many lists, 254 at most */
  constructor(size: number, lists: number) {
    this.#size = size;
    this.length = new Float64Array(lists);
    this.#links = new Uint32Array(2 * (size + lists));
    for (let head = size; head < size + lists; head++) this.#links.fill(head, 2 * head, 2 * head + 2);
    this.#list = new Uint8Array(size).fill(ON_NONE);
  }

  listOf(page: number): number {
    const list = this.#list[page]!;
    return list === ON_NONE ? -1 : list;
  }

  put(page: number, list: number): void {
    this.remove(page);
    const links = this.#links;
    const head = this.#size + list;
    const first = links[2 * head]!;
    links[2 * head] = page;
    links[2 * page] = first;
    links[2 * page + 1] = head;
    links[2 * first + 1] = page;
    this.#list[page] = list;
    this.length[list]!++;
  }

  oldest(list: number): number {
    const last = this.#links[2 * (this.#size + list) + 1]!;
    return last >= this.#size ? -1 : last;
  }

  remove(page: number): void {
    const list = this.#list[page]!;
    if (list === ON_NONE) return;
    const links = this.#links;
    const next = links[2 * page]!;
    const previous = links[2 * page + 1]!;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
    this.#list[page] = ON_NONE;
    this.length[list]!--;
  }
}
