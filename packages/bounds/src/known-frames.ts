import type { Mfn, PageStore } from '@overbook/core';
import { keySlot, toMfn } from '@overbook/core/units';

const NONE = 0xffff_ffff;

/** A content and who may share it. */
export interface Content {
  /** Halves of the hash, unsigned. */
  readonly lo: number;
  readonly hi: number;
  readonly domain: number;
}

/** Frames by their content: a hash table whose entries are the frames themselves; 32 bytes a frame, at most. */
export class KnownFrames {
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #hi: Uint32Array;
  readonly #domain: Uint32Array;
  /** Page that each frame was noted with; NONE where the frame is not in the table. */
  readonly #page: Uint32Array;
  /** The same, where the frame still had its noted hash when `compare` last looked. */
  readonly #sure: Uint32Array;

  constructor(frames: number) {
    this.#heads = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(frames, 2)))).fill(NONE);
    this.#next = new Uint32Array(frames);
    this.#lo = new Uint32Array(frames);
    this.#hi = new Uint32Array(frames);
    this.#domain = new Uint32Array(frames);
    this.#page = new Uint32Array(frames).fill(NONE);
    this.#sure = new Uint32Array(frames).fill(NONE);
  }

  /**
   * Finds out which frames still have the hash that they were noted with, for `isNoted`. Frame after frame, as pages
   * are on frames at random: six columns read in the order of pages were a third of the time of a run.
   */
  compare(store: Pick<PageStore, 'hashLo' | 'hashHi'>): void {
    for (let i = 0; i < this.#page.length; i++) {
      const page = this.#page[i]!;
      if (page === NONE) continue;
      const frame = toMfn(i);
      const isSame = this.#lo[i] === store.hashLo(frame) >>> 0 && this.#hi[i] === store.hashHi(frame) >>> 0;
      this.#sure[i] = isSame ? page : NONE;
    }
  }

  /** True where the frame was noted with this page, and had the same hash at the last `compare` or was noted since. */
  isNoted(frame: Mfn, page: number): boolean {
    return this.#sure[frame] === page;
  }

  /** A frame that was noted with that content, or -1. */
  find({ lo, hi, domain }: Content): Mfn | -1 {
    for (let frame = this.#heads[this.#slot(lo, hi)]!; frame !== NONE; frame = this.#next[frame]!)
      if (this.#lo[frame] === lo && this.#hi[frame] === hi && this.#domain[frame] === domain)
        return toMfn(frame);
    return -1;
  }

  /** Page that the frame was noted with. */
  pageOf(frame: Mfn): number {
    return this.#page[frame]!;
  }

  note(frame: Mfn, page: number, { lo, hi, domain }: Content): void {
    this.forget(frame);
    const slot = this.#slot(lo, hi);
    this.#lo[frame] = lo;
    this.#hi[frame] = hi;
    this.#domain[frame] = domain;
    this.#page[frame] = page;
    this.#sure[frame] = page;
    this.#next[frame] = this.#heads[slot]!;
    this.#heads[slot] = frame;
  }

  forget(frame: Mfn): void {
    if (this.#page[frame] === NONE) return;
    this.#page[frame] = NONE;
    this.#sure[frame] = NONE;
    const slot = this.#slot(this.#lo[frame]!, this.#hi[frame]!);
    let at = this.#heads[slot]!;
    if (at === frame) {
      this.#heads[slot] = this.#next[frame]!;
      return;
    }
    while (this.#next[at] !== frame) at = this.#next[at]!;
    this.#next[at] = this.#next[frame]!;
  }

  #slot(lo: number, hi: number): number {
    return keySlot(lo, hi, this.#heads.length - 1);
  }
}
