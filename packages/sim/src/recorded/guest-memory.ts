import type { Gfn, GuestStatistics } from '@overbook/core';
import { toGfn, toPages } from '@overbook/core';
import {
  ROLE_ACTIVE,
  ROLE_FILE_CLEAN,
  ROLE_FILE_DIRTY,
  ROLE_FREE,
  ROLE_MASK,
  ROLE_REFERENCED,
  ROLE_RESERVED,
  ROLE_UNEVICTABLE,
} from '@overbook/formats/roles';

import { FREE_TOLD, FREE_UNTOLD, tellBlocks } from '../guests/free-blocks.ts';
import { GivenPages } from '../guests/given-pages.ts';
import { BalloonTally } from './balloon-tally.ts';
import { PageQueue } from './page-queue.ts';
import { PageRoles, isSwappable } from './page-roles.ts';
import type { SegmentPlan } from './segment-plan.ts';
import { ENTRY_LAST_WRITE, ENTRY_PAGE, ENTRY_WRITE } from './segment-plan.ts';
import { TouchTimes } from './touch-times.ts';
import type { Watermarks } from './watermarks.ts';
import { availablePages, watermarksOf } from './watermarks.ts';

const ABSENT = 0xffffffff;

/** Where a guest's pages really are, as far as its page-outs must know. */
export interface PageOutDevice {
  /**
   * The guest writes a frame to its swap, for which its disk reads it. @returns false when the host cannot serve it now
   */
  writeOut(frame: number): boolean;
}

/** What must be done for a page that is found absent and touched. */
export type Return = 'nothing' | 'reread' | 'swap-in';

/**
 * What a recorded guest's kernel does when a balloon takes pages from it (the model's largest assumption).
 * The recording says which of its pages were free, cache or anonymous at each snapshot; with a balloon in it
 * the guest would have used other frames than it did. So each recorded page is on a present frame, at
 * first its own. What the balloon or the guest's own need takes is picked as Linux would: free pages down to
 * the high watermark, then clean file pages, least recently used first, then anonymous ones if the guest has
 * swap. A later touch of such a page finds it another frame.
 *
 * Pages that the running interval touches are not taken. Dirty file pages wait until they are clean.
 */
export class GuestMemory {
  readonly tally = new BalloonTally();
  readonly #roles: PageRoles;
  /** Pages that have a frame, by role. */
  readonly #counts = new Float64Array(ROLE_MASK + 1);
  /** Present frame of each recorded page, or ABSENT. */
  readonly #present: Uint32Array;
  /** Recorded page on each frame, or ABSENT where the frame is spare or in the balloon. */
  readonly #behind: Uint32Array;
  readonly #device: PageOutDevice;
  /** Role of each absent page when it was taken. */
  readonly #was: Uint8Array;
  readonly #touched: TouchTimes;
  /** Frames that back nothing: the guest has them free beside what the recording shows. */
  readonly #spare: number[] = [];
  readonly #given = new GivenPages();
  readonly #swapPages: number;
  /** Free pages, last one first; entries that are not free any more are passed over. */
  readonly #freeList: number[] = [];
  /** Roles at the snapshot behind, while its free pages are still to come below those of the list. */
  #unlisted: Uint8Array | undefined;
  /** Free pages that the running interval touches: they join the list when it has ended. */
  readonly #freedNow: number[] = [];
  readonly #clean = new PageQueue();
  readonly #swappable = new PageQueue();
  /** Interval + 1 up to which each frame was reported free, 0 = never. */
  readonly #reported: Uint32Array;
  #swapped = 0;
  #moved = false;
  /** Intervals so far, arrival and device writes included; the running one. */
  #interval = 1;
  #marks: Watermarks = watermarksOf(1);
  #managed = 0;
  /**
   * Where the free list is read from: the seed's choice, as buddy lists have no order that a recording shows.
   */
  readonly #freeFrom: number;

