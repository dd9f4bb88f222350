import { lastFreeBlocks } from './free-blocks.ts';
import { GivenPages } from './given-pages.ts';

/** A page that never had contents, one that has a frame, one that lost it to the balloon or to another page. */
const EMPTY = 0;
const RESIDENT = 1;
const LOST = 2;

/**
 * Memory of a phased guest: its pages, in the order of their use, and the frames they stand on. Frame 0 stands for
 * "none". Who needs a frame takes a free one, else that of the page furthest from use, else that of the page in use
 * that was touched last: pages in use are gone through in turn, so it is the one that is wanted again last.
 */
export class PhasedMemory {
  /** Frame of each page; 0 = none. */
  readonly frames: Uint32Array;
  readonly #size: number;
  readonly #state: Uint8Array;
  /** Free frames, next one last. */
  readonly #free: number[] = [];
  readonly #given = new GivenPages();
  /** Free frames that are to be zeroed before they are handed out. */
  readonly #dirty: number[] = [];
  /** No page from here on has a frame. */
  #top = 0;
  #resident = 0;
  /** Pages below it are in use; how many of them have a frame. */
  #active = 0;
  #activeResident = 0;
  /** Every page below has a frame. */
  #firstAbsent = 0;

  /** @param size frames, 0 not to be used @param used pages */
  constructor(size: number, used: number) {
    this.#size = size;
    this.frames = new Uint32Array(used);
    this.#state = new Uint8Array(used);
    for (let frame = size - 1; frame > 0; frame--) this.#free.push(frame);
  }

  get freeFrames(): number {
    return this.#free.length + this.#dirty.length;
  }

  /** Frames that came back from the balloon and are not zeroed yet. */
  get dirtyFrames(): number {
    return this.#dirty.length;
  }

  get ballooned(): number {
    return this.#given.pages;
  }

  get resident(): number {
    return this.#resident;
  }

  /** Pages with a frame that are not in use. */
  get idle(): number {
    return this.#resident - this.#activeResident;
  }

  get active(): number {
    return this.#active;
  }

