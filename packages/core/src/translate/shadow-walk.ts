// hot
import type { FailCheck } from '../contract/contract-promise.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Nanoseconds } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGvpn, toNs } from '../units/page.ts';
import type { HostStep } from './explained-walk.ts';
import type { GuestPageTable } from './guest-page-table.ts';
import { touchHost } from './host-touch.ts';
import type { TableWritten } from './nested-walk.ts';
import { WALK_TRIES, describe } from './nested-walk.ts';
import {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  TABLE_ENTRIES,
  TABLE_LEVELS,
} from './page-table-arena.ts';
import { ShadowTables, bothLarge } from './shadow-tables.ts';
import type { TranslationStats } from './translation.ts';
import { GUEST_FAULT } from './translation.ts';
import type { WalkResult, Walker } from './walker.ts';

/** Answers of a walk of the guest's tables that are no position. */
const TRUE_FAULT = -1;
const HOST_BLOCKED = -2;

/**
 * Shadow paging (Adams & Agesen, ASPLOS 2006, §2.4): the hardware walks the hypervisor's tables alone, four
 * references at most. What the shadow lacks is found out in an exit: either the guest's own tables do not allow
 * the access (a true fault, forwarded), or the shadow is filled (a hidden fault). Guest tables that went into
 * the shadow are write-protected (traced): every change to them is an exit, and so are switches and flushes.
 * A page is shadowed writable only once the guest's dirty bit is set, so that the first write is noticed.
 */
export class ShadowWalker implements Walker {
  readonly paging = 'shadow';
  readonly result: WalkResult = { gfn: 0, mfn: 0, large: false, meta: 0 };
  readonly #written: TableWritten | undefined;
  readonly #shadow = new ShadowTables();
  /** By tag. */
  readonly #tables: (GuestPageTable | undefined)[] = [];
  #host!: HostMemory;
  #time: Nanoseconds = toNs(0);
  /** Page that this walk's own host fault brought in, or -1. */
  #brought = -1;

  constructor(written: TableWritten | undefined) {
    this.#written = written;
  }

  get tables(): number {
    return this.#shadow.arena.count;
  }

  bind(memory: HostMemory): void {
    this.#host = memory;
  }

  attach(table: GuestPageTable): void {
    this.#tables[table.tag] = table;
    this.#shadow.add(table.tag, this.#host.pmaps[table.vm]!);
  }

  detach(table: GuestPageTable): number {
    this.#tables[table.tag] = undefined;
    return this.#shadow.remove(table.tag);
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
      if (this.#hardware(table, pmap, page, write, stats)) return this.#time;
      stats.exits++;
      const leaf = this.#guestLeaf(table, pmap, page, write, stats);
      if (leaf === TRUE_FAULT) {
        stats.trueFaults++;
        return GUEST_FAULT;
      }
      stats.hiddenFaults++;
      if (leaf === HOST_BLOCKED) return BLOCKED;
      this.#fill(table, pmap, page, leaf);
    }
    return BLOCKED;
  }

