import { type Gfn, type GuestStatistics, gfn, pages as toPages } from '@overbook/core';
import {
  ROLE_ACTIVE,
  ROLE_ANONYMOUS,
  ROLE_FILE_CLEAN,
  ROLE_FILE_DIRTY,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_MASK,
  ROLE_REFERENCED,
  ROLE_RESERVED,
  ROLE_SHARED_MEMORY,
  ROLE_UNEVICTABLE,
} from '@overbook/images/roles';

import { FREE_TOLD, FREE_UNTOLD, tellBlocks } from '../guests/free-blocks.ts';
import { BalloonTally } from './balloon-tally.ts';
import { type PageContents } from './page-contents.ts';
import { PageQueue } from './page-queue.ts';
import { type Watermarks, availablePages, watermarksOf } from './watermarks.ts';

const ABSENT = 0xffffffff;

/** What must be done for a page that is found absent and touched. */
export type Return = 'nothing' | 'reread' | 'swap-in';

/**
 * What a recorded guest's kernel does when a balloon takes pages from it (the model's largest assumption).
 * The recording says which of its pages were free, cache or anonymous at each snapshot; with a balloon in it
 * the guest would have used other frames than it did. So each recorded page stands on a present frame, at
 * first its own. What the balloon or the guest's own need takes is picked as Linux would: free pages down to
 * the high watermark, then clean file pages, least recently used first, then anonymous ones if the guest has
 * swap. A later touch of such a page finds it another frame.
 *
 * Assumed, as roles are known at snapshots only: a page keeps the role of the snapshot behind until it is
 * written, from its last write on it has that of the snapshot ahead, in between it is in use; one that is
 * free at the snapshot ahead is free from its last touch on. Pages that the running interval touches are not
 * taken. Dirty file pages wait until they are clean.
 */
export class GuestMemory {
  readonly tally = new BalloonTally();
  readonly #contents: PageContents;
  /** Roles at the snapshot behind, and at the one ahead. */
  readonly #behind: Uint8Array;
  readonly #ahead: Uint8Array;
  /** Present frame of each recorded page, or ABSENT. */
  readonly #present: Uint32Array;
  /** Role of each absent page when it was taken. */
  readonly #was: Uint8Array;
  /** Interval of each page's last touch. */
  readonly #touched: Uint32Array;
  /** Frames that back nothing: the guest has them free beside what the recording shows. */
  readonly #spare: number[] = [];
  readonly #balloon: number[] = [];
  readonly #swapPages: number;
  readonly #queues = { free: new PageQueue(), clean: new PageQueue(), swappable: new PageQueue() };
  /** Interval + 1 in which each queue was found empty: it cannot have filled since. */
  readonly #emptyAt = { free: 0, clean: 0, swappable: 0 };
  /** Interval + 1 up to which each frame was reported free, 0 = never. */
  readonly #reported: Uint32Array;
  #swapped = 0;
  #moved = false;
  /** Intervals so far, arrival and device writes included; the running one. */
  #interval = 1;
  #marks: Watermarks = watermarksOf(1);
  /**
   * Where the free list is read from: the seed's choice, as buddy lists have no order that a recording shows.
   */
  readonly #freeFrom: number;

  /** @param size frames of the VM, at least the recorded pages; the rest is free */
  constructor(
    contents: PageContents,
    recordedPages: number,
    size: number,
    swapPages: number,
    freeFrom: number,
  ) {
    this.#contents = contents;
    this.#swapPages = swapPages;
    this.#freeFrom = freeFrom;
    this.#behind = new Uint8Array(recordedPages);
    this.#ahead = new Uint8Array(recordedPages);
    this.#was = new Uint8Array(recordedPages);
    this.#touched = new Uint32Array(recordedPages);
    this.#reported = new Uint32Array(size);
    this.#present = new Uint32Array(recordedPages);
    for (let page = 0; page < recordedPages; page++) this.#present[page] = page;
    for (let frame = size - 1; frame >= recordedPages; frame--) this.#spare.push(frame);
  }

  /** False while every page stands on its own frame: nothing needs to be looked up. */
  get moved(): boolean {
    return this.#moved;
  }

