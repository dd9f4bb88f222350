import type { Contents, Gfn, Mfn, PageService, PageStore, VmFacts } from '@overbook/core';
import { FILL_OTHER, FILL_SAME, FILL_ZERO, OverbookError } from '@overbook/core';

import type { CompressedContents } from './compressed-contents.ts';
import { ByteContents, KeyedContents } from './compressed-contents.ts';
import { CompressedPages, NO_PLACE } from './compressed-pages.ts';
import type { Slot } from './slot.ts';

/** Which pages are kept as the one word that they repeat: pages of zeros alone, of any 8-byte word, or none. */
export type SameFilled = boolean | 'zeros';

/** True where a page of that fill is kept as a word. */
export function isWord(sameFilled: SameFilled, store: PageStore, page: Mfn): boolean {
  const fill = sameFilled === false ? FILL_OTHER : store.fill(page);
  return fill === FILL_ZERO || (sameFilled === true && fill === FILL_SAME);
}

/** What a store of compressed pages keeps of one VM: an entry for each page, in order, and what it holds. */
export class VmEntries {
  readonly pages = new CompressedPages();
  readonly #contents: CompressedContents;
  #sameFilled = 0;

  /** @param contents bytes of frames; without them the store tells sizes */
  constructor(store: PageStore, contents: Contents | undefined) {
    this.#contents = contents === undefined ? new KeyedContents(store) : new ByteContents(contents);
  }

  /** Pages kept as the one word that they repeat: they have an entry and no slot. */
  get sameFilled(): number {
    return this.#sameFilled;
  }

  /** Compresses a page for the next `settle`. @returns its bytes, 4096 or more where it does not get smaller */
  compress(page: Mfn): number {
    return this.#contents.compress(page);
  }

  /** Holds a page as it is for the next `settle`, in 4096 bytes. */
  holdWhole(page: Mfn): void {
    this.#contents.holdWhole(page);
  }

  /** A new entry for a page that repeats a word. Its frame may go afterwards. */
  keepWord(page: Gfn, frame: Mfn): number {
    this.#sameFilled++;
    return this.#keep(page, frame, true);
  }

  /** A new entry for a page that was compressed or is held; `settle` has to follow. Its frame may go afterwards. */
  keep(page: Gfn, frame: Mfn): number {
    return this.#keep(page, frame, false);
  }

  /** Puts what is held into the entry's slot, which its owner knows by `place`. */
  settle(entry: number, place: number, slot: Slot): void {
    this.pages.settle(entry, place, slot.bytes);
    this.#contents.settle(slot);
  }

  isWord(entry: number): boolean {
    return this.pages.place(entry) === NO_PLACE;
  }

  /**
   * Fills a frame with an entry's page.
   * @param slot undefined for a word @param at where it is, for the error
   * @throws OVB_COMPRESSED_CORRUPT: a wrong page is never handed to a guest
   */
  load(entry: number, slot: Slot | undefined, into: Mfn, at: string): void {
    if (this.#contents.load(entry, slot, into)) return;
    throw new OverbookError(
      'OVB_COMPRESSED_CORRUPT',
      `${at}, page ${this.pages.page(entry)}`,
      'the compressed page does not read back as it was written',
      'Run again on a sound machine: memory of this process was overwritten.',
    );
  }

  /** Gives an entry up. @returns its place, which is free now; NO_PLACE for a word */
  forget(entry: number): number {
    const place = this.pages.place(entry);
    this.#contents.drop(entry);
    this.pages.give(entry);
    if (place === NO_PLACE) this.#sameFilled--;
    return place;
  }

  /**
   * Recounts the entries of a VM against the mapping tables.
   * @param fits true for an entry with a slot that it fits in
   * @returns entries with a slot
   * @throws Error on drift
   */
  verify(
    { id, name, size }: VmFacts,
    table: PageService,
    kind: number,
    fits: (entry: number) => boolean,
  ): number {
    const kept = this.pages;
    const compressed = table.count(id, kind);
    const slots = kept.count - this.sameFilled;
    if (compressed !== kept.count)
      throw new Error(`VM ${name}: ${compressed} pages compressed, ${kept.count} entries`);
    let listed = 0;
    let bytes = 0;
    for (let entry = kept.oldest(); entry >= 0; entry = kept.after(entry)) {
      const page = kept.page(entry);
      if (page >= size || table.kind(id, page) !== kind || table.payload(id, page) !== entry)
        throw new Error(`VM ${name}: entry ${entry} keeps page ${page}, but the page does not refer to it`);
      if (++listed > slots || !fits(entry))
        throw new Error(
          `VM ${name}: entry ${entry} of ${kept.bytes(entry)} bytes is outside its slot, or the list is circular`,
        );
      bytes += kept.bytes(entry);
    }
    if (listed !== slots || bytes !== kept.bytesKept)
      throw new Error(
        `VM ${name}: ${listed} entries listed for ${slots} slots, ${bytes} bytes counted for ${kept.bytesKept}`,
      );
    return listed;
  }

  #keep(page: Gfn, frame: Mfn, sameFilled: boolean): number {
    const entry = this.pages.take(page);
    this.#contents.keep(entry, frame, sameFilled);
    return entry;
  }
}