  /** The hardware's walk of the shadow. @returns false when it faults */
  #hardware(
    table: GuestPageTable,
    pmap: Pmap,
    page: number,
    write: boolean,
    stats: TranslationStats,
  ): boolean {
    const shadow = this.#shadow;
    const position = shadow.find(table.tag, page);
    stats.references += shadow.references;
    if (position < 0) return false;
    const flags = shadow.arena.flags[position]!;
    if (write && (flags & PTE_WRITABLE) === 0) return false;
    const inside = (flags & PTE_LARGE) !== 0 ? page & 511 : 0;
    const gfn = shadow.gfnAt(position) + inside;
    // An access that faulted leaves the accessed bit clear, as it does without translation.
    if (gfn !== this.#brought) this.#time = touchHost(this.#host, pmap, gfn, write, this.#time, stats);
    stats.walks++;
    // A shadow entry is writable only where the guest's is writable and dirty.
    const guestFlags = (flags & PTE_LARGE) | ((flags & PTE_WRITABLE) !== 0 ? PTE_WRITABLE | PTE_DIRTY : 0);
    describe(this.result, pmap, gfn, guestFlags);
    return true;
  }

  /**
   * The hypervisor reads the guest's tables for the access that faulted and sets accessed and dirty bits in the
   * hardware's place; begins again after each host fault on the way.
   * @returns position of the guest's leaf, TRUE_FAULT or HOST_BLOCKED
   */
  #guestLeaf(
    table: GuestPageTable,
    pmap: Pmap,
    page: number,
    write: boolean,
    stats: TranslationStats,
  ): number {
    const { arena } = table;
    let at = table.root;
    let level = TABLE_LEVELS - 1;
    for (let faultsLeft = WALK_TRIES; faultsLeft > 0;) {
      const faults = stats.nestedFaults;
      const position = at * TABLE_ENTRIES + arena.slot(page, level);
      const flags = arena.flags[position]!;
      const leaf = level === 0 || (flags & PTE_LARGE) !== 0;
      const wanted = leaf && write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;
      const allowed = (flags & PTE_PRESENT) !== 0 && (!leaf || !write || (flags & PTE_WRITABLE) !== 0);
      const sets = allowed && (flags & wanted) !== wanted;
      this.#time = touchHost(this.#host, pmap, arena.frames[at]!, sets, this.#time, stats);
      if (stats.nestedFaults === faults) {
        stats.softwareReferences++;
        if (!allowed) return TRUE_FAULT;
        if (sets) {
          arena.flags[position] = flags | wanted;
          this.#written?.(table.vm, arena.frames[at]! as Gfn);
        }
        if (!leaf) {
          at = arena.payloads[position]!;
          level--;
          continue;
        }
        this.#back(pmap, leafGfn(table, position, page), write, stats);
        if (stats.nestedFaults === faults) return position;
      }
      if (this.#time === BLOCKED) return HOST_BLOCKED;
      // The fault may have made the guest give up pages, tables among them: look again from the root.
      faultsLeft--;
      at = table.root;
      level = TABLE_LEVELS - 1;
    }
    return HOST_BLOCKED;
  }

  /** Sees that the page behind the access has a usable frame; its bits are the hardware's to set, later. */
  #back(pmap: Pmap, gfn: number, write: boolean, stats: TranslationStats): void {
    const kind = pmap.kind(gfn);
    if (kind === KIND_MAPPED || (kind === KIND_SHARED && !write)) return;
    this.#time = touchHost(this.#host, pmap, gfn, write, this.#time, stats);
    this.#brought = gfn;
  }

  #fill(table: GuestPageTable, pmap: Pmap, page: number, leaf: number): void {
    const { arena } = table;
    for (let at = leaf >>> 9; ; at = arena.parents[at]! >>> 9) {
      arena.traced[at] = 1;
      if (at === table.root) break;
    }
    const flags = arena.flags[leaf]!;
    const gfn = leafGfn(table, leaf, page);
    const writable =
      (flags & (PTE_WRITABLE | PTE_DIRTY)) === (PTE_WRITABLE | PTE_DIRTY) && pmap.kind(gfn) === KIND_MAPPED;
    const large = bothLarge(pmap, gfn, flags);
    this.#shadow.fill(table.tag, page, gfn, pmap.payload(gfn), writable, large);
  }

  changes(table: GuestPageTable, position: number, stats: TranslationStats): void {
    const { arena } = table;
    if (arena.traced[position >>> 9] === 0) return;
    stats.tracedWrites++;
    stats.exits++;
    const flags = arena.flags[position]!;
    if ((flags & PTE_PRESENT) === 0) return;
    const first = arena.pageAt(position);
    if (arena.levels[position >>> 9] === 0) this.#shadow.drop(table.tag, first);
    else if ((flags & PTE_LARGE) !== 0)
      for (let i = 0; i < LARGE_PAGE_PAGES; i++) this.#shadow.drop(table.tag, first + i);
  }

  switched(stats: TranslationStats): void {
    stats.switchExits++;
    stats.exits++;
  }

  flushed(_table: GuestPageTable, stats: TranslationStats): void {
    // Traces keep the shadow right at all times, so a flush is an exit that finds nothing to do.
    stats.flushExits++;
    stats.exits++;
  }

  invalidate(pmap: Pmap, page: number): number {
    return this.#shadow.dropBehind(pmap, page);
  }

  explain(table: GuestPageTable, page: number): readonly HostStep[] {
    return this.#shadow.explain(table.tag, page);
  }

  verify(fail: FailCheck): void {
    let entries = 0;
    this.#shadow.forEach((tag, page, gfn, mfn, flags) => {
      entries++;
      const table = this.#tables[tag]!;
      const pmap = this.#host.pmaps[table.vm]!;
      const kind = pmap.kind(gfn);
      const guest = table.flagsOf(toGvpn(page));
      const write = (flags & PTE_WRITABLE) !== 0;
      const right =
        table.gfnOf(toGvpn(page)) === gfn &&
        (kind === KIND_MAPPED || (kind === KIND_SHARED && !write)) &&
        pmap.payload(gfn) === mfn &&
        (!write || (guest & (PTE_WRITABLE | PTE_DIRTY)) === (PTE_WRITABLE | PTE_DIRTY)) &&
        ((flags & PTE_LARGE) === 0 || bothLarge(pmap, gfn, guest));
      if (!right)
        fail('no shadow entry is stale', `page ${page} of process ${tag}: guest page ${gfn}, frame ${mfn}`);
    });
    const chained = this.#shadow.countChained();
    if (chained !== entries)
      fail('every shadow entry is found by its guest page', `${entries} entries, ${chained} chained`);
  }
}

/** Guest frame behind a page, from the position of its leaf. */
function leafGfn(table: GuestPageTable, position: number, page: number): number {
  const frame = table.arena.payloads[position]!;
  return (table.arena.flags[position]! & PTE_LARGE) !== 0 ? frame + (page & 511) : frame;
}
