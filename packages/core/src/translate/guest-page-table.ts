// hot
import type { Gfn, Gvpn, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGfn } from '../units/page.ts';
import type { TableOwner } from './page-table-arena.ts';
import {
  GVPN_LIMIT,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  PageTableArena,
  TABLE_ENTRIES,
} from './page-table-arena.ts';

/** Where a guest kernel gets the frames of its table pages: its own allocator. */
export interface TableFrames {
  /** A zeroed guest frame, or -1 when the guest has none. */
  take(): number;
  give(frame: Gfn): void;
}

/** What translation hears of the tables of an attached process. */
export interface PageTableWatcher {
  /** Entry `position` is about to change. */
  changes(table: GuestPageTable, position: number): void;
  /** A table page was freed: its frame is the guest's to use for anything. */
  freed(table: GuestPageTable, frame: number): void;
}

/**
 * The page tables of one guest process: x86-64, four levels, 4 KiB and 2 MiB leaves. Every table page occupies
 * a guest frame, so a hypervisor can move it, share it, swap it, and trace writes to it. Accessed and dirty
 * bits are set by walks (translation does that); everything else is the guest kernel's doing. An entry that is
 * not present may carry a number of the kernel's own (a swap slot), as on real hardware.
 *
 * ```ts
 * const table = new GuestPageTable(vmId(0), { take: () => guest.allocate(), give: (frame) => guest.free(frame) });
 * table.map(gvpn(0x400), gfn(17), true);   // false when the guest has no frame for a table
 * table.gfnOf(gvpn(0x400));                // 17
 * table.unmap(gvpn(0x400));                // 17; the tables that became empty went back to the guest
 * ```
 */
export class GuestPageTable implements TableOwner {
  readonly vm: VmId;
  readonly arena: PageTableArena;
  /** Number of the root table in the arena. */
  readonly root: number;
  /** Number of this address space in the translation that it is attached to; 0 before. */
  tag = 0;
  watcher: PageTableWatcher | undefined;
  readonly #frames: TableFrames;
  #tables = 0;
  #small = 0;
  #large = 0;

  /**
   * @param arena shared by the processes of a VM, or one of its own
   * @throws Error when the guest has no frame for the root
   */
  constructor(vm: VmId, frames: TableFrames, arena: PageTableArena = new PageTableArena()) {
    this.vm = vm;
    this.arena = arena;
    this.#frames = frames;
    this.root = arena.makeRoot(this);
    if (this.root < 0) throw new Error(`VM ${vm} has no frame for the root of a page table`);
  }

  /** Table pages, the root included. */
  get tables(): number {
    return this.#tables;
  }

  /** Present 4 KiB leaves. */
  get smallLeaves(): number {
    return this.#small;
  }

  /** Present 2 MiB leaves. */
  get largeLeaves(): number {
    return this.#large;
  }

  /** Guest frame of the root: what the process's CR3 holds. */
  get rootGfn(): Gfn {
    return toGfn(this.arena.frames[this.root]!);
  }

  /** Maps one page, whatever its entry held; accessed and dirty begin clear. @returns false without a table frame */
  map(page: Gvpn, frame: Gfn, writable: boolean): boolean {
    return this.#mapAt(page, frame, writable, 0);
  }

  /**
   * Maps 512 pages by one leaf. @param page first of them @param frame first of 512 frames; both multiples of
   * 512 @throws Error where small pages stand in the way, or on a crooked number
   */
  mapLarge(page: Gvpn, frame: Gfn, writable: boolean): boolean {
    if (page % LARGE_PAGE_PAGES !== 0 || frame % LARGE_PAGE_PAGES !== 0)
      throw new Error(`a 2 MiB leaf maps page ${page} to frame ${frame}: both must be multiples of 512`);
    return this.#mapAt(page, frame, writable, 1);
  }

