/**
 * All distinct contents of a set of images, numbered in order of first appearance. Content 0 is the zero page, whether
 * it occurs or not. 32 bytes a content and 2 for each codec.
 */
import { FILL_ZERO } from '@overbook/core/units';
import { ContentIndex } from '@overbook/formats';

/** Content of a page that is not known. */
export const NO_CONTENT = 0xffff_ffff;
export const ZERO_CONTENT = 0;

/** Keeps the number of each key, where it was met first and how often. */
export class ContentBook {
  readonly #index = new ContentIndex();
  #last = 0;
  #fill = new Uint8Array(1024);
  #firstImage = new Uint32Array(1024);
  #firstRow = new Uint32Array(1024);
  #pages = new Uint32Array(1024);
  /** Words that fill same-filled contents, where bytes were read. */
  readonly words = new Map<number, string>();

  /** @param zeroKey key of the zero page: low word, high word */
  constructor(zeroKey: Uint32Array) {
    this.#index.add(zeroKey[0]!, zeroKey[1]!, 0, FILL_ZERO);
    this.#fill[0] = FILL_ZERO;
    this.#firstImage[0] = NO_CONTENT;
  }

  /** Contents so far, the zero page among them. */
  get size(): number {
    return this.#index.count;
  }

  /** The number of a key; a new one is booked as standing first in this row. Zero pages need not be asked for. */
  add(keyLo: number, keyHi: number, fill: number, image: number, row: number): number {
    // Guests of one kind hold the same contents in the same order: the next number is a good guess.
    const guess = this.#last + 1;
    if (this.#index.is(guess, keyLo, keyHi, 0, fill)) return (this.#last = guess);
    const known = this.#index.count;
    const content = this.#index.add(keyLo, keyHi, 0, fill);
    this.#last = content;
    if (content < known) return content;
    if (content === this.#fill.length) this.#grow();
    this.#fill[content] = fill;
    this.#firstImage[content] = image;
    this.#firstRow[content] = row;
    return content;
  }

  /** Counts so many pages of a content. */
  count(content: number, pages = 1): number {
    this.#pages[content]! += pages;
    return content;
  }

  /** Pages of each content, as they were counted. */
  counts(): Uint32Array {
    return this.#pages.slice(0, this.size);
  }

  /** FILL_OTHER, FILL_ZERO or FILL_SAME. */
  fillOf(content: number): number {
    return this.#fill[content]!;
  }

  firstImageOf(content: number): number {
    return this.#firstImage[content]!;
  }

  /** Row in the first image. */
  firstRowOf(content: number): number {
    return this.#firstRow[content]!;
  }

  #grow(): void {
    const length = this.#fill.length * 2;
    const fill = new Uint8Array(length);
    const firstImage = new Uint32Array(length);
    const firstRow = new Uint32Array(length);
    const pages = new Uint32Array(length);
    fill.set(this.#fill);
    firstImage.set(this.#firstImage);
    firstRow.set(this.#firstRow);
    pages.set(this.#pages);
    this.#fill = fill;
    this.#firstImage = firstImage;
    this.#firstRow = firstRow;
    this.#pages = pages;
  }
}
