/**
 * The guest-physical layout of an image as it is used: a reader's extents, checked, merged and without gaps. Seventeen
 * bytes an extent; a hole of any size is one.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { MEND_DAMAGED } from './mends.ts';
import type { Extent } from './image-reader.ts';
import { PAGE_DEVICE, PAGE_HOLE, PAGE_STATES } from '@overbook/formats';

/** x86-64 and arm64 address at most 52 bits of physical memory; what claims more lies. */
export const PAGE_NUMBERS_MAX = 2 ** 52 / PAGE_BYTES;

/** More pieces than any tool writes, or a file made to exhaust memory (136 MB of layout). */
const EXTENTS_MAX = 8_388_608;

export class PageLayout {
  /** Extents, holes among them. */
  count = 0;
  /** Pages of devices behind the last page that counts: they are in no extent. */
  devicesBehind = 0;
  #first = new Float64Array(16);
  #pages = new Float64Array(16);
  #state = new Uint8Array(16);
  #end = 0;

  /** Takes over a reader's extents. Throws OVB_IMAGE_CORRUPT when they overlap, go back or claim the impossible. */
  constructor(name: string, extents: Iterable<Extent>) {
    for (const { first, count, state } of extents) {
      if (!isPlausible(first, count) || first < this.#end || PAGE_STATES[state] === undefined)
        throw badExtent(name, first, count, this.#end);
      if (count === 0) continue;
      if (first > this.#end) this.#add(name, this.#end, first - this.#end, PAGE_HOLE);
      this.#add(name, first, count, state);
    }
    this.#dropTail();
  }

  /** One past the last page that counts: arrays indexed by guest page number are this long. */
  get end(): number {
    return this.#end;
  }

  /** Pages of each state, index: the state. */
  counts(): readonly number[] {
    const counts = PAGE_STATES.map(() => 0);
    for (let at = 0; at < this.count; at++) counts[this.#state[at]!]! += this.#pages[at]!;
    return counts;
  }

  *extents(): Generator<Extent, void> {
    for (let at = 0; at < this.count; at++)
      yield { first: this.#first[at]!, count: this.#pages[at]!, state: this.#state[at]! };
  }

  /** Index of the extent that holds a page below `end`. O(log extents). */
  find(page: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#first[middle]! <= page) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  stateAt(index: number): number {
    return this.#state[index]!;
  }

  /** One past the last page of an extent. */
  endAt(index: number): number {
    return this.#first[index]! + this.#pages[index]!;
  }

  #add(name: string, first: number, count: number, state: number): void {
    const last = this.count - 1;
    if (last >= 0 && this.#state[last] === state) this.#pages[last]! += count;
    else {
      if (this.count === this.#state.length) this.#grow(name);
      this.#first[this.count] = first;
      this.#pages[this.count] = count;
      this.#state[this.count++] = state;
    }
    this.#end = first + count;
  }

  #grow(name: string): void {
    if (this.count >= EXTENTS_MAX) throw tooManyExtents(name);
    const { length } = this.#state;
    const was = [this.#first, this.#pages, this.#state] as const;
    this.#first = new Float64Array(length * 2);
    this.#pages = new Float64Array(length * 2);
    this.#state = new Uint8Array(length * 2);
    this.#first.set(was[0]);
    this.#pages.set(was[1]);
    this.#state.set(was[2]);
  }

  /** Holes and device memory after the last page are not part of the image. */
  #dropTail(): void {
    while (this.count > 0) {
      const state = this.#state[this.count - 1]!;
      if (state !== PAGE_HOLE && state !== PAGE_DEVICE) break;
      this.#end = this.#first[--this.count]!;
      if (state === PAGE_DEVICE) this.devicesBehind += this.#pages[this.count]!;
    }
  }
}

function isPlausible(first: number, count: number): boolean {
  return (
    Number.isInteger(first) &&
    first >= 0 &&
    Number.isInteger(count) &&
    count >= 0 &&
    first + count <= PAGE_NUMBERS_MAX
  );
}

function badExtent(name: string, first: number, count: number, end: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    name,
    first < end
      ? `describes page ${first} twice or out of order, after page ${end - 1}`
      : `claims ${count} pages from page ${first}`,
    `If a reader of your own gave these extents, correct it. Otherwise: ${MEND_DAMAGED}`,
  );
}

function tooManyExtents(name: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_TOO_LARGE',
    name,
    `has more than ${EXTENTS_MAX} separate ranges`,
    'Take the image without excluding single pages.',
  );
}
