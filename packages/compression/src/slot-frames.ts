import type { Mfn } from '@overbook/core';
import { toMfn } from '@overbook/core';

/** A slot's size, as an index: four slots of 1 KiB or two of 2 KiB make a frame (vSphere: ratios 4:1 and 2:1). */
export type SlotSize = 0 | 1;
export const SLOT_1K: SlotSize = 0;
export const SLOT_2K: SlotSize = 1;

/** Bytes of a slot, by size. */
export const SLOT_BYTES = [1024, 2048] as const;
const SLOTS_PER_FRAME = [4, 2] as const;
const FULL_MASK = [0b1111, 0b11] as const;
/** A place is frame index × 4 + slot. */
const PLACES_PER_FRAME = 4;

/** The smallest slot that holds so many bytes, or -1 when none does (Resource Management: kept at 50 % or less). */
export function slotFor(compressedBytes: number): SlotSize | -1 {
  return compressedBytes <= SLOT_BYTES[SLOT_1K]
    ? SLOT_1K
    : compressedBytes <= SLOT_BYTES[SLOT_2K]
      ? SLOT_2K
      : -1;
}

/**
 * Machine frames of one VM's cache, each carved into slots of one size; a frame that fell empty may be carved anew or
 * given back. Slots are told apart by their place, a number that stays until the slot is freed.
 */
export class SlotFrames {
  readonly #mfns: number[] = [];
  readonly #sizes: SlotSize[] = [];
  /** One bit per slot in use. */
  readonly #masks: number[] = [];
  /** Who uses a slot, by place. */
  readonly #holders: number[] = [];
  /** Frames with a free slot, by size, and the place of each frame in that list (-1: full). */
  readonly #open: readonly [number[], number[]] = [[], []];
  readonly #openAt: number[] = [];
  /** Indexes of frames that were given back. */
  readonly #vacant: number[] = [];
  readonly #used: [number, number] = [0, 0];

  /** Frames now. */
  get count(): number {
    return this.#mfns.length - this.#vacant.length;
  }

  /** Slots of that size in use. */
  used(size: SlotSize): number {
    return this.#used[size];
  }

  hasRoom(size: SlotSize): boolean {
    return this.#open[size].length > 0;
  }

  /** Adds an empty frame, carved into slots of that size. */
  add(frame: Mfn, size: SlotSize): void {
    const index = this.#vacant.pop() ?? this.#mfns.length;
    this.#mfns[index] = frame;
    this.#carve(index, size);
  }

  /** A free slot of that size for `holder`. @returns its place, or -1 when no frame has one */
  take(size: SlotSize, holder: number): number {
    const open = this.#open[size];
    if (open.length === 0) return -1;
    const index = open.at(-1)!;
    const mask = this.#masks[index]!;
    let slot = 0;
    while (mask & (1 << slot)) slot++;
    this.#masks[index] = mask | (1 << slot);
    if (this.#masks[index] === FULL_MASK[size]) this.#close(index, size);
    this.#used[size]++;
    const place = index * PLACES_PER_FRAME + slot;
    this.#holders[place] = holder;
    return place;
  }

  /** Frees a slot. @returns true when its frame is empty now */
  free(place: number): boolean {
    const index = this.frameOf(place);
    const size = this.#sizes[index]!;
    if (this.#masks[index] === FULL_MASK[size]) this.#reopen(index, size);
    this.#masks[index]! &= ~(1 << (place % PLACES_PER_FRAME));
    this.#used[size]--;
    return this.#masks[index] === 0;
  }

  /** Carves an empty frame into slots of another size. */
  recarve(index: number, size: SlotSize): void {
    this.#close(index, this.#sizes[index]!);
    this.#carve(index, size);
  }

  /** Gives back an empty frame. */
  remove(index: number): Mfn {
    this.#close(index, this.#sizes[index]!);
    this.#vacant.push(index);
    return toMfn(this.#mfns[index]!);
  }

  /** Index of the frame that a place lies in. */
  frameOf(place: number): number {
    return Math.floor(place / PLACES_PER_FRAME);
  }

  sizeOf(place: number): SlotSize {
    return this.#sizes[this.frameOf(place)]!;
  }

  mfnOf(place: number): Mfn {
    return toMfn(this.#mfns[this.frameOf(place)]!);
  }

  /** First byte of the slot within its frame. */
  offsetOf(place: number): number {
    return (place % PLACES_PER_FRAME) * SLOT_BYTES[this.sizeOf(place)];
  }

  /** Who uses the slots of a frame, first slot first. */
  holdersIn(index: number): readonly number[] {
    const holders: number[] = [];
    for (let slot = 0; slot < SLOTS_PER_FRAME[this.#sizes[index]!]; slot++) {
      if (this.#masks[index]! & (1 << slot)) holders.push(this.#holders[index * PLACES_PER_FRAME + slot]!);
    }
    return holders;
  }

  #carve(index: number, size: SlotSize): void {
    this.#sizes[index] = size;
    this.#masks[index] = 0;
    this.#reopen(index, size);
  }

  #reopen(index: number, size: SlotSize): void {
    this.#openAt[index] = this.#open[size].push(index) - 1;
  }

  #close(index: number, size: SlotSize): void {
    const open = this.#open[size];
    const at = this.#openAt[index]!;
    const last = open.pop()!;
    if (last !== index) {
      open[at] = last;
      this.#openAt[last] = at;
    }
    this.#openAt[index] = -1;
  }
}
