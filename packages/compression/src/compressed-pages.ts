import type { Gfn } from '@overbook/core';
import { toGfn } from '@overbook/core';

const NONE = 0xffffffff;

/** Place of an entry that takes no slot: its page repeats one word. */
export const NO_PLACE = NONE;

/**
 * What one VM's cache knows of each page it keeps, by entry number (the page's payload): which page, where its slot
 * is, how long its compressed form is; and the pages with slots in the order in which they were compressed.
 */
export class CompressedPages {
  #gfns = new Uint32Array(64);
  #places = new Uint32Array(64);
  #bytes = new Uint16Array(64);
  #older = new Uint32Array(64);
  #newer = new Uint32Array(64);
  #passed = new Uint8Array(64);
  readonly #vacant: number[] = [];
  #fresh = 0;
  #oldest = NONE;
  #newest = NONE;
  #bytesKept = 0;

  /** Entries in use. */
  get count(): number {
    return this.#fresh - this.#vacant.length;
  }

  /** Bytes of all compressed forms. */
  get bytesKept(): number {
    return this.#bytesKept;
  }

  /** A new entry for a page, without a slot yet. */
  take(page: Gfn): number {
    const entry = this.#vacant.pop() ?? this.#fresh++;
    if (entry === this.#gfns.length) this.#grow();
    this.#gfns[entry] = page;
    this.#places[entry] = NO_PLACE;
    this.#bytes[entry] = 0;
    this.#passed[entry] = 0;
    return entry;
  }

  /** The entry's slot: from now on it is the most recently compressed one. */
  settle(entry: number, place: number, bytes: number): void {
    this.#places[entry] = place;
    this.#bytes[entry] = bytes;
    this.#bytesKept += bytes;
    this.#link(entry);
  }

  /** An entry with a slot is as if it had been compressed just now. */
  renew(entry: number): void {
    this.#unlink(entry);
    this.#link(entry);
  }

  /** The entry is passed over: it has had its chance. */
  pass(entry: number): void {
    this.#passed[entry] = 1;
    this.renew(entry);
  }

  /** True where `pass` was called for the entry. */
  wasPassed(entry: number): boolean {
    return this.#passed[entry] === 1;
  }

  give(entry: number): void {
    if (this.#places[entry] !== NO_PLACE) this.#unlink(entry);
    this.#bytesKept -= this.#bytes[entry]!;
    this.#vacant.push(entry);
  }

  page(entry: number): Gfn {
    return toGfn(this.#gfns[entry]!);
  }

  place(entry: number): number {
    return this.#places[entry]!;
  }

  bytes(entry: number): number {
    return this.#bytes[entry]!;
  }

  /** The least recently compressed entry with a slot, or -1. */
  oldest(): number {
    return this.#oldest === NONE ? -1 : this.#oldest;
  }

  /** The entry compressed next after this one, or -1. */
  after(entry: number): number {
    const newer = this.#newer[entry]!;
    return newer === NONE ? -1 : newer;
  }

  #link(entry: number): void {
    this.#older[entry] = this.#newest;
    this.#newer[entry] = NONE;
    if (this.#newest === NONE) this.#oldest = entry;
    else this.#newer[this.#newest] = entry;
    this.#newest = entry;
  }

  #unlink(entry: number): void {
    const older = this.#older[entry]!;
    const newer = this.#newer[entry]!;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }

  #grow(): void {
    const length = 2 * this.#gfns.length;
    const longer = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(length);
      grown.set(old);
      return grown;
    };
    this.#gfns = longer(this.#gfns);
    this.#places = longer(this.#places);
    this.#older = longer(this.#older);
    this.#newer = longer(this.#newer);
    const bytes = new Uint16Array(length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    const passed = new Uint8Array(length);
    passed.set(this.#passed);
    this.#passed = passed;
  }
}
