// hot
import type { Pmap } from '../pmap/pmap.ts';
import { BIT_LARGE } from '../pmap/pmap.ts';
import { LARGE_PAGE_PAGES } from '../units/page.ts';
import type { HostStep } from './explained-walk.ts';
import { entryAt } from './explained-walk.ts';
import type { TableOwner } from './page-table-arena.ts';
import {
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  PageTableArena,
  TABLE_ENTRIES,
  TABLE_LEVELS,
} from './page-table-arena.ts';

const NONE = 0xffffffff;

/** Shadow entries of one VM by the guest page behind them: heads of chains of positions. */
interface Chains {
  readonly small: Uint32Array;
  /** By region of 512 pages. */
  readonly large: Uint32Array;
}

/**
 * The hypervisor's own tables gvpn → mfn, one set per guest process, of the shape that the hardware walks.
 * A cache of the guest's tables and the pmap together: any entry may be missing, none may be wrong. Every
 * entry is chained by the guest page behind it, so that a change of that page's backing finds all of them.
 */
export class ShadowTables {
  readonly arena = new PageTableArena();
  /** By position: guest frame behind the entry (of a large one the first). */
  #gfns = new Uint32Array(0);
  #next = new Uint32Array(0);
  #previous = new Uint32Array(0);
  /** By tag. */
  readonly #owners: (TableOwner | undefined)[] = [];
  readonly #roots: number[] = [];
  readonly #memories: Pmap[] = [];
  /** By VM. */
  readonly #chains: (Chains | undefined)[] = [];

