import type { VmId } from '@overbook/core';
import { toGfn } from '@overbook/core';
import { PageTableArena } from '@overbook/core/host';
import { LruLists } from '@overbook/core/internals';
import type { Trace } from '@overbook/traces';

import type { Watermarks } from '../recorded/watermarks.ts';
import { availablePages, watermarksOf } from '../recorded/watermarks.ts';
import { GivenPages } from '../guests/given-pages.ts';
import { AddressSpace } from './address-space.ts';
import { BuddyAllocator } from './buddy-allocator.ts';
import { ACTIVE_ANON, ACTIVE_FILE, INACTIVE_ANON, INACTIVE_FILE, LRU_LISTS } from './lru-kinds.ts';
import type { OsCounters } from './os-counters.ts';
import { osCounters } from './os-counters.ts';
import { PageCache } from './page-cache.ts';
import { PageFrames, USE_ANON, USE_BALLOON, USE_FILE, USE_KERNEL, USE_TABLE } from './page-frames.ts';
import { PageReclaim } from './page-reclaim.ts';
import { ReclaimBalance } from './reclaim-balance.ts';
import { SwapArea } from './swap-area.ts';
import { verifyKernel } from './verify-kernel.ts';

/** Rounds of reclaim without a page freed before the OOM killer comes (Linux MAX_RECLAIM_RETRIES). */
const RETRIES = 16;
/** A page struct takes 64 bytes of each 4096. */
const PAGES_PER_MEMMAP_PAGE = 64;

/** The answers of `fault` beside a time. */
export const OUT_OF_MEMORY = -1;
export const KILLED = -2;

/** The machine below the kernel, as far as it can tell. */
export interface GuestHardware {
  /**
   * A device reads a frame and writes it out. @returns time from now until that is done, or -1 when the host could not
   * serve it now
   */
  readOut(frame: number): number;
  /** A page is read. @param afterNs work that comes first @returns time from now until it is there */
  diskRead(afterNs: number): number;
  swapRead(afterNs: number): number;
  /** Time a page-out takes the one who waits for it. */
  readonly swapOutNs: number;
  /** A process has its page tables; a process is about to lose them. */
  started?(space: AddressSpace): void;
  ending?(space: AddressSpace): void;
  /** A page of a process lost its frame. */
  unmapped(space: AddressSpace, page: number): void;
}

/**
 * Memory management of a Linux-like guest: a buddy allocator with Linux's watermarks, page tables per
 * process, a page cache, active and inactive lists with a second chance, kswapd and direct reclaim, swap, an
 * OOM killer as last resort (mm/page_alloc.c, mm/vmscan.c, mm/oom_kill.c of Linux 6.1, with one zone and no
 * memory cgroups).
 */
export class GuestKernel {
  readonly counters: OsCounters = osCounters();
  readonly buddy: BuddyAllocator;
  readonly spaces: AddressSpace[] = [];
  readonly managed: number;
  readonly marks: Watermarks;
  readonly #hardware: GuestHardware;
  readonly #vm: VmId;
  readonly #arena = new PageTableArena();
  readonly #lists: LruLists;
  readonly #swap: SwapArea;
  readonly #frames: PageFrames;
  readonly #cache = new PageCache();
  readonly #balance = new ReclaimBalance();
  readonly #reclaim: PageReclaim;
  readonly #given = new GivenPages();
  #waitNs = 0;
  /** When the page-outs of the reclaim that runs are done, from now on. */
  #writtenNs = 0;
  #filled: 'data' | 'zeros' | 'nothing' = 'nothing';

