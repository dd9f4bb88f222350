/** Largest block: 2^10 frames (Linux MAX_PAGE_ORDER). */
const ORDER_MAX = 10;
const NONE = 0xffffffff;
const NOT_A_BLOCK = 0xff;

/**
 * Free frames in blocks of powers of two (Knowlton 1965; Linux mm/page_alloc.c): a request splits the
 * smallest block that holds it, a freed frame joins its neighbour block as long as that is free too. Blocks
 * are aligned to their size.
 */
export class BuddyAllocator {
  readonly size: number;
  /** Order of the free block that begins at a frame, or NOT_A_BLOCK. */
  readonly #order: Uint8Array;
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #heads = new Uint32Array(ORDER_MAX + 1).fill(NONE);
  #free = 0;

  /** @param size frames; none is free before it is given */
  constructor(size: number) {
    this.size = size;
    this.#order = new Uint8Array(size).fill(NOT_A_BLOCK);
    this.#next = new Uint32Array(size);
    this.#previous = new Uint32Array(size);
  }

  get free(): number {
    return this.#free;
  }

  /** One frame, or -1. */
  take(): number {
    let order = 0;
    while (order <= ORDER_MAX && this.#heads[order] === NONE) order++;
    if (order > ORDER_MAX) return -1;
    const frame = this.#heads[order]!;
    this.#unlink(frame, order);
    while (order > 0) {
      order--;
      this.#link(frame + 2 ** order, order);
    }
    this.#free--;
    return frame;
  }

  /** Takes a whole block, the last one that is free. @returns its first frame, or -1 */
  takeBlock(order: number): number {
    let block = -1;
    let size = 0;
    this.forEachBlock((first, its) => {
      if (its >= order) [block, size] = [first, its];
    });
    if (block < 0) return -1;
    this.#unlink(block, size);
    // Its lower halves stay free.
    for (let half = size - 1; half >= order; half--) {
      this.#link(block, half);
      block += 2 ** half;
    }
    this.#free -= 2 ** order;
    return block;
  }

  /** Free blocks by order. */
  blocks(): number[] {
    const counts = Array.from(this.#heads, () => 0);
    this.forEachBlock((_first, order) => counts[order]!++);
    return counts;
  }

  /** @throws Error for a frame that is free already */
  give(freed: number): void {
    let frame = freed;
    let order = 0;
    if (this.isFree(frame)) throw new Error(`guest frame ${frame} is free already`);
    this.#free++;
    while (order < ORDER_MAX) {
      const buddy = (frame ^ (1 << order)) >>> 0;
      if (buddy >= this.size || this.#order[buddy] !== order) break;
      this.#unlink(buddy, order);
      frame = Math.min(frame, buddy);
      order++;
    }
    this.#link(frame, order);
  }

  isFree(frame: number): boolean {
    for (let order = 0; order <= ORDER_MAX; order++) {
      const first = frame - (frame % 2 ** order);
      const block = this.#order[first]!;
      if (block !== NOT_A_BLOCK && block >= order) return true;
    }
    return false;
  }

  /** Calls back for each free block, by ascending first frame. O(frames). */
  forEachBlock(visit: (first: number, order: number) => void): void {
    for (let frame = 0; frame < this.size;) {
      const order = this.#order[frame]!;
      if (order === NOT_A_BLOCK) {
        frame++;
      } else {
        visit(frame, order);
        frame += 2 ** order;
      }
    }
  }

  #link(frame: number, order: number): void {
    const head = this.#heads[order]!;
    this.#order[frame] = order;
    this.#next[frame] = head;
    this.#previous[frame] = NONE;
    if (head !== NONE) this.#previous[head] = frame;
    this.#heads[order] = frame;
  }

  #unlink(frame: number, order: number): void {
    const next = this.#next[frame]!;
    const previous = this.#previous[frame]!;
    if (previous === NONE) this.#heads[order] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#order[frame] = NOT_A_BLOCK;
  }
}
