// hot
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BIT_ACCESSED, BIT_DIRTY, BIT_LARGE, BIT_UNWRITTEN } from '../pmap/pmap.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Nanoseconds, VmId } from '../units/page.ts';
import { toNs } from '../units/page.ts';
import type { ExplainedPage, HostStep } from './explained-walk.ts';
import { explainNested } from './explained-walk.ts';
import type { GuestPageTable } from './guest-page-table.ts';
import { touchHost } from './host-touch.ts';
import {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  TABLE_ENTRIES,
  TABLE_LEVELS,
} from './page-table-arena.ts';
import type { TlbSize } from './tlb.ts';
import { TLB_SEEN, TLB_WRITE, TlbArray } from './tlb.ts';
import type { TranslationStats } from './translation.ts';
import { GUEST_FAULT } from './translation.ts';
import type { WalkResult, Walker } from './walker.ts';

/** A walk begins again after each host fault; one that still faults after so many waits for better times. */
export const WALK_TRIES = 64;
/** The host's tables below a small and a large mapping. */
const HOST_LEVELS = 4;
const HOST_LEVELS_LARGE = 3;

/** Told when the hardware or the hypervisor has changed the contents of a guest's table page. */
export type TableWritten = (vm: VmId, gfn: Gfn) => void;

/** Caches that shorten a two-dimensional walk (Bhargava et al., ASPLOS 2008, §4); they change counts only. */
export interface WalkCacheSizes {
  /** Guest page directories: a hit leaves the guest's last level to read. */
  readonly directories: TlbSize;
  /** Nested translations of table pages and pages: a hit saves a walk of the host's tables. */
  readonly nested: TlbSize;
}

/** Chosen, of the order of such caches in processors of that paper's time; the paper's own sizes are not at hand. */
export const DEFAULT_WALK_CACHES: WalkCacheSizes = {
  directories: { entries: 32, ways: 4 },
  nested: { entries: 16, ways: 4 },
};

/**
 * Two-dimensional walk: the hardware reads the guest's tables, and to find each of them in machine memory it
 * walks the host's. References of a walk with m guest and n host levels: (m + 1)(n + 1) − 1
 * (Bhargava et al., ASPLOS 2008): 24 for 4 KiB both, 19 where one of them is 2 MiB, 15 for 2 MiB both.
 * Counted reference by reference, so that tables under host mappings of different size come out right.
 */
export class NestedWalker implements Walker {
  readonly tables = 0;
  readonly paging = 'nested';
  readonly result: WalkResult = { gfn: 0, mfn: 0, large: false, meta: 0 };
  readonly #written: TableWritten | undefined;
  readonly #directories: TlbArray | undefined;
  readonly #nested: TlbArray | undefined;
  #host!: HostMemory;
  #time: Nanoseconds = toNs(0);
  /** Page that this walk's own host fault brought in, or -1. */
  #brought = -1;

  constructor(written: TableWritten | undefined, caches: WalkCacheSizes | undefined) {
    this.#written = written;
    if (caches !== undefined) {
      this.#directories = new TlbArray(caches.directories);
      this.#nested = new TlbArray(caches.nested);
    }
  }

  bind(memory: HostMemory): void {
    this.#host = memory;
  }

  attach(): void {
    // The tables are the guest's own: nothing to prepare.
  }

  detach(table: GuestPageTable): number {
    return this.#directories?.dropTag(table.tag) ?? 0;
  }

  walk(
    table: GuestPageTable,
    pmap: Pmap,
    page: number,
    write: boolean,
    at: Nanoseconds,
    stats: TranslationStats,
  ): Nanoseconds {
    this.#time = at;
    this.#brought = -1;
    for (let tries = 0; tries < WALK_TRIES; tries++) {
      const faults = stats.nestedFaults;
      const landed = this.#pass(table, pmap, page, write, stats);
      if (stats.nestedFaults === faults) return landed ? this.#time : GUEST_FAULT;
      stats.exits++;
      if (this.#time === BLOCKED) return BLOCKED;
    }
    return BLOCKED;
  }

  /**
   * One walk of the hardware. Stops at the first host fault, which it leaves served.
   * @returns false also for the guest's own fault
   */
  #pass(table: GuestPageTable, pmap: Pmap, page: number, write: boolean, stats: TranslationStats): boolean {
    const { arena } = table;
    const faults = stats.nestedFaults;
    const directory = page < 0x80000000 ? page >>> 9 : Math.floor(page / TABLE_ENTRIES);
    const shortcut = this.#directories !== undefined && this.#directories.lookup(table.tag, directory) >= 0;
    let at = table.root;
    for (let level = TABLE_LEVELS - 1; ; level--) {
      const position = at * TABLE_ENTRIES + arena.slot(page, level);
      const flags = arena.flags[position]!;
      const leaf = level === 0 || (flags & PTE_LARGE) !== 0;
      const wanted = leaf && write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;
      const allowed = (flags & PTE_PRESENT) !== 0 && (!leaf || !write || (flags & PTE_WRITABLE) !== 0);
      if (leaf || !shortcut) {
        const sets = allowed && (flags & wanted) !== wanted;
        const frame = arena.frames[at]!;
        this.#time = touchHost(this.#host, pmap, frame, sets, this.#time, stats);
        if (stats.nestedFaults !== faults) return false;
        stats.references += this.#hostReferences(pmap, frame) + 1;
        if (sets) {
          arena.flags[position] = flags | wanted;
          this.#written?.(table.vm, frame as Gfn);
        }
      }
      if (!allowed) {
        stats.trueFaults++;
        return false;
      }
      if (leaf) {
        if (level === 0 && !shortcut)
          this.#directories?.insert(table.tag, directory, pmap.hostPage(arena.frames[at]!), 0, 0, 0);
        return this.#end(pmap, page, write, position, table, stats);
      }
      at = arena.payloads[position]!;
    }
  }