  /** @param size frames of the VM, at least the recorded pages; the rest is free */
  constructor(
    recordedPages: number,
    size: number,
    swapPages: number,
    freeFrom: number,
    device: PageOutDevice,
  ) {
    this.#device = device;
    this.#swapPages = swapPages;
    this.#freeFrom = freeFrom;
    this.#roles = new PageRoles(recordedPages);
    this.#was = new Uint8Array(recordedPages);
    this.#touched = new TouchTimes(recordedPages);
    this.#reported = new Uint32Array(size);
    this.#present = new Uint32Array(recordedPages);
    this.#behind = new Uint32Array(size).fill(ABSENT);
    for (let page = 0; page < recordedPages; page++) {
      this.#present[page] = page;
      this.#behind[page] = page;
    }
    this.#counts[0] = recordedPages;
    for (let frame = size - 1; frame >= recordedPages; frame--) this.#spare.push(frame);
  }

  /** False while every page is on its recorded frame: nothing needs to be looked up. */
  get moved(): boolean {
    return this.#moved;
  }

  /** Present frame of each page, no frame of the VM where it has none; undefined while every page is on its own. */
  get frames(): Uint32Array | undefined {
    return this.#moved ? this.#present : undefined;
  }

  /**
   * Stands at a snapshot, with another one ahead or (at the end of a recording) the same. Pages that the
   * guest's kernel has freed need not be read back.
   * @param now role bytes of the pages @param ahead those at the snapshot ahead
   */
  snapshot(now: Uint8Array, ahead: Uint8Array): void {
    this.#roles.stand(now, ahead);
    this.#counts.fill(0);
    for (let page = 0; page < now.length; page++) this.#counts[now[page]! & ROLE_MASK]!++;
    const managed = now.length - this.#counts[ROLE_RESERVED]!;
    this.#marks = watermarksOf(managed);
    this.#managed = managed + (this.#behind.length - this.#present.length);
    if (this.#moved) this.#forgetFreed();
    this.#freeList.length = 0;
    this.#freedNow.length = 0;
    this.#unlisted = now;
    this.#clean.clear();
    this.#swappable.clear();
  }

  /** Pages without a frame do not count by role; those that are free now are in no swap any more. */
  #forgetFreed(): void {
    for (let page = 0; page < this.#present.length; page++) {
      if (this.#present[page] !== ABSENT) continue;
      const role = this.#roleOf(page);
      this.#counts[role]!--;
      if (role !== ROLE_FREE) continue;
      if (isSwappable(this.#was[page]!)) this.#swapped--;
      this.#was[page] = ROLE_FREE;
    }
  }

  /** Pages are about to be touched, outside any interval: they arrive, or a device writes them. */
  touch(pages: Uint32Array, count: number): void {
    this.#begin();
    this.#touched.touch(pages, count, this.#interval);
  }

  /**
   * The pages of an interval of the recording are about to be touched.
   * @param index of the interval in the plan
   * @param entries its entries, in the order in which they are touched; only for one whose order matters
   */
  touchInterval(plan: SegmentPlan, index: number, entries?: Int32Array): void {
    const first = plan.starts[index]!;
    const end = plan.starts[index + 1]!;
    this.#begin();
    this.#touched.touchEntries(plan.entries, first, end, this.#interval);
    const { changes } = plan;
    if (entries === undefined)
      for (let i = changes.starts[index]!; i < changes.starts[index + 1]!; i++)
        this.#changeRole(changes.entries[i]!);
    else for (let i = 0; i < end - first; i++) if (entries[i]! < 0) this.#changeRole(entries[i]!);
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
    if (frame < 0) {
      this.tally.outOfMemory++;
      return -1;
    }
    this.#present[page] = frame;
    this.#behind[frame] = page;
    this.#counts[this.#roleOf(page)]!++;
    if (this.#roleOf(page) === ROLE_FREE) this.#freedNow.push(page);
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
  inflate(count: number, into: Uint32Array, owner: string, gave: (frame: Gfn) => void): number {
    let free = this.#freePages();
    let given = 0;
    while (given < count) {
      const aboveMark = free > this.#marks.high;
      let frame = aboveMark ? this.#takeFree(this.tally.given) : -1;
      if (frame >= 0) free--;
      else frame = this.#reclaim(this.tally.given);
      if (frame < 0) break;
      this.#given.give(owner, frame);
      gave(toGfn(frame));
      into[given++] = frame;
    }
    if (given > 0) this.#moved = true;
    this.tally.peak = Math.max(this.tally.peak, this.#given.pages);
    return given;
  }

  /** The balloon driver frees pages, those it took last first. */
  deflate(count: number, into: Uint32Array, owner: string): number {
    let returned = 0;
    for (; returned < count; returned++) {
      const frame = this.#given.take(owner);
      if (frame === undefined) break;
      into[returned] = frame;
    }
    return this.#hasBack(returned, into);
  }

  /** The same, by number. */
  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#hasBack(this.#given.takeNamed(owner, pages, into), into);
  }

  #hasBack(returned: number, into: Uint32Array): number {
    for (const frame of into.subarray(0, returned)) {
      this.#spare.push(frame);
      this.#reported[frame] = 0;
    }
    this.tally.returned += returned;
    return returned;
  }

  /** Free pages in whole blocks of 2^order frames, each told once while it stays free. */
  report(count: number, into: Uint32Array, order: number): number {
    const free = new Uint8Array(this.#reported.length);
    for (const frame of this.#spare) free[frame] = this.#reported[frame] === 0 ? FREE_UNTOLD : FREE_TOLD;
    for (let page = 0; page < this.#present.length; page++) {
      if (!this.#isFree(page)) continue;
      const frame = this.#present[page]!;
      free[frame] = this.#reported[frame]! > this.#touched.times[page]! ? FREE_TOLD : FREE_UNTOLD;
    }
    const reported = tellBlocks(free, count, into, order);
    for (let i = 0; i < reported; i++) this.#reported[into[i]!] = this.#interval + 1;
    this.tally.reported += reported;
    return reported;
  }

  /** Frames that the guest's kernel manages: all but its image and its map of memory. */
  get managed(): number {
    return this.#managed;
  }

  /** Role of the page that is on a frame now. */
  roleOf(frame: number): number {
    const page = this.#behind[frame]!;
    return page === ABSENT ? ROLE_FREE : this.#roleOf(page);
  }

  /** True where the page was free before the running interval wrote it. */
  wasAllocated(page: number): boolean {
    return this.#roles.wasAllocatedIn(page, this.#interval);
  }

  statistics(): GuestStatistics {
    const free = this.#freePages();
    const cache = this.#counts[ROLE_FILE_CLEAN]! + this.#counts[ROLE_FILE_DIRTY]!;
    return {
      free: toPages(free),
      available: toPages(availablePages(free, cache, this.#marks)),
      cache: toPages(cache),
      // A guest without swap of its own has nothing to tell about it.
      ...(this.#swapPages > 0 ? { swapped: toPages(this.#swapped) } : {}),
    };
  }

  /**
   * Recounts: each frame backs one page, or is in the balloon, or is spare. @throws Error with the numbers
   */
  verify(): void {
    const uses = new Uint8Array(this.#reported.length);
    for (const frame of this.#present) if (frame !== ABSENT) uses[frame]!++;
    this.#given.forEach((frame) => uses[frame]!++);
    for (const frame of this.#spare) uses[frame]!++;
    const wrong = uses.findIndex((count) => count !== 1);
    if (wrong >= 0) throw new Error(`guest frame ${wrong} has ${uses[wrong]} uses`);
    this.#present.forEach((frame, page) => {
      if (frame !== ABSENT && this.#behind[frame] !== page)
        throw new Error(`guest frame ${frame} has page ${page}, says ${this.#behind[frame]}`);
    });
    let swapped = 0;
    this.#present.forEach((frame, page) => {
      if (frame === ABSENT && isSwappable(this.#was[page]!)) swapped++;
    });
    const counts = new Float64Array(this.#counts.length);
    this.#present.forEach((frame, page) => {
      if (frame !== ABSENT) counts[this.#roleOf(page)]!++;
    });
    if (counts.join() !== this.#counts.join())
      throw new Error(`pages by role: ${counts.join()}, counted ${this.#counts.join()}`);
    if (swapped !== this.#swapped)
      throw new Error(`${swapped} pages in guest swap, ${this.#swapped} counted`);
  }

  #freePages(): number {
    return this.#spare.length + this.#counts[ROLE_FREE]!;
  }

  #roleOf(page: number): number {
    return this.#roles.now[page]! & ROLE_MASK;
  }

  #isFree(page: number): boolean {
    return (
      this.#roles.now[page] === ROLE_FREE &&
      this.#present[page] !== ABSENT &&
      this.#touched.times[page] !== this.#interval
    );
  }

  #begin(): void {
    while (this.#freedNow.length > 0) this.#freeList.push(this.#freedNow.pop()!);
    this.#interval++;
  }

  /** @param entry with ENTRY_ROLE */
  #changeRole(entry: number): void {
    const page = entry & ENTRY_PAGE;
    const was = this.#roles.now[page]!;
    const isLastWrite = (entry & ENTRY_LAST_WRITE) !== 0;
    const is = this.#roles.touch(page, (entry & ENTRY_WRITE) !== 0, isLastWrite, this.#interval);
    if (is === was || this.#present[page] === ABSENT) return;
    this.#counts[was & ROLE_MASK]!--;
    this.#counts[is & ROLE_MASK]!++;
    if (is === ROLE_FREE) this.#freedNow.push(page);
  }

  /** All pages that were free at the snapshot behind, so that they come from `#freeFrom` on, ascending. */
  #listFree(roles: Uint8Array): void {
    const size = roles.length;
    this.#unlisted = undefined;
    for (let i = size - 1; i >= 0; i--) {
      const page = (this.#freeFrom + i) % size;
      if (roles[page] === ROLE_FREE) this.#freeList.push(page);
    }
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
    for (;;) {
      if (this.#freeList.length === 0 && this.#unlisted !== undefined) this.#listFree(this.#unlisted);
      const page = this.#freeList.pop();
      if (page === undefined) return -1;
      if (this.#isFree(page)) return this.#takeAway(page, counts);
      if (this.#touched.times[page] === this.#interval) this.#freedNow.push(page);
    }
  }

  #reclaim(counts: Float64Array): number {
    const clean = this.#counts[ROLE_FILE_CLEAN]! > 0 ? this.#oldest(this.#clean, false) : -1;
    if (clean >= 0) return this.#takeAway(clean, counts);
    if (this.#swapped >= this.#swapPages) return -1;
    const swappable = this.#oldest(this.#swappable, true);
    return swappable < 0 ? -1 : this.#takeAway(swappable, counts);
  }

  /** Next page of a queue that still is what it was when the queue was built; builds it anew once. */
  #oldest(queue: PageQueue, swappable: boolean): number {
    for (let built = false; ;) {
      const page = queue.take();
      if (page >= 0) {
        if (this.#age(page, swappable) === queue.taken) return page;
      } else if (built || queue.emptyIn === this.#interval) {
        queue.emptyIn = this.#interval;
        return -1;
      } else {
        queue.build(this.#present.length, (one) => this.#age(one, swappable));
        built = true;
      }
    }
  }

  /**
   * Order of giving up: inactive before active, unreferenced before referenced, then least recently touched;
   * -1 = not at all.
   */
  #age(page: number, swappable: boolean): number {
    const role = this.#roles.now[page]!;
    const kind = role & ROLE_MASK;
    const wanted = swappable ? isSwappable(kind) : kind === ROLE_FILE_CLEAN;
    if (!wanted || this.#present[page] === ABSENT || (role & ROLE_UNEVICTABLE) !== 0) return -1;
    const touched = this.#touched.times[page]!;
    if (touched === this.#interval) return -1;
    const worth = (role & ROLE_ACTIVE ? 2 : 0) + (role & ROLE_REFERENCED ? 1 : 0);
    return worth * AGE_SPACE + Math.min(touched, AGE_SPACE - 1);
  }

  #takeAway(page: number, counts: Float64Array): number {
    const role = this.#roleOf(page);
    const frame = this.#present[page]!;
    if (isSwappable(role) && !this.#device.writeOut(frame)) return -1;
    this.#present[page] = ABSENT;
    this.#behind[frame] = ABSENT;
    this.#was[page] = role;
    this.#counts[role]!--;
    counts[role]!++;
    if (isSwappable(role)) {
      this.#swapped++;
      this.tally.guestSwapOuts++;
    }
    return frame;
  }
}

/** Intervals are counted up to here, over two bits of worth: 25 bits, as PageQueue allows. */
const AGE_SPACE = 2 ** 23;
