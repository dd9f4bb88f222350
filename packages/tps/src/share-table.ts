// hot
import type { Mfn } from '@overbook/core';
import { toMfn } from '@overbook/core';
import { keySlot } from '@overbook/core/units';

const NONE = 0xffffffff;
const FIRST_ENTRIES = 1024;
/** Hints are counted by blocks of 2^10 pages. */
const BLOCK_BITS = 10;

/**
 * The one hash table of page sharing (Waldspurger, OSDI 2002, §4.3): content → a shared frame, or a hint, an
 * unverified note that some page had that content when it was looked at. One entry for each (64-bit hash,
 * sharing domain), chained; at most one hint a page and one shared entry a frame, so that what is stale
 * cannot pile up. Typed arrays: 20 bytes an entry and 4 a bucket, page and frame (ESX: 16 bytes an entry),
 * nothing allocated per page.
 */
export class ShareTable {
  #heads = new Uint32Array(FIRST_ENTRIES).fill(NONE);
  #lo = new Uint32Array(FIRST_ENTRIES);
  #hi = new Uint32Array(FIRST_ENTRIES);
  /** Sharing domain × 2, + 1 for a shared entry. */
  #tag = new Uint32Array(FIRST_ENTRIES);
  /** Frame of a shared entry, page number of a hint. */
  #at = new Uint32Array(FIRST_ENTRIES);
  /** Next entry of the bucket, or of the free list. */
  #next = new Uint32Array(FIRST_ENTRIES);
  #made = 0;
  #freed = NONE;
  #hints = 0;
  #shared = 0;
  readonly #hintOf: Uint32Array;
  readonly #hintsIn: Uint16Array;
  readonly #sharedOf: Uint32Array;

  /** @param pages of all VMs @param frames of the host */
  constructor(pages: number, frames: number) {
    this.#hintOf = new Uint32Array(pages).fill(NONE);
    this.#hintsIn = new Uint16Array((pages >>> BLOCK_BITS) + 1);
    this.#sharedOf = new Uint32Array(frames).fill(NONE);
  }

  /** Hints now. */
  get hints(): number {
    return this.#hints;
  }