  constructor(vm: VmId, size: number, swapPages: number, hardware: GuestHardware) {
    this.#vm = vm;
    this.#hardware = hardware;
    this.#lists = new LruLists(size, LRU_LISTS);
    this.#swap = new SwapArea(swapPages);
    this.#frames = new PageFrames(size);
    this.buddy = new BuddyAllocator(size);
    // Frame 0 holds firmware data and has no owner; page structs come first.
    const reserved = 1 + Math.ceil(size / PAGES_PER_MEMMAP_PAGE);
    for (let frame = size - 1; frame >= reserved; frame--) this.buddy.give(frame);
    this.#frames.use.fill(USE_KERNEL, 1, Math.min(reserved, size));
    this.managed = size - reserved;
    this.marks = watermarksOf(this.managed);
    this.#reclaim = new PageReclaim(
      {
        frames: this.#frames,
        lists: this.#lists,
        balance: this.#balance,
        swap: this.#swap,
        counters: this.counters,
      },
      { pageOut: (frame) => this.#pageOut(frame), drop: (frame) => this.#drop(frame) },
    );
  }

  /** Frames the kernel itself took at boot. */
  kernelFrames(): number[] {
    return [...this.#frames.use.keys()].filter((frame) => this.#frames.use[frame] === USE_KERNEL);
  }

  /** Starts a program. @throws Error when there is no frame for its page tables */
  exec(trace: Trace): AddressSpace {
    const frames = { take: () => this.#takeTable(), give: (frame: number) => this.#freeFrame(frame) };
    const space = new AddressSpace(this.#vm, trace, this.fileOf(trace), frames, this.#arena);
    this.spaces.push(space);
    this.#hardware.started?.(space);
    return space;
  }

  /** Number of a program's file; `undefined` makes one of its own, of `pages` pages. */
  fileOf(trace: Trace | undefined, pages = trace?.pages ?? 0): number {
    return this.#cache.fileOf(trace, pages);
  }

  /**
   * Puts a page of a file into the cache without mapping it, if that leaves enough free. @returns its frame
   * or -1
   */
  readAhead(file: number, page: number): number {
    if (this.buddy.free <= this.marks.high) return -1;
    const frame = this.buddy.take();
    this.#addToCache(file, page, frame, INACTIVE_FILE);
    return frame;
  }

  /** The hardware used a mapped frame. */
  used(frame: number, fetched: boolean): void {
    this.#frames.accessed[frame] = 1;
    if (fetched) this.#frames.executable[frame] = 1;
  }

  /**
   * A process touches a page that has no frame.
   * @returns nanoseconds it waits for devices; OUT_OF_MEMORY to try again later; KILLED when the process is
   * no more
   */
  fault(space: AddressSpace, page: number): number {
    this.#waitNs = 0;
    this.#filled = 'nothing';
    const cached = space.fromFile[page] === 1 ? this.#cache.frameOf(space.file, page) : 0;
    const frame = cached > 0 ? cached : this.#allocate(space);
    if (frame < 0) return frame;
    if (cached > 0) this.counters.minorFaults++;
    else if (space.fromFile[page] === 1) this.#readFile(space.file, page, frame);
    else this.#fillAnonymous(space, page, frame);
    // Table pages come from below the min watermark, at most three a fault: there is always room for them.
    if (!space.table.map(space.gvpnOf(page), toGfn(frame), space.fromFile[page] === 0))
      throw new Error(`no frame for a page table with ${this.buddy.free} frames free`);
    space.frames[page] = frame;
    this.#frames.accessed[frame] = 1;
    return this.#waitNs;
  }

  /**
   * What the last fault put into its frame: what was read back, or zeros; nothing where it was there already.
   */
  get filled(): 'data' | 'zeros' | 'nothing' {
    return this.#filled;
  }

  /** What a frame is used for, as recordings name it. */
  roleOf(frame: number): number {
    return this.#frames.roleOf(frame);
  }

  /** Frame of the next page of the same file in the cache, or -1. */
  nextOfFile(frame: number): number {
    const { use, owner, page } = this.#frames;
    if (use[frame] !== USE_FILE) return -1;
    const next = this.#cache.frameOf(owner[frame]!, page[frame]! + 1);
    return next === 0 ? -1 : next;
  }

  /** kswapd: woken below the low watermark, works up to the high one. */
  balance(): void {
    if (this.buddy.free >= this.marks.low) return;
    while (this.buddy.free < this.marks.high && this.#reclaim.shrink() > 0);
  }

  /** A process ends, by itself or by the OOM killer: all it had is free. */
  exit(space: AddressSpace): void {
    space.ended = true;
    for (let page = 0; page < space.frames.length; page++) {
      const frame = space.frames[page]!;
      if (space.slots[page] !== 0) this.#swap.give(space.slots[page]! - 1);
      space.slots[page] = 0;
      if (frame === 0) continue;
      space.frames[page] = 0;
      this.#hardware.unmapped(space, page);
      if (this.#frames.use[frame] === USE_ANON) this.#freeFrame(frame);
    }
    space.anonymous = 0;
    this.#hardware.ending?.(space);
    space.table.destroy();
  }

  inflate(count: number, into: Uint32Array, owner: string): number {
    let given = 0;
    while (given < count) {
      if (this.buddy.free > this.marks.high) {
        const frame = this.buddy.take();
        this.#frames.use[frame] = USE_BALLOON;
        this.#given.give(owner, frame);
        into[given++] = frame;
      } else if (this.#reclaim.shrink() === 0) {
        break;
      }
    }
    return given;
  }

  deflate(count: number, into: Uint32Array, owner: string): number {
    let returned = 0;
    for (; returned < count; returned++) {
      const frame = this.#given.take(owner);
      if (frame === undefined) break;
      into[returned] = frame;
      this.#freeFrame(frame);
    }
    return returned;
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    const returned = this.#given.takeNamed(owner, pages, into);
    for (const frame of into.subarray(0, returned)) this.#freeFrame(frame);
    return returned;
  }

  /**
   * Gives up whole free blocks, as far as the high watermark lets it. Linux would also move pages out of the way
   * (alloc_contig_range); here only blocks that are free already go.
   */
  unplug(order: number, blocks: number, into: Uint32Array, owner: string): number {
    let given = 0;
    while (given < blocks && this.buddy.free - 2 ** order > this.marks.high) {
      const first = this.buddy.takeBlock(order);
      if (first < 0) break;
      this.#frames.use.fill(USE_BALLOON, first, first + 2 ** order);
      this.#given.unplug(owner, first, order);
      into[given++] = first;
    }
    return given;
  }

  plug(order: number, first: number, owner: string): boolean {
    if (!this.#given.plug(owner, first, order)) return false;
    for (let frame = first; frame < first + 2 ** order; frame++) this.#freeFrame(frame);
    return true;
  }

  get free(): number {
    return this.buddy.free;
  }

  get cached(): number {
    return this.#cache.pages;
  }

  get swapped(): number {
    return this.#swap.used;
  }

  get available(): number {
    return availablePages(this.buddy.free, this.#cache.pages, this.marks);
  }

  /** Recounts: each frame has one use, page tables, lists and swap agree. @throws Error with the numbers */
  verify(): void {
    verifyKernel({
      frames: this.#frames,
      spaces: this.spaces,
      buddy: this.buddy,
      lists: this.#lists,
      swap: this.#swap,
    });
  }

  #readFile(file: number, page: number, frame: number): void {
    const again = this.#cache.wasEvicted(file, page);
    this.#addToCache(file, page, frame, again ? ACTIVE_FILE : INACTIVE_FILE);
    this.#waitNs = this.#hardware.diskRead(this.#waitNs);
    this.#filled = 'data';
    this.counters.fileReads++;
    if (!again) return;
    this.counters.fileRefaults++;
    this.#balance.refault();
    this.#balance.note('file', this.#listed());
  }

  #addToCache(file: number, page: number, frame: number, list: number): void {
    this.#frames.assign(frame, USE_FILE, file, page);
    this.#cache.add(file, page, frame);
    this.#lists.put(frame, list);
  }

  #fillAnonymous(space: AddressSpace, page: number, frame: number): void {
    this.#frames.assign(frame, USE_ANON, this.spaces.indexOf(space), page);
    const slot = space.slots[page]!;
    // As Linux since 5.9: new pages begin inactive, those that had to come back active.
    this.#lists.put(frame, slot > 0 ? ACTIVE_ANON : INACTIVE_ANON);
    this.#filled = slot > 0 ? 'data' : 'zeros';
    if (slot === 0) {
      space.anonymous++;
      this.counters.anonymousFaults++;
      return;
    }
    this.#swap.give(slot - 1);
    space.slots[page] = 0;
    this.#waitNs = this.#hardware.swapRead(this.#waitNs);
    this.counters.swapIns++;
    this.#balance.note('anon', this.#listed());
  }

  /** A frame for a process; reclaims at the min watermark, and kills as the last resort. */
  #allocate(space: AddressSpace): number {
    while (this.buddy.free <= this.marks.min) {
      const made = this.#makeRoom(space);
      if (made < 0) return made;
    }
    return this.buddy.take();
  }

  /** Direct reclaim. @returns 0 when something was freed */
  #makeRoom(space: AddressSpace): 0 | typeof OUT_OF_MEMORY | typeof KILLED {
    this.counters.directReclaims++;
    const outsBefore = this.counters.swapOuts;
    this.#writtenNs = 0;
    let freed = 0;
    for (let tries = 0; freed === 0 && tries < RETRIES; tries++) freed = this.#reclaim.shrink();
    const workNs = (this.counters.swapOuts - outsBefore) * this.#hardware.swapOutNs;
    // Who reclaims for itself waits for its frames; what kswapd writes out ahead of time, no one waits for.
    this.#waitNs = Math.max(this.#waitNs + workNs, this.#writtenNs);
    if (freed > 0) return 0;
    const victim = this.#worst();
    if (victim === undefined) return OUT_OF_MEMORY;
    this.counters.oomKills++;
    this.exit(victim);
    return victim === space ? KILLED : 0;
  }

  /** The process whose end frees most (mm/oom_kill.c, oom_badness without adjustments). */
  #worst(): AddressSpace | undefined {
    let worst: AddressSpace | undefined;
    for (const space of this.spaces) {
      if (!space.ended && space.anonymous > (worst?.anonymous ?? 0)) worst = space;
    }
    return worst;
  }

  /**
   * A table page may go below the watermark: that allows a process to continue (GFP_KERNEL with PF_MEMALLOC's
   * reserve).
   */
  #takeTable(): number {
    const frame = this.buddy.take();
    if (frame < 0) return -1;
    this.#frames.use[frame] = USE_TABLE;
    this.counters.tableFrames++;
    return frame;
  }