  /** Makes an empty shadow for a process. */
  add(tag: number, pmap: Pmap): void {
    // The hypervisor's own pages are outside the machine frames that guests compete for.
    const owner: TableOwner = {
      tag,
      takeTable: () => 0,
      giveTable: () => undefined,
      changes: () => undefined,
    };
    this.#owners[tag] = owner;
    this.#roots[tag] = this.arena.makeRoot(owner);
    this.#memories[tag] = pmap;
    this.#chains[pmap.id] ??= {
      small: new Uint32Array(pmap.size).fill(NONE),
      large: new Uint32Array(Math.ceil(pmap.size / LARGE_PAGE_PAGES)).fill(NONE),
    };
  }

  /** Frees a process's shadow. @returns entries dropped */
  remove(tag: number): number {
    const positions: number[] = [];
    this.#collect(this.#roots[tag]!, positions);
    for (const position of positions) this.#unlink(tag, position);
    this.arena.freeAll(this.#owners[tag]!, this.#roots[tag]!);
    this.#owners[tag] = undefined;
    return positions.length;
  }

  /** The hardware's walk: position of the leaf that covers a page, or -1. `references` tells what it read. */
  find(tag: number, page: number): number {
    const { arena } = this;
    let table = this.#roots[tag]!;
    this.references = 0;
    for (let level = TABLE_LEVELS - 1; ; level--) {
      const position = table * TABLE_ENTRIES + arena.slot(page, level);
      const flags = arena.flags[position]!;
      this.references++;
      if ((flags & PTE_PRESENT) === 0) return -1;
      if (level === 0 || (flags & PTE_LARGE) !== 0) return position;
      table = arena.payloads[position]!;
    }
  }

  /** Entries that the last `find` read. */
  references = 0;

  /** What the hardware would read for a page, root first, as far as it gets. */
  explain(tag: number, page: number): readonly HostStep[] {
    const { arena } = this;
    const steps: HostStep[] = [];
    let table = this.#roots[tag]!;
    for (let level = TABLE_LEVELS - 1; ; level--) {
      const position = table * TABLE_ENTRIES + arena.slot(page, level);
      const entry = entryAt(arena, position, level);
      const isLeaf = entry === 'page' || entry === 'large page';
      steps.push({
        level: level + 1,
        index: arena.slot(page, level),
        entry,
        leadsTo: isLeaf ? arena.payloads[position]! : -1,
        writable: isLeaf && (arena.flags[position]! & PTE_WRITABLE) !== 0,
      });
      if (entry !== 'table') return steps;
      table = arena.payloads[position]!;
    }
  }

  /** Guest frame behind a leaf (of a large one the first). */
  gfnAt(position: number): number {
    return this.#gfns[position]!;
  }

  /** Puts an entry in, over an older one of the same page. @param large one entry for the 512 pages around it */
  fill(tag: number, page: number, gfn: number, mfn: number, writable: boolean, large: boolean): void {
    const owner = this.#owners[tag]!;
    const inside = large ? page & 511 : 0;
    const position = this.arena.reach(owner, this.#roots[tag]!, page - inside, large ? 1 : 0);
    this.#follow();
    if ((this.arena.flags[position]! & PTE_PRESENT) !== 0) this.#unlink(tag, position);
    const flags = PTE_PRESENT | (writable ? PTE_WRITABLE : 0) | (large ? PTE_LARGE : 0);
    this.arena.write(owner, position, mfn - inside, flags);
    this.#gfns[position] = gfn - inside;
    const heads = this.#headsOf(this.#memories[tag]!, large);
    const slot = large ? (gfn - inside) / LARGE_PAGE_PAGES : gfn;
    const head = heads[slot]!;
    this.#next[position] = head;
    this.#previous[position] = NONE;
    if (head !== NONE) this.#previous[head] = position;
    heads[slot] = position;
  }

  /** Drops the entry over a page of a process. @returns 1 if there was one, else 0 */
  drop(tag: number, page: number): number {
    const position = this.find(tag, page);
    if (position < 0) return 0;
    this.#empty(tag, position);
    return 1;
  }

  /** Drops everything that leads to a guest page, of any process. @returns how many */
  dropBehind(pmap: Pmap, gfn: number): number {
    const chains = this.#chains[pmap.id];
    if (chains === undefined) return 0;
    let dropped = 0;
    for (let at = chains.small[gfn]!; at !== NONE; at = chains.small[gfn]!, dropped++) this.#emptyAt(at);
    const region = gfn >>> 9;
    for (let at = chains.large[region]!; at !== NONE; at = chains.large[region]!, dropped++)
      this.#emptyAt(at);
    return dropped;
  }

  /** Calls back for every entry. For checks. */
  forEach(visit: (tag: number, page: number, gfn: number, mfn: number, flags: number) => void): void {
    this.#owners.forEach((owner, tag) => {
      if (owner === undefined) return;
      const positions: number[] = [];
      this.#collect(this.#roots[tag]!, positions);
      for (const at of positions)
        visit(tag, this.arena.pageAt(at), this.#gfns[at]!, this.arena.payloads[at]!, this.arena.flags[at]!);
    });
  }

  /** Entries in the chains of all VMs, by walking them. For checks. */
  countChained(): number {
    let count = 0;
    for (const chains of this.#chains) {
      for (const heads of chains === undefined ? [] : [chains.small, chains.large])
        for (const head of heads) for (let at = head; at !== NONE; at = this.#next[at]!) count++;
    }
    return count;
  }

  #emptyAt(position: number): void {
    this.#empty(this.arena.tags[position >>> 9]!, position);
  }

  #empty(tag: number, position: number): void {
    this.#unlink(tag, position);
    this.arena.empty(this.#owners[tag]!, position);
  }

  #unlink(tag: number, position: number): void {
    const next = this.#next[position]!;
    const previous = this.#previous[position]!;
    const large = (this.arena.flags[position]! & PTE_LARGE) !== 0;
    const gfn = this.#gfns[position]!;
    const heads = this.#headsOf(this.#memories[tag]!, large);
    if (previous === NONE) heads[large ? gfn / LARGE_PAGE_PAGES : gfn] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
  }

  #headsOf(pmap: Pmap, large: boolean): Uint32Array {
    const chains = this.#chains[pmap.id]!;
    return large ? chains.large : chains.small;
  }

  #collect(table: number, positions: number[]): void {
    const { arena } = this;
    for (let at = table * TABLE_ENTRIES; at < (table + 1) * TABLE_ENTRIES; at++) {
      const flags = arena.flags[at]!;
      if ((flags & PTE_PRESENT) === 0) continue;
      if (arena.levels[table] === 0 || (flags & PTE_LARGE) !== 0) positions.push(at);
      else this.#collect(arena.payloads[at]!, positions);
    }
  }

  /** Grows the arrays by position along with the arena. */
  #follow(): void {
    const entries = this.arena.payloads.length;
    if (this.#gfns.length === entries) return;
    const grow = (from: Uint32Array): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(entries);
      to.set(from);
      return to;
    };
    this.#gfns = grow(this.#gfns);
    this.#next = grow(this.#next);
    this.#previous = grow(this.#previous);
  }
}

/** True where host and guest map the page by 2 MiB each, so that one shadow entry can cover 512 pages. */
export function bothLarge(pmap: Pmap, gfn: number, guestFlags: number): boolean {
  return (guestFlags & PTE_LARGE) !== 0 && (pmap.bits[gfn]! & BIT_LARGE) !== 0;
}