  /** The first `active` pages are in use from now on. O(change). */
  setActive(active: number): void {
    for (let page = this.#active; page < active; page++) if (this.frames[page] !== 0) this.#activeResident++;
    for (let page = active; page < this.#active; page++) if (this.frames[page] !== 0) this.#activeResident--;
    this.#active = active;
  }

  /** True for a page whose contents went to the guest's disk. */
  wasLost(page: number): boolean {
    return this.#state[page] === LOST;
  }

  /** First page from `from` on that has no frame, or the number of pages. */
  nextAbsent(from: number): number {
    let page = Math.max(from, this.#firstAbsent);
    while (page < this.frames.length && this.frames[page] !== 0) page++;
    if (from <= this.#firstAbsent) this.#firstAbsent = page;
    return page;
  }

  /** Gives a page a frame. @param lost told the page that had to go for it @returns false: there is none */
  place(page: number, lost: (page: number) => void): boolean {
    const frame =
      this.#free.pop() ??
      this.#dirty.pop() ??
      (this.#takeFurthest(this.#active, lost) || this.#takeActive(page, lost));
    if (frame === 0) return false;
    this.frames[page] = frame;
    this.#state[page] = RESIDENT;
    this.#resident++;
    if (page < this.#active) this.#activeResident++;
    this.#top = Math.max(this.#top, page + 1);
    return true;
  }

  /** The guest has no more use for a page: its frame is free, its contents are gone. */
  release(page: number): void {
    this.#free.push(this.#drop(page, EMPTY));
  }

  /** One of the frames to be zeroed: it has no owner until `give`. */
  takeDirty(): number {
    return this.#dirty.pop()!;
  }

  /** A frame is zeroed: it is free. */
  give(frame: number): void {
    this.#free.push(frame);
  }

  /** @returns how many frames were written to `into`: free ones, then those of pages furthest from use */
  inflate(count: number, into: Uint32Array, owner: string, lost: (page: number) => void): number {
    let given = 0;
    while (given < count) {
      const frame = this.#free.pop() ?? this.#dirty.pop() ?? this.#takeFurthest(this.#active, lost);
      if (frame === 0) break;
      this.#given.give(owner, frame);
      into[given++] = frame;
    }
    return given;
  }

  /** @param dirty true where the frames are to be zeroed before they are handed out */
  deflate(count: number, into: Uint32Array, owner: string, dirty: boolean): number {
    let returned = 0;
    for (; returned < count; returned++) {
      const frame = this.#given.take(owner);
      if (frame === undefined) break;
      (dirty ? this.#dirty : this.#free).push(frame);
      into[returned] = frame;
    }
    return returned;
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string, dirty: boolean): number {
    const returned = this.#given.takeNamed(owner, pages, into);
    for (const frame of into.subarray(0, returned)) (dirty ? this.#dirty : this.#free).push(frame);
    return returned;
  }

  /** Gives up free blocks; frames in use stay where they are. @returns how many */
  unplug(order: number, blocks: number, into: Uint32Array, owner: string): number {
    const free = new Uint8Array(this.#size);
    this.eachFree((frame) => (free[frame] = 1));
    const firsts = lastFreeBlocks(free, blocks, order);
    if (firsts.length === 0) return 0;
    for (const first of firsts) {
      free.fill(0, first, first + 2 ** order);
      this.#given.unplug(owner, first, order);
    }
    into.set(firsts);
    for (const list of [this.#free, this.#dirty]) {
      const left = list.filter((frame) => free[frame] === 1);
      list.length = 0;
      for (const frame of left) list.push(frame);
    }
    return firsts.length;
  }

  plug(order: number, first: number, owner: string, dirty: boolean): boolean {
    if (!this.#given.plug(owner, first, order)) return false;
    for (let frame = first; frame < first + 2 ** order; frame++)
      (dirty ? this.#dirty : this.#free).push(frame);
    return true;
  }

  eachFree(see: (frame: number) => void): void {
    this.#free.forEach(see);
    this.#dirty.forEach(see);
  }

  /** @throws Error when frames are lost or counted twice */
  verify(): void {
    const seen = new Set<number>([...this.#free, ...this.#dirty]);
    this.#given.forEach((frame) => seen.add(frame));
    let resident = 0;
    for (const frame of this.frames) {
      if (frame === 0) continue;
      resident++;
      seen.add(frame);
    }
    const all = this.freeFrames + this.#given.pages + this.#given.unplugged + resident;
    const active = this.frames.subarray(0, this.#active).filter((frame) => frame !== 0).length;
    if (seen.size !== all || resident !== this.#resident || active !== this.#activeResident) {
      const counted = `${this.#resident} counted resident, ${this.#activeResident} in use`;
      throw new Error(
        `${all} frames, ${seen.size} different ones, ${resident} resident, ${active} in use; ${counted}`,
      );
    }
  }

  /** Frame of the page furthest from use, if it is not below `from`; 0 = none. */
  #takeFurthest(from: number, lost: (page: number) => void): number {
    while (this.#top > from && this.frames[this.#top - 1] === 0) this.#top--;
    if (this.#top <= from) return 0;
    const page = --this.#top;
    const frame = this.#drop(page, LOST);
    lost(page);
    return frame;
  }

  /** Frame of the page in use that is looked at last from `page` on; 0 = none has a frame. */
  #takeActive(page: number, lost: (page: number) => void): number {
    const count = this.frames.length;
    for (let back = 1; back < count; back++) {
      const victim = (page - back + count) % count;
      if (this.frames[victim] === 0) continue;
      const frame = this.#drop(victim, LOST);
      lost(victim);
      return frame;
    }
    return 0;
  }

  #drop(page: number, state: number): number {
    const frame = this.frames[page]!;
    this.frames[page] = 0;
    this.#state[page] = state;
    this.#resident--;
    if (page < this.#active) this.#activeResident--;
    this.#firstAbsent = Math.min(this.#firstAbsent, page);
    return frame;
  }
}
