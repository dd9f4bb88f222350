// hot
import { keySlot } from '@overbook/core/units';

const NONE = 0xffffffff;
const GONE = 0xffffffff;
const FIRST_ENTRIES = 1024;

/**
 * KSM's unstable tree: pages that did not change between two visits and wait for a partner. It is not told
 * when such a page is written, so entries go stale; it does not repair itself and is thrown away whole when
 * a scan begins.
 *
 * Linux keeps a red-black tree in the order of memcmp; this is a hash index over the 64-bit hash. A search
 * compares contents whole either way, so equal pages find each other alike; what a search costs is charged
 * as if it were a tree. One thing differs: in Linux a page that changed may lead a search astray, here it
 * only lies in a bucket that it no longer fits.
 */
export class UnstableTree {
  #heads: Uint32Array;
  #pages = new Uint32Array(FIRST_ENTRIES);
  #lo = new Uint32Array(FIRST_ENTRIES);
  #hi = new Uint32Array(FIRST_ENTRIES);
  #next = new Uint32Array(FIRST_ENTRIES);
  #made = 0;
  #size = 0;

  constructor() {
    this.#heads = new Uint32Array(FIRST_ENTRIES).fill(NONE);
  }

  /** Entries in the tree. */
  get size(): number {
    return this.#size;
  }

  reset(): void {
    this.#heads.fill(NONE);
    this.#made = 0;
    this.#size = 0;
  }

  insert(page: number, lo: number, hi: number): void {
    if (this.#made === this.#pages.length) this.#grow();
    const entry = this.#made++;
    this.#pages[entry] = page;
    this.#lo[entry] = lo;
    this.#hi[entry] = hi;
    this.#link(entry);
    this.#size++;
  }

  /** First entry with that hash, or -1. */
  first(lo: number, hi: number): number {
    return this.#seek(this.#heads[keySlot(lo, hi, this.#heads.length - 1)]!, lo, hi);
  }

  /** The next one after `entry`, or -1. */
  after(entry: number, lo: number, hi: number): number {
    return this.#seek(this.#next[entry]!, lo, hi);
  }

  page(entry: number): number {
    return this.#pages[entry]!;
  }

  /** What is removed leaves its bucket: a content that comes in many pairs would fill it. */
  remove(entry: number): void {
    const bucket = this.#bucketOf(entry);
    let at = this.#heads[bucket]!;
    if (at === entry) {
      this.#heads[bucket] = this.#next[entry]!;
    } else {
      while (this.#next[at] !== entry) at = this.#next[at]!;
      this.#next[at] = this.#next[entry]!;
    }
    this.#pages[entry] = GONE;
    this.#size--;
  }

  /** Removes the entries of pages `from`..`to` - 1. O(entries). */
  removePages(from: number, to: number): void {
    for (let entry = 0; entry < this.#made; entry++)
      if (this.#pages[entry]! >= from && this.#pages[entry]! < to) this.remove(entry);
  }

  /** Entries in the fullest bucket: what a search walks past at most. O(entries). */
  fullestBucket(): number {
    let most = 0;
    for (const head of this.#heads) {
      let count = 0;
      for (let at = head; at !== NONE; at = this.#next[at]!) count++;
      most = Math.max(most, count);
    }
    return most;
  }

  #seek(from: number, lo: number, hi: number): number {
    let at = from;
    while (at !== NONE && (this.#lo[at] !== lo || this.#hi[at] !== hi)) at = this.#next[at]!;
    return at === NONE ? -1 : at;
  }

  #link(entry: number): void {
    const bucket = this.#bucketOf(entry);
    this.#next[entry] = this.#heads[bucket]!;
    this.#heads[bucket] = entry;
  }

  #bucketOf(entry: number): number {
    return keySlot(this.#lo[entry]!, this.#hi[entry]!, this.#heads.length - 1);
  }

  #grow(): void {
    const size = 2 * this.#pages.length;
    const larger = (lane: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(size);
      grown.set(lane);
      return grown;
    };
    this.#pages = larger(this.#pages);
    this.#lo = larger(this.#lo);
    this.#hi = larger(this.#hi);
    this.#next = new Uint32Array(size);
    this.#heads = new Uint32Array(size).fill(NONE);
    for (let entry = 0; entry < this.#made; entry++) if (this.#pages[entry] !== GONE) this.#link(entry);
  }
}