  /**
   * Stands at a snapshot, with another one ahead or (at the end of a recording) the same. Pages that the
   * guest's kernel has freed need not be read back.
   */
  snapshot(behind: Uint8Array, ahead: Uint8Array): void {
    this.#behind.set(behind);
    this.#ahead.set(ahead);
    let managed = 0;
    for (let page = 0; page < behind.length; page++) {
      const now = behind[page]! & ROLE_MASK;
      if (now !== ROLE_RESERVED) managed++;
      if (this.#present[page] !== ABSENT || now !== ROLE_FREE) continue;
      if (isSwappable(this.#was[page]!)) this.#swapped--;
      this.#was[page] = ROLE_FREE;
    }
    this.#marks = watermarksOf(managed);
    this.#forgetQueues();
  }

  /** The pages of an interval are about to be touched. */
  touch(pages: Uint32Array, count: number): void {
    const touched = this.#touched;
    const stamp = ++this.#interval;
    for (let i = 0; i < count; i++) touched[pages[i]!] = stamp;
  }

  /** Present frames of pages; entries without one are listed. @returns how many have none */
  place(pages: Uint32Array, count: number, gfns: Uint32Array, holes: Uint32Array): number {
    const present = this.#present;
    let holeCount = 0;
    for (let i = 0; i < count; i++) {
      const frame = present[pages[i]!]!;
      if (frame === ABSENT) {
        holes[holeCount++] = i;
        gfns[i] = 0;
      } else {
        gfns[i] = frame;
      }
    }
    return holeCount;
  }

  /**
   * A touched page has no frame: takes one for it. @returns the frame, or -1 when the guest is out of memory
   */
  bring(page: number): number {
    const frame = this.#takeFrame();
    if (frame < 0) this.tally.outOfMemory++;
    else this.#present[page] = frame;
    return frame;
  }

  /** What bringing the page back costs; call once, after `bring`. */
  broughtBack(page: number): Return {
    const was = this.#was[page]!;
    this.tally.reread[was]!++;
    if (was === ROLE_FREE) return 'nothing';
    if (!isSwappable(was)) return 'reread';
    this.#swapped--;
    this.tally.guestSwapIns++;
    return 'swap-in';
  }

  /** The balloon driver allocates pages: see GuestDrivers.inflate. */
  inflate(count: number, into: Uint32Array, gave: (frame: Gfn) => void): number {
    let free = this.#freePages();
    let given = 0;
    while (given < count) {
      const aboveMark = free > this.#marks.high;
      let frame = aboveMark ? this.#takeFree(this.tally.given) : -1;
      if (frame >= 0) free--;
      else frame = this.#reclaim(this.tally.given);
      if (frame < 0) break;
      this.#balloon.push(frame);
      gave(gfn(frame));
      into[given++] = frame;
    }
    if (given > 0) this.#moved = true;
    this.tally.peak = Math.max(this.tally.peak, this.#balloon.length);
    return given;
  }

  /** The balloon driver frees pages, those it took last first. */
  deflate(count: number, into: Uint32Array): number {
    let returned = 0;
    while (returned < count && this.#balloon.length > 0) {
      const frame = this.#balloon.pop()!;
      this.#spare.push(frame);
      this.#reported[frame] = 0;
      into[returned++] = frame;
    }
    this.tally.returned += returned;
    return returned;
  }

  /** Free pages in whole blocks of 2^order frames, each told once while it stays free. */
  report(count: number, into: Uint32Array, order: number): number {
    const free = new Uint8Array(this.#reported.length);
    for (const frame of this.#spare) free[frame] = this.#reported[frame] === 0 ? FREE_UNTOLD : FREE_TOLD;
    for (let page = 0; page < this.#behind.length; page++) {
      if (!this.#isFree(page)) continue;
      const frame = this.#present[page]!;
      free[frame] = this.#reported[frame]! > this.#touched[page]! ? FREE_TOLD : FREE_UNTOLD;
    }
    const reported = tellBlocks(free, count, into, order);
    for (let i = 0; i < reported; i++) this.#reported[into[i]!] = this.#interval + 1;
    this.tally.reported += reported;
    return reported;
  }

  statistics(): GuestStatistics {
    const free = this.#freePages();
    let cache = 0;
    for (let page = 0; page < this.#behind.length; page++) {
      const role = this.#role(page) & ROLE_MASK;
      if (this.#present[page] !== ABSENT && (role === ROLE_FILE_CLEAN || role === ROLE_FILE_DIRTY)) cache++;
    }
    return {
      free: toPages(free),
      available: toPages(availablePages(free, cache, this.#marks)),
      cache: toPages(cache),
      swapped: toPages(this.#swapped),
    };
  }

  /**
   * Recounts: each frame backs one page, or is in the balloon, or is spare. @throws Error with the numbers
   */
  verify(): void {
    const uses = new Uint8Array(this.#reported.length);
    for (const frame of this.#present) if (frame !== ABSENT) uses[frame]!++;
    for (const frame of this.#balloon) uses[frame]!++;
    for (const frame of this.#spare) uses[frame]!++;
    const wrong = uses.findIndex((count) => count !== 1);
    if (wrong >= 0) throw new Error(`guest frame ${wrong} has ${uses[wrong]} uses`);
    let swapped = 0;
    this.#present.forEach((frame, page) => {
      if (frame === ABSENT && isSwappable(this.#was[page]!)) swapped++;
    });
    if (swapped !== this.#swapped)
      throw new Error(`${swapped} pages in guest swap, ${this.#swapped} counted`);
  }

  #freePages(): number {
    let free = this.#spare.length;
    for (let page = 0; page < this.#behind.length; page++) if (this.#isFree(page)) free++;
    return free;
  }

  #isFree(page: number): boolean {
    return (
      this.#present[page] !== ABSENT &&
      this.#touched[page] !== this.#interval &&
      (this.#role(page) & ROLE_MASK) === ROLE_FREE
    );
  }

  /** Role byte now, as far as the snapshots around tell. */
  #role(page: number): number {
    const ahead = this.#ahead[page]!;
    if (ahead === ROLE_FREE && this.#contents.isDone(page)) return ROLE_FREE;
    if (!this.#contents.isWritten(page)) return this.#behind[page]!;
    return this.#contents.isFinal(page) || isSwappable(ahead & ROLE_MASK) ? ahead : ROLE_KERNEL;
  }

  /** A frame for the guest's own need: a free one, else what it can give up. */
  #takeFrame(): number {
    const frame = this.#takeFree(this.tally.displaced);
    return frame >= 0 ? frame : this.#reclaim(this.tally.displaced);
  }

  #takeFree(counts: Float64Array): number {
    if (this.#spare.length > 0) {
      counts[ROLE_FREE]!++;
      return this.#spare.pop()!;
    }
    const { free } = this.#queues;
    const size = this.#behind.length;
    return this.#take('free', counts, () =>
      free.build(size, (page) => (this.#isFree(page) ? (page - this.#freeFrom + size) % size : -1)),
    );
  }

  #reclaim(counts: Float64Array): number {
    const { clean, swappable } = this.#queues;
    const size = this.#behind.length;
    const frame = this.#take('clean', counts, () => clean.build(size, (page) => this.#age(page, false)));
    if (frame >= 0 || this.#swapped >= this.#swapPages) return frame;
    return this.#take('swappable', counts, () => swappable.build(size, (page) => this.#age(page, true)));
  }

  /** Next page of a queue that still is what it was when the queue was built. */
  #take(name: 'free' | 'clean' | 'swappable', counts: Float64Array, build: () => void): number {
    if (this.#emptyAt[name] === this.#interval + 1) return -1;
    const queue = this.#queues[name];
    for (let builds = 0; ;) {
      const page = queue.take();
      if (page >= 0) {
        if (this.#isStill(name, page, queue.taken)) return this.#takeAway(page, counts);
      } else if (builds++ === 0) {
        build();
      } else {
        this.#emptyAt[name] = this.#interval + 1;
        return -1;
      }
    }
  }

  #isStill(name: 'free' | 'clean' | 'swappable', page: number, key: number): boolean {
    if (name === 'free') return this.#isFree(page);
    return this.#age(page, name === 'swappable') === key;
  }

  /**
   * Order of giving up: inactive before active, unreferenced before referenced, then least recently touched;
   * -1 = not at all.
   */
  #age(page: number, swappable: boolean): number {
    const role = this.#role(page);
    const kind = role & ROLE_MASK;
    const wanted = swappable ? isSwappable(kind) : kind === ROLE_FILE_CLEAN;
    if (!wanted || this.#present[page] === ABSENT || (role & ROLE_UNEVICTABLE) !== 0) return -1;
    const touched = this.#touched[page]!;
    if (touched === this.#interval) return -1;
    const worth = (role & ROLE_ACTIVE ? 2 : 0) + (role & ROLE_REFERENCED ? 1 : 0);
    return worth * AGE_SPACE + Math.min(touched, AGE_SPACE - 1);
  }

  #takeAway(page: number, counts: Float64Array): number {
    const role = this.#role(page) & ROLE_MASK;
    const frame = this.#present[page]!;
    this.#present[page] = ABSENT;
    this.#was[page] = role;
    counts[role]!++;
    if (isSwappable(role)) {
      this.#swapped++;
      this.tally.guestSwapOuts++;
    }
    return frame;
  }

  #forgetQueues(): void {
    for (const name of ['free', 'clean', 'swappable'] as const) {
      this.#queues[name].clear();
      this.#emptyAt[name] = 0;
    }
  }
}

/** Intervals are counted up to here, over two bits of worth: 25 bits, as PageQueue allows. */
const AGE_SPACE = 2 ** 23;

const isSwappable = (role: number): boolean => role === ROLE_ANONYMOUS || role === ROLE_SHARED_MEMORY;