  /**
   * Hints among pages `from`..`to` - 1. A step a block of pages, and one a page at the ends: every observation of a
   * policy asks it of every VM.
   */
  hintsAmong(from: number, to: number): number {
    let count = 0;
    for (let page = from; page < to;) {
      const next = page + (1 << BLOCK_BITS);
      if (page % (1 << BLOCK_BITS) === 0 && next <= to) {
        count += this.#hintsIn[page >>> BLOCK_BITS]!;
        page = next;
      } else if (this.#hintOf[page++] !== NONE) count++;
    }
    return count;
  }

  /** The entry of that content in that domain, or -1. */
  find(lo: number, hi: number, domain: number): number {
    for (let at = this.#heads[this.#bucket(lo, hi, domain)]!; at !== NONE; at = this.#next[at]!) {
      if (this.#lo[at] === lo && this.#hi[at] === hi && this.#tag[at]! >>> 1 === domain) return at;
    }
    return -1;
  }

  isShared(entry: number): boolean {
    return (this.#tag[entry]! & 1) === 1;
  }

  /** Frame of a shared entry. */
  frame(entry: number): Mfn {
    return toMfn(this.#at[entry]!);
  }

  /** Page number of a hint. */
  page(entry: number): number {
    return this.#at[entry]!;
  }

  /** True where the page's own hint is the entry of that content. Two lines of memory, where `find` walks a bucket. */
  hasHint(page: number, lo: number, hi: number, domain: number): boolean {
    const entry = this.#hintOf[page]!;
    return (
      entry !== NONE && this.#lo[entry] === lo && this.#hi[entry] === hi && this.#tag[entry]! >>> 1 === domain
    );
  }

  /** Notes that the page has this content, which has no entry yet; an older hint of the page goes. */
  putHint(lo: number, hi: number, domain: number, page: number): void {
    this.dropHintOf(page);
    const entry = this.#take();
    this.#lo[entry] = lo;
    this.#hi[entry] = hi;
    this.#tag[entry] = domain * 2;
    this.#at[entry] = page;
    const bucket = this.#bucket(lo, hi, domain);
    this.#next[entry] = this.#heads[bucket]!;
    this.#heads[bucket] = entry;
    this.#hintOf[page] = entry;
    this.#hintsIn[page >>> BLOCK_BITS]!++;
    this.#hints++;
  }

  /** The hinted page was found to have the content indeed: its frame is shared from now on. */
  promote(entry: number, frame: Mfn): void {
    this.#forgetHint(entry);
    const older = this.#sharedOf[frame]!;
    if (older !== NONE) this.drop(older);
    this.#tag[entry]! |= 1;
    this.#at[entry] = frame;
    this.#sharedOf[frame] = entry;
    this.#shared++;
  }

  dropHintOf(page: number): void {
    const entry = this.#hintOf[page]!;
    if (entry !== NONE) this.drop(entry);
  }

  drop(entry: number): void {
    if (this.isShared(entry)) {
      this.#sharedOf[this.#at[entry]!] = NONE;
      this.#shared--;
    } else {
      this.#forgetHint(entry);
    }
    const bucket = this.#bucket(this.#lo[entry]!, this.#hi[entry]!, this.#tag[entry]! >>> 1);
    let at = this.#heads[bucket]!;
    if (at === entry) {
      this.#heads[bucket] = this.#next[entry]!;
    } else {
      while (this.#next[at] !== entry) at = this.#next[at]!;
      this.#next[at] = this.#next[entry]!;
    }
    this.#next[entry] = this.#freed;
    this.#freed = entry;
  }

  /** Domain of a frame's shared entry, or -1. */
  domainOf(frame: Mfn): number {
    const entry = this.#sharedOf[frame]!;
    return entry === NONE ? -1 : this.#tag[entry]! >>> 1;
  }

  /** Frames that have a shared entry, stale ones too. O(frames). */
  sharedFrames(): readonly Mfn[] {
    const frames: Mfn[] = [];
    this.#sharedOf.forEach((entry, frame) => {
      if (entry !== NONE) frames.push(toMfn(frame));
    });
    return frames;
  }

  /** Entries in the fullest bucket: what a look-up walks past at most. O(entries). */
  fullestBucket(): number {
    let most = 0;
    for (const head of this.#heads) {
      let count = 0;
      for (let at = head; at !== NONE; at = this.#next[at]!) count++;
      most = Math.max(most, count);
    }
    return most;
  }

  /** Recounts chains, back references and counters. @throws Error on drift */
  verify(): void {
    let hints = 0;
    let shared = 0;
    for (const head of this.#heads) {
      for (let at = head; at !== NONE; at = this.#next[at]!) {
        const back = this.isShared(at) ? this.#sharedOf[this.#at[at]!] : this.#hintOf[this.#at[at]!];
        if (back !== at) throw new Error(`entry ${at} is not the one its page or frame points back to`);
        if (this.isShared(at)) shared++;
        else hints++;
        if (hints + shared > this.#made) throw new Error('a bucket runs in a circle');
      }
    }
    if (hints !== this.#hints || shared !== this.#shared) {
      throw new Error(`${hints} hints, ${shared} shared counted; ${this.#hints}, ${this.#shared} kept`);
    }
    const pointed = (entries: Uint32Array): number =>
      entries.reduce((sum, entry) => sum + (entry === NONE ? 0 : 1), 0);
    const inBlocks = this.#hintsIn.reduce((sum, count) => sum + count, 0);
    if (inBlocks !== hints) throw new Error(`${inBlocks} hints in blocks of pages, ${hints} counted`);
    if (pointed(this.#hintOf) !== hints) throw new Error('a page points at a hint that is gone');
    if (pointed(this.#sharedOf) !== shared) throw new Error('a frame points at an entry that is gone');
  }

  #forgetHint(entry: number): void {
    const page = this.#at[entry]!;
    this.#hintOf[page] = NONE;
    this.#hintsIn[page >>> BLOCK_BITS]!--;
    this.#hints--;
  }

  #bucket(lo: number, hi: number, domain: number): number {
    return keySlot(lo, hi ^ Math.imul(domain, 0x9e3779b1), this.#heads.length - 1);
  }

  #take(): number {
    const freed = this.#freed;
    if (freed !== NONE) {
      this.#freed = this.#next[freed]!;
      return freed;
    }
    if (this.#made === this.#lo.length) this.#grow();
    return this.#made++;
  }

  /** Twice the entries and buckets; nothing is on the free list when this is needed. */
  #grow(): void {
    const size = 2 * this.#lo.length;
    const larger = (lane: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(size);
      grown.set(lane);
      return grown;
    };
    this.#lo = larger(this.#lo);
    this.#hi = larger(this.#hi);
    this.#tag = larger(this.#tag);
    this.#at = larger(this.#at);
    this.#next = new Uint32Array(size);
    this.#heads = new Uint32Array(size).fill(NONE);
    for (let entry = 0; entry < this.#made; entry++) {
      const bucket = this.#bucket(this.#lo[entry]!, this.#hi[entry]!, this.#tag[entry]! >>> 1);
      this.#next[entry] = this.#heads[bucket]!;
      this.#heads[bucket] = entry;
    }
  }
}
