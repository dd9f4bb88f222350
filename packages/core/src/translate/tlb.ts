// hot
import type { Pmap } from '../pmap/pmap.ts';
import type { HostPage } from '../units/page.ts';

/** Entries and ways of one TLB array; sets = entries / ways must be a power of two. */
export interface TlbSize {
  readonly entries: number;
  readonly ways: number;
}

/**
 * Second-level TLB for 4 KiB pages: 1536 entries, 12 ways (Intel 64 and IA-32 Architectures Optimization
 * Reference Manual, TLB parameters of the Skylake client core; there 2 MiB pages share it).
 */
export const DEFAULT_SMALL_TLB: TlbSize = { entries: 1536, ways: 12 };
/**
 * 2 MiB entries: 32, 4 ways, that core's first-level data TLB. Chosen: the shared second level is given to
 * 4 KiB pages whole, so large pages have here what is theirs alone, and reach less than on silicon.
 */
export const DEFAULT_LARGE_TLB: TlbSize = { entries: 32, ways: 4 };

/** Writes may go on without a walk. */
export const TLB_WRITE = 1;
/** The page's accessed bit in the pmap is set: a hit need not set it. */
export const TLB_SEEN = 2;

const EMPTY = 0xffffffff;
/** Page numbers below it: 48 bits of address. */
const PAGES = 2 ** 36;
/** Address spaces that a key has room for: tag × PAGES + page is exact below 2^53. */
export const TAG_LIMIT = 2 ** 17;
const NO_KEY = -1;

/**
 * Cached translations of one page size: set-associative, least recently used out, tagged by address space, so
 * that nothing is flushed on a switch. Entries are also chained by the guest page behind them, so that the
 * hypervisor can drop all translations of a guest page exactly and without a search: hits pay nothing for
 * that. `lookup` → entry, then read `gfns`, `mfns` and `metas` at that entry.
 */
export class TlbArray {
  readonly entries: number;
  readonly ways: number;
  /** By entry: guest frame within its VM (of a large page the first). */
  readonly gfns: Uint32Array;
  /** By entry: machine frame (of a large page the first). */
  readonly mfns: Uint32Array;
  /** By entry: TLB_ bits. */
  readonly metas: Uint8Array;
  /** Entries in use. */
  count = 0;
  readonly #setMask: number;
  /** By entry: tag × 2^36 + page, or NO_KEY. One number, so that a way is one compare. */
  readonly #keys: Float64Array;
  /** By entry: when it was last used, -1 while it is empty; only the order within a set means anything. */
  readonly #stamps: Float64Array;
  #now = 0;
  /** By set: the way used last. A hit there changes no order, so it needs no stamp. */
  readonly #recent: Uint8Array;
  /** Chains by guest page: heads by hash, links both ways by entry; `#behind` is the page of each entry. */
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #behind: Uint32Array;

  constructor(size: TlbSize) {
    const { entries, ways } = size;
    const sets = entries / ways;
    if (!Number.isInteger(sets) || sets < 1 || (sets & (sets - 1)) !== 0 || ways > 255)
      throw new Error(`a TLB of ${entries} entries and ${ways} ways has ${sets} sets: not a power of two`);
    this.entries = entries;
    this.ways = ways;
    this.gfns = new Uint32Array(entries);
    this.mfns = new Uint32Array(entries);
    this.metas = new Uint8Array(entries);
    this.#setMask = sets - 1;
    this.#keys = new Float64Array(entries).fill(NO_KEY);
    this.#stamps = new Float64Array(entries).fill(-1);
    this.#recent = new Uint8Array(sets);
    this.#heads = new Uint32Array(powerOfTwoFrom(2 * entries)).fill(EMPTY);
    this.#next = new Uint32Array(entries);
    this.#previous = new Uint32Array(entries);
    this.#behind = new Uint32Array(entries);
  }

  /** Entry of a page of an address space, now the most recently used of its set, or -1. */
  lookup(tag: number, page: number): number {
    const keys = this.#keys;
    const ways = this.ways;
    const key = tag * PAGES + page;
    const set = page & this.#setMask;
    const first = set * ways;
    const likely = first + this.#recent[set]!;
    if (keys[likely] === key) return likely;
    for (let way = 0; way < ways; way++) {
      if (keys[first + way] === key) {
        this.#use(first + way, set, way);
        return first + way;
      }
    }
    return -1;
  }

