// hot
import type { HostPage, Mfn } from '../units/page.ts';
import { toMfn } from '../units/page.ts';
import { FramesInWriting } from './frames-in-writing.ts';
import { FreeRegions, REGION_FRAMES } from './free-regions.ts';

/** What a frame is used for. */
export const FRAME_FREE = 0;
/** Backs exactly one guest page, writable. */
export const FRAME_PRIVATE = 1;
/** Backs any number of guest pages, read-only. */
export const FRAME_SHARED = 2;
/** A strategy's own storage. */
export const FRAME_OWN = 3;

const NONE = 0xffffffff;

/**
 * The host's machine frames. One 32-bit word a frame serves four purposes, by the frame's use: link of the
 * free list, guest page it backs (HostPage), reference count, or number of the strategy that
 * owns it. With the use byte that makes 5 bytes a frame.
 *
 * A reserve is kept for reclaim itself: a compressed cache or a copy-on-write break may need a frame exactly
 * when there is none. Zeroing before reuse is the caller's duty (HostMemory), since content is not the
 * pool's.
 *
 * A frame whose page is being written to a device is on the free list, but not usable until the write is done. Frames
 * are alike, so the pool keeps the times of these writes and not which frames they are of.
 */
export class FramePool {
  readonly total: number;
  readonly reserve: number;
  readonly #word: Uint32Array;
  readonly #use: Uint8Array;
  /** In place of the one free list (`#head`), where frames are kept by region of 2 MiB. */
  readonly #regions: FreeRegions | undefined;
  #head: number;
  #free: number;
  #sharedFrames = 0;
  #sharedReferences = 0;
  #lastOnShared = 0;
  /** Owners of frames that a strategy keeps for guest pages, and how many of each owner's have pages on them. */
  readonly #keepers = new Map<number, number>();
  readonly #lent = new Map<number, number>();
  readonly #inWriting = new FramesInWriting();
  #now = 0;
  /** Free counts that trigger a notification: below `#lowMark`, or above `#highMark`. */
  #lowMark = -1;
  #highMark = Infinity;
  #crossed = false;

  /**
   * @param total frames in all @param reserve of these, frames that ordinary allocation may not take
   * @param largeFrames keep free frames by region, so that `takeLarge` works
   */
  constructor(total: number, reserve: number, largeFrames = false) {
    this.total = total;
    this.reserve = reserve;
    this.#word = new Uint32Array(total);
    this.#use = new Uint8Array(total);
    for (let i = 0; i < total; i++) this.#word[i] = i + 1 < total ? i + 1 : NONE;
    this.#head = total > 0 ? 0 : NONE;
    this.#free = total;
    this.#regions = largeFrames ? new FreeRegions(total, this.#word) : undefined;
  }

  /** Free frames, the reserve included, and those that are still being written. */
  get free(): number {
    return this.#free;
  }

  /** Free frames that are still being written and that nobody waits for. */
  get inWriting(): number {
    return this.#inWriting.count;
  }

  /** Free frames that can be used now. */
  get usable(): number {
    return this.#free - this.#inWriting.count;
  }

