import type { Contents, Mfn, PageStore, SlotStore } from '@overbook/core';
import { PAGE_BYTES } from '@overbook/core';
import { crc32 } from 'node:zlib';

import { compressBlock, uncompressBlock } from './lz4-block.ts';
import type { Slot } from './slot.ts';
import { readSlot, writeSlot } from './slot.ts';

/** Contents of one VM's compressed pages, by entry number. A page goes in by `keep` and, if it has a slot, `settle`. */
export interface CompressedContents {
  /** Compresses the page and holds the result until the next call. @returns its bytes, 4096 or more: of no use */
  compress(page: Mfn): number;
  /** Holds the page as it is, for a slot of 4096 bytes. */
  holdWhole(page: Mfn): void;
  /** Takes from the page what the entry needs to be read back; the page's frame may go afterwards. */
  keep(entry: number, page: Mfn, sameFilled: boolean): void;
  /** Puts what is held into the entry's slot. */
  settle(slot: Slot): void;
  /** Fills a frame with the entry's page; without a slot it is a same-filled one. @returns false when it is damaged */
  load(entry: number, slot: Slot | undefined, into: Mfn): boolean;
  drop(entry: number): void;
}

/** Sizes as the store tells them, contents in the store's own slots: nothing is really compressed. */
export class KeyedContents implements CompressedContents {
  readonly #store: PageStore;
  readonly #slots: SlotStore;

  constructor(store: PageStore) {
    this.#store = store;
    this.#slots = store.slots();
  }

  /** A size that the store does not know counts as incompressible. */
  compress(page: Mfn): number {
    return this.#store.compressedBytes(page) ?? PAGE_BYTES;
  }

  holdWhole(): void {
    // The store's slot will hold it.
  }

  keep(entry: number, page: Mfn): void {
    this.#slots.save(entry, page);
  }

  settle(): void {
    // The store's slot holds the content already.
  }

  load(entry: number, _slot: Slot | undefined, into: Mfn): boolean {
    this.#slots.load(entry, into);
    return true;
  }

  drop(entry: number): void {
    this.#slots.drop(entry);
  }
}

/** Real bytes: LZ4 blocks in the cache's own machine frames, a CRC-32 of each page, one word of a same-filled one. */
export class ByteContents implements CompressedContents {
  readonly #contents: Contents;
  #held: Uint8Array = new Uint8Array(0);
  readonly #checksums: number[] = [];
  readonly #words: (Uint8Array | undefined)[] = [];

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  compress(page: Mfn): number {
    this.#held = compressBlock(this.#contents.view(page));
    return this.#held.length;
  }

  holdWhole(page: Mfn): void {
    this.#held = this.#contents.view(page).slice();
  }

  keep(entry: number, page: Mfn, sameFilled: boolean): void {
    const view = this.#contents.view(page);
    this.#checksums[entry] = crc32(view);
    this.#words[entry] = sameFilled ? view.slice(0, 8) : undefined;
  }

  settle(slot: Slot): void {
    writeSlot(this.#contents, slot, this.#held);
  }

  load(entry: number, slot: Slot | undefined, into: Mfn): boolean {
    const page = this.#contents.view(into);
    if (slot === undefined) {
      const word = this.#words[entry]!;
      for (let at = 0; at < PAGE_BYTES; at += word.length) page.set(word, at);
    } else {
      const form = readSlot(this.#contents, slot);
      const loaded = form.length === PAGE_BYTES ? form : uncompressBlock(form);
      if (loaded === undefined) return false;
      page.set(loaded);
    }
    return crc32(page) === this.#checksums[entry];
  }

  drop(entry: number): void {
    this.#words[entry] = undefined;
  }
}