  /** True where `lookup` would find the page; changes no order. */
  contains(tag: number, page: number): boolean {
    const first = (page & this.#setMask) * this.ways;
    return this.#keys.subarray(first, first + this.ways).includes(tag * PAGES + page);
  }

  /**
   * Adds a translation that is missing (`lookup` said so), in an empty way or replacing the least recently
   * used. @param behind the guest page (of a large one the first)
   */
  insert(tag: number, page: number, behind: HostPage, gfn: number, mfn: number, meta: number): void {
    const stamps = this.#stamps;
    const set = page & this.#setMask;
    const first = set * this.ways;
    let way = 0;
    let oldest = stamps[first]!;
    for (let i = 1; i < this.ways; i++) {
      const stamp = stamps[first + i]!;
      if (stamp < oldest) {
        oldest = stamp;
        way = i;
      }
    }
    const entry = first + way;
    if (oldest >= 0) this.drop(entry);
    this.#keys[entry] = tag * PAGES + page;
    this.gfns[entry] = gfn;
    this.mfns[entry] = mfn;
    this.metas[entry] = meta;
    this.count++;
    this.#use(entry, set, way);
    this.#link(entry, behind);
  }

  /** Forgets one entry. */
  drop(entry: number): void {
    this.#keys[entry] = NO_KEY;
    this.#stamps[entry] = -1;
    this.#unlink(entry);
    this.count--;
  }

  /** Forgets a page of an address space. @returns entries dropped, 0 or 1 */
  dropPage(tag: number, page: number): number {
    const entry = this.lookup(tag, page);
    if (entry < 0) return 0;
    this.drop(entry);
    return 1;
  }

  /** Forgets every translation to a guest page, of any address space. @returns how many */
  dropBehind(behind: HostPage): number {
    let dropped = 0;
    let entry = this.#heads[this.#bucket(behind)]!;
    while (entry !== EMPTY) {
      const next = this.#next[entry]!;
      if (this.#behind[entry] === behind) {
        this.drop(entry);
        dropped++;
      }
      entry = next;
    }
    return dropped;
  }

  /** Forgets an address space. @returns how many; O(entries) */
  dropTag(tag: number): number {
    let dropped = 0;
    for (let entry = 0; entry < this.entries; entry++) {
      if (Math.floor(this.#keys[entry]! / PAGES) === tag) {
        this.drop(entry);
        dropped++;
      }
    }
    return dropped;
  }

  /** Calls back for every entry in use. For checks. */
  forEach(visit: (tag: number, page: number, entry: number) => void): void {
    for (let entry = 0; entry < this.entries; entry++) {
      const key = this.#keys[entry]!;
      if (key !== NO_KEY) visit(Math.floor(key / PAGES), key % PAGES, entry);
    }
  }

  #use(entry: number, set: number, way: number): void {
    this.#stamps[entry] = ++this.#now;
    this.#recent[set] = way;
  }

  #bucket(behind: number): number {
    return (Math.imul(behind, 0x9e3779b1) >>> 8) & (this.#heads.length - 1);
  }

  #link(entry: number, behind: number): void {
    const bucket = this.#bucket(behind);
    const head = this.#heads[bucket]!;
    this.#behind[entry] = behind;
    this.#next[entry] = head;
    this.#previous[entry] = EMPTY;
    if (head !== EMPTY) this.#previous[head] = entry;
    this.#heads[bucket] = entry;
  }

  #unlink(entry: number): void {
    const next = this.#next[entry]!;
    const previous = this.#previous[entry]!;
    if (previous === EMPTY) this.#heads[this.#bucket(this.#behind[entry]!)] = next;
    else this.#next[previous] = next;
    if (next !== EMPTY) this.#previous[next] = previous;
  }
}

function powerOfTwoFrom(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}

/** A processor's TLB: one array per page size, each with its own entries. */
export class Tlb {
  readonly small: TlbArray;
  readonly large: TlbArray;

  constructor(small: TlbSize = DEFAULT_SMALL_TLB, large: TlbSize = DEFAULT_LARGE_TLB) {
    this.small = new TlbArray(small);
    this.large = new TlbArray(large);
  }

  /** Pages of the entry that answers for a page now (1 or 512), 0 without one. Changes no order: for looking. */
  holds(tag: number, page: number): 0 | 1 | 512 {
    if (this.small.contains(tag, page)) return 1;
    return this.large.contains(tag, Math.floor(page / 512)) ? 512 : 0;
  }

  /** The guest flushes one page. @returns entries dropped */
  dropPage(tag: number, page: number): number {
    const small = this.small.dropPage(tag, page);
    return this.large.count === 0 ? small : small + this.large.dropPage(tag, Math.floor(page / 512));
  }

  /** The backing of a guest page changed: its translations go, and those of its large page. @returns entries dropped */
  dropBehind(pmap: Pmap, gfn: number): number {
    const small = this.small.count === 0 ? 0 : this.small.dropBehind(pmap.hostPage(gfn));
    return this.large.count === 0 ? small : small + this.large.dropBehind(pmap.hostPage(gfn - (gfn & 511)));
  }

  /** An address space ends, or is flushed whole. @returns entries dropped */
  dropTag(tag: number): number {
    return this.small.dropTag(tag) + this.large.dropTag(tag);
  }
}
