import { PageTableArena, type VmId, gfn } from '@overbook/core';
import {
  ROLE_ANONYMOUS,
  ROLE_BALLOON,
  ROLE_FILE_CLEAN,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_PAGE_TABLE,
} from '@overbook/images/roles';
import { type Trace } from '@overbook/traces';

import { type Watermarks, availablePages, watermarksOf } from '../recorded/watermarks.ts';
import { AddressSpace } from './address-space.ts';
import { BuddyAllocator } from './buddy-allocator.ts';
import { ACTIVE_ANON, ACTIVE_FILE, INACTIVE_ANON, INACTIVE_FILE, LruLists } from './lru-lists.ts';
import { type OsCounters, osCounters } from './os-counters.ts';
import { ReclaimBalance } from './reclaim-balance.ts';
import { SwapArea } from './swap-area.ts';

/** What a frame is used for. */
const USE_NONE = 0;
const USE_KERNEL = 1;
const USE_TABLE = 2;
const USE_ANON = 3;
const USE_FILE = 4;
const USE_BALLOON = 5;
/** By use. File pages are clean: what a program writes is anonymous here. */
const ROLES = [
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_PAGE_TABLE,
  ROLE_ANONYMOUS,
  ROLE_FILE_CLEAN,
  ROLE_BALLOON,
] as const;

/** Pages that reclaim works on at a time (Linux SWAP_CLUSTER_MAX). */
const CLUSTER = 32;
/** Rounds of reclaim without a page freed before the OOM killer comes (Linux MAX_RECLAIM_RETRIES). */
const RETRIES = 16;
/** Reclaim begins with this part of a list, 2^-12 of it (Linux DEF_PRIORITY). */
const PRIORITY = 12;
/** A page struct takes 64 bytes of each 4096. */
const PAGES_PER_MEMMAP_PAGE = 64;

/** The answers of `fault` beside a time. */
export const OUT_OF_MEMORY = -1;
export const KILLED = -2;

/** The machine below the kernel, as far as it can tell. */
export interface GuestHardware {
  /**
   * A device reads a frame to write it out. @returns when it could, or -1 when the host could not serve it
   * now
   */
  readOut(frame: number, at: number): number;
  /** Draws of waits for one page. */
  diskReadNs(): number;
  swapReadNs(): number;
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
  readonly marks: Watermarks;
  readonly #hardware: GuestHardware;
  readonly #vm: VmId;
  readonly #arena = new PageTableArena();
  readonly #lists: LruLists;
  readonly #swap: SwapArea;
  readonly #use: Uint8Array;
  /** Process of an anonymous frame, file of a cached one. */
  readonly #owner: Uint16Array;
  readonly #page: Uint32Array;
  /** The hardware's accessed bit, and the kernel's own second one. */
  readonly #accessed: Uint8Array;
  readonly #referenced: Uint8Array;
  /** Frame of each page of each file; 0 = not in the cache. */
  readonly #cache: Uint32Array[] = [];
  /** Pages of each file that were in the cache and had to go: they come back as active ones. */
  readonly #evicted: Uint8Array[] = [];
  readonly #files: (Trace | undefined)[] = [];
  readonly #balance = new ReclaimBalance();
  /** 1 where a process runs code from the frame. */
  readonly #executable: Uint8Array;
  readonly #balloon: number[] = [];
  #cached = 0;
  #nowNs = 0;
  #waitNs = 0;
  #filled: 'data' | 'zeros' | 'nothing' = 'nothing';

  constructor(vm: VmId, size: number, swapPages: number, hardware: GuestHardware) {
    this.#vm = vm;
    this.#hardware = hardware;
    this.#lists = new LruLists(size);
    this.#swap = new SwapArea(swapPages);
    this.#use = new Uint8Array(size);
    this.#owner = new Uint16Array(size);
    this.#page = new Uint32Array(size);
    this.#accessed = new Uint8Array(size);
    this.#referenced = new Uint8Array(size);
    this.#executable = new Uint8Array(size);
    this.buddy = new BuddyAllocator(size);
    // Frame 0 holds firmware data and belongs to nobody; page structs come first.
    const reserved = 1 + Math.ceil(size / PAGES_PER_MEMMAP_PAGE);
    for (let frame = size - 1; frame >= reserved; frame--) this.buddy.give(frame);
    this.#use.fill(USE_KERNEL, 1, Math.min(reserved, size));
    this.marks = watermarksOf(size - reserved);
  }