  /** Time has come this far: what is written by now is usable. An earlier time changes nothing. */
  passTo(time: number): void {
    if (time <= this.#now) return;
    this.#now = time;
    if (this.#inWriting.count > 0 && this.#inWriting.passTo(time)) this.#hasMore();
  }

  /** The next frame to be written is for whoever asks: others no longer wait for it. @returns when it is written */
  claimWritten(): number {
    return this.#inWriting.claim();
  }

  /** So many of the frames that came free last are usable only then. */
  delay(frames: number, until: number): void {
    if (until <= this.#now) return;
    for (let left = Math.min(frames, this.usable); left > 0; left--) this.#inWriting.add(until);
    this.#hasLess();
  }

  #hasMore(): void {
    if (this.usable > this.#highMark) this.#crossed = true;
  }

  #hasLess(): void {
    if (this.usable < this.#lowMark) this.#crossed = true;
  }

  /** Shared frames with at least one reference. */
  get sharedFrames(): number {
    return this.#sharedFrames;
  }

  /** Guest pages on shared frames. */
  get sharedReferences(): number {
    return this.#sharedReferences;
  }

  /** Shared frames with one reference left: taking the page on one frees it. */
  get lastOnShared(): number {
    return this.#lastOnShared;
  }

  use(frame: Mfn): number {
    return this.#use[frame]!;
  }

  /**
   * Guest page (HostPage) behind a private frame, reference count of a shared one, owner of an own
   * one.
   */
  word(frame: Mfn): number {
    return this.#word[frame]!;
  }

  /** Use of a frame in words, for messages. */
  describe(frame: Mfn): string {
    const word = this.#word[frame];
    switch (this.#use[frame]) {
      case FRAME_FREE:
        return 'it is free';
      case FRAME_PRIVATE:
        return `it backs page ${word} of the host`;
      case FRAME_SHARED:
        return `it is shared by ${word} pages`;
      case FRAME_OWN:
        return "it is a strategy's own (FrameService.takeOwn)";
      default:
        return 'there is no such frame';
    }
  }

  references(frame: Mfn): number {
    const use = this.#use[frame];
    return use === FRAME_SHARED ? this.#word[frame]! : use === FRAME_FREE ? 0 : 1;
  }

  /** A frame for a guest page, not from the reserve. @returns -1 when there is none. */
  takePrivate(page: HostPage): number {
    if (this.#free <= this.reserve) return -1;
    return this.#take(FRAME_PRIVATE, page);
  }

  /** A frame for a guest page, from the reserve if need be. */
  takePrivateFromReserve(page: HostPage): number {
    return this.#take(FRAME_PRIVATE, page);
  }

  /** A frame for a strategy's own storage, from the reserve if need be. @returns -1 when none is usable. */
  takeOwn(owner: number): number {
    if (this.usable <= 0) return -1;
    return this.#take(FRAME_OWN, owner);
  }

  /** True where frames are kept by region, so that there are 2 MiB frames. */
  get largeFrames(): boolean {
    return this.#regions !== undefined;
  }

  /** Whole free regions of 512 frames; 0 where frames are not kept by region. */
  get freeLarge(): number {
    return this.#regions?.whole ?? 0;
  }

  /**
   * A 2 MiB frame for 512 guest pages from `page` on: 512 private frames, not from the reserve.
   * @returns the first, a multiple of 512, or -1 when no region is free whole
   */
  takeLarge(page: HostPage): number {
    if (this.#regions === undefined || this.usable - REGION_FRAMES < this.reserve) return -1;
    const first = this.#regions.takeWhole();
    if (first < 0) return -1;
    for (let i = 0; i < REGION_FRAMES; i++) {
      this.#use[first + i] = FRAME_PRIVATE;
      this.#word[first + i] = page + i;
    }
    this.#free -= REGION_FRAMES;
    this.#hasLess();
    return first;
  }

  /** Frees a private or own frame. @param writtenAt when it is usable, where a device is still writing its content */
  give(frame: Mfn, writtenAt = 0): void {
    this.#use[frame] = FRAME_FREE;
    if (this.#regions === undefined) {
      this.#word[frame] = this.#head;
      this.#head = frame;
    } else {
      this.#regions.give(frame);
    }
    this.#free++;
    if (writtenAt > this.#now) this.#inWriting.add(writtenAt);
    else this.#hasMore();
  }

  /** private → shared with one reference. */
  share(frame: Mfn): void {
    this.#use[frame] = FRAME_SHARED;
    this.#word[frame] = 1;
    this.#sharedFrames++;
    this.#sharedReferences++;
    this.#lastOnShared++;
  }

  /** One more page stands on a shared frame, or the first on a kept one. */
  addReference(frame: Mfn): void {
    if (this.#use[frame] === FRAME_OWN) this.#lend(frame);
    if (++this.#word[frame]! === 2 && !this.isKept(frame)) this.#lastOnShared--;
    this.#sharedReferences++;
  }

  /**
   * Drops one reference of a shared frame; the last one frees it, or gives it back to the strategy that keeps it.
   * @param writtenAt as in `give`
   * @returns 1 when the frame was freed, else 0.
   */
  dropReference(frame: Mfn, writtenAt = 0): number {
    this.#sharedReferences--;
    const left = --this.#word[frame]!;
    const owner = this.#keepers.size === 0 ? undefined : this.#keepers.get(frame);
    if (left === 1 && owner === undefined) this.#lastOnShared++;
    if (left > 0) return 0;
    this.#sharedFrames--;
    if (owner !== undefined) {
      this.#use[frame] = FRAME_OWN;
      this.#word[frame] = owner;
      this.#lent.set(owner, this.lent(owner) - 1);
      return 0;
    }
    this.#lastOnShared--;
    this.give(frame, writtenAt);
    return 1;
  }

  /** A strategy's own frame may have guest pages on it from now on. */
  keep(frame: Mfn): void {
    this.#keepers.set(frame, this.#word[frame]!);
  }

  /** True for a frame that a strategy keeps for guest pages, with pages on it or without. */
  isKept(frame: Mfn): boolean {
    return this.#keepers.size > 0 && this.#keepers.has(frame);
  }

  /** A kept frame is kept no longer: freed, or a shared frame like others where pages stand on it. */
  letGo(frame: Mfn): void {
    const owner = this.#keepers.get(frame)!;
    this.#keepers.delete(frame);
    if (this.#use[frame] !== FRAME_SHARED) {
      this.give(frame);
      return;
    }
    this.#lent.set(owner, this.lent(owner) - 1);
    if (this.#word[frame] === 1) this.#lastOnShared++;
  }

  /** Kept frames of an owner with guest pages on them: while they have any they are shared frames. */
  lent(owner: number): number {
    return this.#lent.get(owner) ?? 0;
  }

  #lend(frame: Mfn): void {
    const owner = this.#word[frame]!;
    this.#use[frame] = FRAME_SHARED;
    this.#word[frame] = 0;
    this.#sharedFrames++;
    this.#lent.set(owner, this.lent(owner) + 1);
  }

  /** A shared frame with one reference becomes private again. */
  unshare(frame: Mfn, page: HostPage): void {
    this.#use[frame] = FRAME_PRIVATE;
    this.#word[frame] = page;
    this.#sharedFrames--;
    this.#sharedReferences--;
    this.#lastOnShared--;
  }

  /** Asks to be told (`takeCrossing`) when free falls below `low` or rises above `high`. */
  watch(low: number, high: number): void {
    this.#lowMark = low;
    this.#highMark = high;
    this.#crossed = this.usable < low || this.usable > high;
  }

  /** True once after each crossing. */
  takeCrossing(): boolean {
    const crossed = this.#crossed;
    this.#crossed = false;
    return crossed;
  }

  /** Frames on the free list (or lists), by walking: for checks. Infinity for a list that is broken. */
  countFreeList(): number {
    if (this.#regions !== undefined) return this.#regions.count((frame) => this.#use[frame] === FRAME_FREE);
    let count = 0;
    for (let at = this.#head; at !== NONE; at = this.#word[at]!) {
      if (this.#use[at] !== FRAME_FREE || ++count > this.total) return Infinity;
    }
    return count;
  }

  #take(use: number, word: number): number {
    let frame = this.#head;
    if (this.#regions === undefined) {
      if (frame === NONE) return -1;
      this.#head = this.#word[frame]!;
    } else {
      frame = this.#regions.take();
      if (frame < 0) return -1;
    }
    this.#use[frame] = use;
    this.#word[frame] = word;
    this.#free--;
    this.#hasLess();
    return toMfn(frame);
  }
}
