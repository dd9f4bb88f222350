import type { Mfn } from '@overbook/core';
import { keySlot, toMfn } from '@overbook/core/units';

const NONE = 0xffff_ffff;

/** A content and who may share it. */
export interface Content {
  /** Halves of the hash, unsigned. */
  readonly lo: number;
  readonly hi: number;
  readonly domain: number;
}

/** Frames by their content: a hash table whose entries are the frames themselves; 28 bytes a frame, at most. */
export class KnownFrames {
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #hi: Uint32Array;
  readonly #domain: Uint32Array;
  /** Page that each frame was noted with; NONE where the frame is not in the table. */
  readonly #page: Uint32Array;

  constructor(frames: number) {
    this.#heads = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(frames, 2)))).fill(NONE);
    this.#next = new Uint32Array(frames);
    this.#lo = new Uint32Array(frames);
    this.#hi = new Uint32Array(frames);
    this.#domain = new Uint32Array(frames);
    this.#page = new Uint32Array(frames).fill(NONE);
  }

  /** True where the frame was noted with just this page and hash. */
  has(frame: Mfn, page: number, lo: number, hi: number): boolean {
    return this.#page[frame] === page && this.#lo[frame] === lo && this.#hi[frame] === hi;
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
    this.#next[frame] = this.#heads[slot]!;
    this.#heads[slot] = frame;
  }

  forget(frame: Mfn): void {
    if (this.#page[frame] === NONE) return;
    this.#page[frame] = NONE;
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