  #freeFrame(frame: number): void {
    this.#lists.remove(frame);
    this.#frames.clear(frame);
    this.buddy.give(frame);
  }

  #listed(): number {
    return this.#lists.length.reduce((sum, length) => sum + length, 0);
  }

  #pageOut(frame: number): boolean {
    const slot = this.#swap.take();
    if (slot < 0) return false;
    const writtenNs = this.#hardware.readOut(frame);
    if (writtenNs < 0) {
      this.#swap.give(slot);
      return false;
    }
    if (writtenNs > this.#writtenNs) this.#writtenNs = writtenNs;
    const space = this.spaces[this.#frames.owner[frame]!]!;
    const page = this.#frames.page[frame]!;
    space.slots[page] = slot + 1;
    space.frames[page] = 0;
    space.table.setSoftware(space.gvpnOf(page), slot + 1);
    this.#hardware.unmapped(space, page);
    this.#freeFrame(frame);
    this.counters.swapOuts++;
    this.#balance.note('anon', this.#listed());
    return true;
  }

  #drop(frame: number): boolean {
    const file = this.#frames.owner[frame]!;
    const page = this.#frames.page[frame]!;
    for (const space of this.spaces) {
      if (space.file !== file || space.frames[page] !== frame) continue;
      space.frames[page] = 0;
      space.table.unmap(space.gvpnOf(page));
      this.#hardware.unmapped(space, page);
    }
    this.#cache.evict(file, page);
    this.#freeFrame(frame);
    this.counters.cacheDrops++;
    return true;
  }
}