  /** The guest's side is done: `position` is the leaf. */
  #end(
    pmap: Pmap,
    page: number,
    write: boolean,
    position: number,
    table: GuestPageTable,
    stats: TranslationStats,
  ): boolean {
    const { arena } = table;
    const guestFlags = arena.flags[position]!;
    const guestLarge = (guestFlags & PTE_LARGE) !== 0;
    const gfn = guestLarge ? arena.payloads[position]! + (page & 511) : arena.payloads[position]!;
    // An access that faulted leaves the accessed bit clear, as it does without translation.
    if (gfn !== this.#brought) {
      const faults = stats.nestedFaults;
      this.#time = touchHost(this.#host, pmap, gfn, write, this.#time, stats);
      if (stats.nestedFaults !== faults) {
        this.#brought = gfn;
        return false;
      }
    }
    stats.references += this.#hostReferences(pmap, gfn);
    stats.walks++;
    describe(this.result, pmap, gfn, guestFlags);
    return true;
  }

  #hostReferences(pmap: Pmap, page: number): number {
    const levels = (pmap.bits[page]! & BIT_LARGE) !== 0 ? HOST_LEVELS_LARGE : HOST_LEVELS;
    if (this.#nested === undefined) return levels;
    const behind = pmap.hostPage(page);
    if (this.#nested.lookup(0, behind) >= 0) return 0;
    this.#nested.insert(0, behind, behind, 0, 0, 0);
    return levels;
  }

  changes(table: GuestPageTable, position: number): void {
    if (this.#directories === undefined) return;
    const { arena } = table;
    if (arena.levels[position >>> 9] === 1)
      this.#directories.dropPage(table.tag, Math.floor(arena.pageAt(position) / TABLE_ENTRIES));
  }

  switched(): void {
    // No exit: the hardware loads the root by itself.
  }

  flushed(): void {
    // No exit. The walk caches only count, so what a flush drops of them is not modelled.
  }

  invalidate(pmap: Pmap, page: number): number {
    this.#nested?.dropBehind(pmap.hostPage(page));
    return 0;
  }

  explain(_table: GuestPageTable, _page: number, backing: ExplainedPage | undefined): readonly HostStep[] {
    return backing === undefined ? [] : explainNested(backing);
  }

  verify(): void {
    // Keeps no translations itself.
  }
}

/** Says what a TLB may keep of a page that was just reached. */
export function describe(result: WalkResult, pmap: Pmap, gfn: number, guestFlags: number): void {
  const bits = pmap.bits[gfn]!;
  const alone = pmap.kind(gfn) === KIND_MAPPED;
  const large = (guestFlags & PTE_LARGE) !== 0 && (bits & BIT_LARGE) !== 0;
  const guestWrites = (guestFlags & (PTE_WRITABLE | PTE_DIRTY)) === (PTE_WRITABLE | PTE_DIRTY);
  result.gfn = gfn;
  result.mfn = pmap.payload(gfn);
  result.large = large;
  // Of a large entry the host's bits are kept page by page at each hit, so it need not wait for them.
  // A sampled page's first write must be seen, though the page has been dirty for long.
  const written = (bits & (BIT_DIRTY | BIT_UNWRITTEN)) === BIT_DIRTY;
  result.meta =
    (guestWrites && alone && (large || written) ? TLB_WRITE : 0) |
    ((bits & BIT_ACCESSED) !== 0 ? TLB_SEEN : 0);
}