  /** Frames the kernel itself took at boot. */
  kernelFrames(): number[] {
    return [...this.#use.keys()].filter((frame) => this.#use[frame] === USE_KERNEL);
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
    const known = trace === undefined ? -1 : this.#files.indexOf(trace);
    if (known >= 0) return known;
    this.#cache.push(new Uint32Array(pages));
    this.#evicted.push(new Uint8Array(pages));
    return this.#files.push(trace) - 1;
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
    this.#accessed[frame] = 1;
    if (fetched) this.#executable[frame] = 1;
  }

  /**
   * A process touches a page that has no frame.
   * @returns nanoseconds it waits for devices; OUT_OF_MEMORY to try again later; KILLED when the process is
   * no more
   */
  fault(space: AddressSpace, page: number, at: number): number {
    this.#nowNs = at;
    this.#waitNs = 0;
    this.#filled = 'nothing';
    const cached = space.fromFile[page] === 1 ? this.#cache[space.file]![page]! : 0;
    const frame = cached > 0 ? cached : this.#allocate(space);
    if (frame < 0) return frame;
    if (cached > 0) this.counters.minorFaults++;
    else if (space.fromFile[page] === 1) this.#readFile(space.file, page, frame);
    else this.#fillAnonymous(space, page, frame);
    // Table pages come from below the min watermark, at most three a fault: there is always room for them.
    if (!space.table.map(space.gvpnOf(page), gfn(frame), space.fromFile[page] === 0))
      throw new Error(`no frame for a page table with ${this.buddy.free} frames free`);
    space.frames[page] = frame;
    this.#accessed[frame] = 1;
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
    return ROLES[this.#use[frame]!]!;
  }

  /** Frame of the next page of the same file in the cache, or -1. */
  nextOfFile(frame: number): number {
    if (this.#use[frame] !== USE_FILE) return -1;
    const next = this.#cache[this.#owner[frame]!]![this.#page[frame]! + 1] ?? 0;
    return next === 0 ? -1 : next;
  }

  /** kswapd: woken below the low watermark, works up to the high one. */
  balance(at: number): void {
    if (this.buddy.free >= this.marks.low) return;
    this.#nowNs = at;
    while (this.buddy.free < this.marks.high && this.#shrink(CLUSTER) > 0);
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
      if (this.#use[frame] === USE_ANON) this.#freeFrame(frame);
    }
    space.anonymous = 0;
    this.#hardware.ending?.(space);
    space.table.destroy();
  }

  inflate(count: number, at: number, into: Uint32Array): number {
    this.#nowNs = at;
    let given = 0;
    while (given < count) {
      if (this.buddy.free > this.marks.high) {
        const frame = this.buddy.take();
        this.#use[frame] = USE_BALLOON;
        this.#balloon.push(frame);
        into[given++] = frame;
      } else if (this.#shrink(CLUSTER) === 0) {
        break;
      }
    }
    return given;
  }

  deflate(count: number, into: Uint32Array): number {
    const returned = Math.min(count, this.#balloon.length);
    for (let i = 0; i < returned; i++) {
      into[i] = this.#balloon.pop()!;
      this.#freeFrame(into[i]!);
    }
    return returned;
  }

  get free(): number {
    return this.buddy.free;
  }

  get cached(): number {
    return this.#cached;
  }

  get swapped(): number {
    return this.#swap.used;
  }

  get available(): number {
    return availablePages(this.buddy.free, this.#cached, this.marks);
  }

  /** Recounts: each frame has one use, page tables, lists and cache agree. @throws Error with the numbers */
  verify(): void {
    const seen = new Uint8Array(this.#use.length);
    this.spaces.forEach((space, process) => {
      space.frames.forEach((frame, page) => {
        if (frame === 0) return;
        if (space.table.gfnOf(space.gvpnOf(page)) !== frame)
          throw new Error(`page ${page} is mapped elsewhere`);
        const anonymous = space.fromFile[page] === 0;
        if (this.#use[frame] !== (anonymous ? USE_ANON : USE_FILE))
          throw new Error(`frame ${frame} is in other use`);
        if (anonymous && (this.#owner[frame] !== process || this.#page[frame] !== page || seen[frame]! > 0))
          throw new Error(`frame ${frame} has two owners`);
        seen[frame] = 1;
      });
    });
    this.#use.forEach((use, frame) => {
      if (frame > 0 && (use === USE_NONE) !== this.buddy.isFree(frame))
        throw new Error(`frame ${frame}: use ${use}`);
      const listed = this.#lists.listOf(frame) >= 0;
      if (listed !== (use === USE_ANON || use === USE_FILE))
        throw new Error(`frame ${frame} is on the wrong list`);
      if (use === USE_ANON && seen[frame] !== 1)
        throw new Error(`anonymous frame ${frame} belongs to nobody`);
    });
    const inSwap = this.spaces.reduce((sum, { slots }) => sum + slots.filter((slot) => slot > 0).length, 0);
    if (inSwap !== this.#swap.used)
      throw new Error(`${inSwap} pages paged out, ${this.#swap.used} slots used`);
  }

  #readFile(file: number, page: number, frame: number): void {
    const again = this.#evicted[file]![page] === 1;
    this.#addToCache(file, page, frame, again ? ACTIVE_FILE : INACTIVE_FILE);
    this.#waitNs += this.#hardware.diskReadNs();
    this.#filled = 'data';
    this.counters.fileReads++;
    if (!again) return;
    this.counters.fileRefaults++;
    this.#balance.refault();
    this.#balance.note('file', this.#listed());
  }

  #addToCache(file: number, page: number, frame: number, list: number): void {
    this.#use[frame] = USE_FILE;
    this.#owner[frame] = file;
    this.#page[frame] = page;
    this.#cache[file]![page] = frame;
    this.#lists.put(frame, list);
    this.#cached++;
  }

  #fillAnonymous(space: AddressSpace, page: number, frame: number): void {
    this.#use[frame] = USE_ANON;
    this.#owner[frame] = this.spaces.indexOf(space);
    this.#page[frame] = page;
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
    this.#waitNs += this.#hardware.swapReadNs();
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
    let freed = 0;
    for (let tries = 0; freed === 0 && tries < RETRIES; tries++) freed = this.#shrink(CLUSTER);
    this.#waitNs += (this.counters.swapOuts - outsBefore) * this.#hardware.swapOutNs;
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
   * A table page may go below the watermark: it is what lets a process go on (GFP_KERNEL with PF_MEMALLOC's
   * reserve).
   */
  #takeTable(): number {
    const frame = this.buddy.take();
    if (frame < 0) return -1;
    this.#use[frame] = USE_TABLE;
    this.counters.tableFrames++;
    return frame;
  }

  #freeFrame(frame: number): void {
    this.#lists.remove(frame);
    this.#use[frame] = USE_NONE;
    this.#accessed[frame] = 0;
    this.#referenced[frame] = 0;
    this.#executable[frame] = 0;
    this.buddy.give(frame);
  }

  /**
   * Frees about `goal` frames (mm/vmscan.c, shrink_lruvec): looks at ever larger parts of the lists until
   * enough is free.
   * @returns how many it freed, 0 when there is nothing left
   */
  #shrink(goal: number): number {
    let freed = 0;
    const mayTrim = this.#balance.takeTrim();
    for (let priority = PRIORITY; priority >= 0 && freed < goal; priority--) {
      this.#deactivate(ACTIVE_FILE, INACTIVE_FILE);
      if (this.#swap.free > 0) this.#deactivate(ACTIVE_ANON, INACTIVE_ANON);
      const trim = mayTrim && this.#part(INACTIVE_FILE, priority, 1) > 0;
      const last = priority === 0;
      const anonPart = trim || this.#swap.free === 0 ? 0 : last ? 1 : this.#balance.anonPart;
      const file = this.#part(INACTIVE_FILE, priority, last ? 1 : 1 - anonPart);
      const anon = this.#part(INACTIVE_ANON, priority, anonPart);
      freed += this.#shrinkList(INACTIVE_FILE, file, goal - freed);
      freed += this.#shrinkList(INACTIVE_ANON, anon, goal - freed);
    }
    return freed;
  }

  #part(list: number, priority: number, part: number): number {
    return Math.floor((this.#lists.length[list]! / 2 ** priority) * part);
  }

  /** Inactive lists are kept at least as long as the active ones (inactive_is_low below 1 GiB: ratio 1). */
  #deactivate(active: number, inactive: number): void {
    const { length } = this.#lists;
    for (let i = 0; i < CLUSTER && length[active]! > length[inactive]!; i++) {
      const frame = this.#lists.oldest(active);
      this.#accessed[frame] = 0;
      this.#lists.put(frame, inactive);
    }
  }

  #shrinkList(list: number, most: number, goal: number): number {
    let freed = 0;
    for (let scanned = 0; scanned < most && freed < goal; scanned++) {
      const frame = this.#lists.oldest(list);
      if (frame < 0) break;
      this.counters.scanned++;
      if (this.#secondChance(frame, list)) continue;
      const gone = list === INACTIVE_ANON ? this.#pageOut(frame) : this.#drop(frame);
      if (gone) freed++;
      else this.#lists.put(frame, list);
    }
    return freed;
  }

  /**
   * page_check_references: touched anonymous pages and program code become active at once; other file pages at the
   * second time, and stay before.
   */
  #secondChance(frame: number, list: number): boolean {
    if (this.#accessed[frame] === 0) return false;
    this.#accessed[frame] = 0;
    const activate = list === INACTIVE_ANON || this.#executable[frame] === 1 || this.#referenced[frame] === 1;
    this.#referenced[frame] = activate ? 0 : 1;
    this.#lists.put(frame, activate ? list + 1 : list);
    return true;
  }

  #listed(): number {
    return this.#lists.length.reduce((sum, length) => sum + length, 0);
  }

  #pageOut(frame: number): boolean {
    const slot = this.#swap.take();
    if (slot < 0) return false;
    if (this.#hardware.readOut(frame, this.#nowNs) < 0) {
      this.#swap.give(slot);
      return false;
    }
    const space = this.spaces[this.#owner[frame]!]!;
    const page = this.#page[frame]!;
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
    const file = this.#owner[frame]!;
    const page = this.#page[frame]!;
    for (const space of this.spaces) {
      if (space.file !== file || space.frames[page] !== frame) continue;
      space.frames[page] = 0;
      space.table.unmap(space.gvpnOf(page));
      this.#hardware.unmapped(space, page);
    }
    this.#cache[file]![page] = 0;
    this.#evicted[file]![page] = 1;
    this.#cached--;
    this.#freeFrame(frame);
    this.counters.cacheDrops++;
    return true;
  }
}