  #mapAt(page: Gvpn, frame: Gfn, writable: boolean, level: 0 | 1): boolean {
    const at = this.arena.reach(this, this.root, checked(page), level);
    if (at < 0) return false;
    const was = this.arena.flags[at]!;
    if (level === 1 && (was & (PTE_PRESENT | PTE_LARGE)) === PTE_PRESENT)
      throw new Error(`page ${page} has small pages under it: unmap them before mapping a 2 MiB leaf`);
    const size = level === 1 ? PTE_LARGE : 0;
    this.arena.write(this, at, frame, PTE_PRESENT | size | (writable ? PTE_WRITABLE : 0));
    if ((was & PTE_PRESENT) === 0) {
      if (level === 1) this.#large++;
      else this.#small++;
    }
    return true;
  }

  /**
   * Takes a page's mapping away (the whole 2 MiB leaf where one covers it) and frees tables that became empty.
   * @returns the frame it was mapped to (of a large leaf the first one), or -1
   */
  unmap(page: Gvpn): number {
    const at = this.entry(page);
    if (at < 0) return -1;
    const frame = this.arena.payloads[at]!;
    if ((this.arena.flags[at]! & PTE_LARGE) !== 0) this.#large--;
    else this.#small--;
    this.arena.empty(this, at);
    return frame;
  }

  /** Allows or forbids writes. @returns false where nothing is mapped */
  protect(page: Gvpn, writable: boolean): boolean {
    const at = this.entry(page);
    if (at < 0) return false;
    const was = this.arena.flags[at]!;
    const flags = writable ? was | PTE_WRITABLE : was & ~PTE_WRITABLE;
    if (flags !== was) this.arena.write(this, at, this.arena.payloads[at]!, flags);
    return true;
  }

  /** Position of the present leaf over a page, or -1. Read it with `arena.payloads` and `arena.flags`, at once. */
  entry(page: Gvpn): number {
    const at = this.arena.find(this.root, checked(page));
    return at >= 0 && (this.arena.flags[at]! & PTE_PRESENT) !== 0 ? at : -1;
  }

  /** Guest frame behind a page, inside a large leaf too, or -1. */
  gfnOf(page: Gvpn): number {
    const at = this.entry(page);
    if (at < 0) return -1;
    const frame = this.arena.payloads[at]!;
    return (this.arena.flags[at]! & PTE_LARGE) !== 0 ? frame + (page & 511) : frame;
  }

  /** PTE_ bits of the leaf over a page; 0 where nothing is mapped. */
  flagsOf(page: Gvpn): number {
    const at = this.entry(page);
    return at < 0 ? 0 : this.arena.flags[at]!;
  }

  /** Reads and clears the accessed bit, as a kernel does that ages its pages. */
  testAndClearAccessed(page: Gvpn): boolean {
    return this.#testAndClear(page, PTE_ACCESSED);
  }

  /** Reads and clears the dirty bit. */
  testAndClearDirty(page: Gvpn): boolean {
    return this.#testAndClear(page, PTE_DIRTY);
  }

  #testAndClear(page: Gvpn, bit: number): boolean {
    const at = this.entry(page);
    if (at < 0 || (this.arena.flags[at]! & bit) === 0) return false;
    this.arena.write(this, at, this.arena.payloads[at]!, this.arena.flags[at]! & ~bit);
    return true;
  }

  /**
   * Keeps a number of the kernel's own (1 .. 2^32-1, a swap slot) in the 4 KiB entry of a page that is not
   * mapped any more: unmaps it first if need be. 0 forgets the number. @returns false without a table frame
   */
  setSoftware(page: Gvpn, value: number): boolean {
    if (this.entry(page) >= 0) {
      const at = this.entry(page);
      if ((this.arena.flags[at]! & PTE_LARGE) !== 0)
        throw new Error(`page ${page} lies under a 2 MiB leaf: split it first`);
      this.#small--;
      if (value === 0) this.arena.empty(this, at);
      else this.arena.write(this, at, value, 0);
      return true;
    }
    if (value === 0) {
      const at = this.arena.find(this.root, checked(page));
      if (at >= 0 && this.arena.payloads[at] !== 0) this.arena.empty(this, at);
      return true;
    }
    const at = this.arena.reach(this, this.root, checked(page), 0);
    if (at < 0) return false;
    this.arena.write(this, at, value, 0);
    return true;
  }

  /** The kernel's own number in a page's entry, or 0. */
  software(page: Gvpn): number {
    const at = this.arena.find(this.root, checked(page));
    return at >= 0 && (this.arena.flags[at]! & PTE_PRESENT) === 0 ? this.arena.payloads[at]! : 0;
  }

  /**
   * A 2 MiB leaf becomes 512 small ones over the same frames with the same bits (a kernel about to page out a
   * part of it). @returns false where there is no large leaf, or no frame for the table
   */
  splitLarge(page: Gvpn): boolean {
    const { arena } = this;
    const at = this.entry(page);
    if (at < 0 || (arena.flags[at]! & PTE_LARGE) === 0) return false;
    if (!arena.split(this, at)) return false;
    this.#large--;
    this.#small += TABLE_ENTRIES;
    return true;
  }

  /** Calls back for every present leaf, by ascending page. For checks: O(tables). */
  forEachLeaf(visit: (page: Gvpn, frame: Gfn, flags: number) => void): void {
    this.#visit(this.root, visit);
  }

  #visit(table: number, visit: (page: Gvpn, frame: Gfn, flags: number) => void): void {
    const { arena } = this;
    for (let at = table * TABLE_ENTRIES; at < (table + 1) * TABLE_ENTRIES; at++) {
      const flags = arena.flags[at]!;
      if ((flags & PTE_PRESENT) === 0) continue;
      if (arena.levels[table] === 0 || (flags & PTE_LARGE) !== 0)
        visit(arena.pageAt(at) as Gvpn, toGfn(arena.payloads[at]!), flags);
      else this.#visit(arena.payloads[at]!, visit);
    }
  }

  /** The process ends: all tables go back to the guest. @throws Error while a translation holds it: detach first */
  destroy(): void {
    if (this.tag !== 0) throw new Error(`process ${this.tag} of VM ${this.vm} is attached: detach it first`);
    this.arena.freeAll(this, this.root);
    this.#small = 0;
    this.#large = 0;
  }

  // What the arena asks of its owner.

  takeTable(): number {
    const frame = this.#frames.take();
    if (frame >= 0) this.#tables++;
    return frame;
  }

  giveTable(frame: number): void {
    this.#tables--;
    this.watcher?.freed(this, frame);
    this.#frames.give(toGfn(frame));
  }

  changes(position: number): void {
    this.watcher?.changes(this, position);
  }
}

function checked(page: Gvpn): Gvpn {
  if (page >= 0 && page < GVPN_LIMIT) return page;
  throw new Error(`page ${page} is outside the 48-bit address space of a process`);
}
