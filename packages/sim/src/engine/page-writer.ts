// hot
import type { ContentTable, Gfn, Mfn, PageStore, VmId } from '@overbook/core';
import type { Host, Witness } from '@overbook/core/host';
import type { Pmap } from '@overbook/core/internals';
import { BLOCKED, FILL_ZERO, KIND_MAPPED, KIND_SHARED, PAYLOAD_MASK, toGfn, toMfn } from '@overbook/core';
import { ByteStore } from '@overbook/core/host';

import type { GuestPaging } from '../measure/guest-paging.ts';

/** Where contents of guest pages go. */
export interface ContentSink {
  /** Content `index` of `table` into a page. */
  write(page: number, table: ContentTable, index: number): void;
  /** Something that equals no other page. */
  writePrivate(page: number, compressedBytes: number, fill: number): void;
}

/**
 * Puts contents into the frames behind one VM's pages, after an access has mapped them. With a witness every
 * write is recorded apart from the host's tables, and `check` holds what a page reads as against that record.
 */
export class PageWriter implements ContentSink {
  readonly vm: VmId;
  readonly store: PageStore;
  readonly witness: Witness | undefined;
  /** Counts what the host does to the guest, where the guest can tell. */
  paging: GuestPaging | undefined;
  readonly #memory: Pmap;
  readonly #host: Host;
  readonly #view: ((frame: Mfn) => Uint8Array) | undefined;
  /**
   * Pages the guest reported free: the host may drop them, so that they read as zero. Only with a witness.
   */
  readonly #reported: Uint8Array;

  constructor(host: Host, vm: VmId, witness: Witness | undefined) {
    this.vm = vm;
    this.store = host.store;
    this.witness = witness;
    this.#host = host;
    this.#memory = host.memory.pmaps[vm]!;
    const { store } = host;
    this.#view = store instanceof ByteStore ? (frame) => store.view(frame) : undefined;
    this.#reported = new Uint8Array(witness === undefined ? 0 : this.#memory.size);
  }

  get entries(): Uint32Array {
    return this.#memory.entries;
  }

  /** True where the host has the page in machine memory now. */
  isResident(page: number): boolean {
    const kind = this.#memory.kind(page);
    return kind === KIND_MAPPED || kind === KIND_SHARED;
  }

  /**
   * A device of the guest reads a page now. @returns how long that takes the host, or -1 when it cannot serve it now
   */
  deviceRead(page: number): number {
    this.paging?.expect(page, 'page-out');
    const { memory, clock } = this.#host;
    const now = clock.now();
    // A frame that must be written out first comes later: the device asks again.
    if (memory.prepareFault(this.vm, toGfn(page), now) !== now) return -1;
    const completion = memory.access(this.vm, toGfn(page), false, now);
    if (completion === BLOCKED) return -1;
    if (this.witness !== undefined) this.check(Uint32Array.of(page), 0, 1);
    return completion - now;
  }

  /** Touches a list of pages where the host is not needed for any: see Pmap.touchAll. A witness sees them in order. */
  touchAll(touches: Int32Array, from: number, to: number, frames: Uint32Array | undefined): boolean {
    return this.witness === undefined && this.#memory.touchAll(touches, from, to, frames);
  }

  write(page: number, table: ContentTable, index: number): void {
    this.store.write((this.#memory.entries[page]! & PAYLOAD_MASK) as Mfn, table, index);
    if (this.witness !== undefined) {
      this.witness.wrote(this.vm, toGfn(page), table, index);
      this.#reported[page] = 0;
    }
  }

  writePrivate(page: number, compressedBytes: number, fill: number): void {
    const frame = (this.#memory.entries[page]! & PAYLOAD_MASK) as Mfn;
    this.store.writePrivate(frame, compressedBytes, fill);
    if (this.witness !== undefined) {
      this.witness.wrotePrivate(this.vm, toGfn(page), this.store.hashLo(frame), this.store.hashHi(frame));
      this.#reported[page] = 0;
    }
  }

  /** The guest gave the page away: it reads as zero until written again. */
  gave(page: Gfn): void {
    this.witness?.discarded(this.vm, page);
  }

  /** The guest told that nothing of value is in the page. */
  reportedFree(page: Gfn): void {
    if (this.witness !== undefined) this.#reported[page] = 1;
  }

  /**
   * Holds pages that were just touched, before their writes land, against the record. @throws
   * ContractViolation
   */
  check(gfns: Uint32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const page = toGfn(gfns[i]!);
      const frame = toMfn(this.#host.memory.frame(this.vm, page));
      // A page reported free may have been dropped: it reads as it was, or as zero.
      if (this.#reported[page] === 1 && this.store.fill(frame) === FILL_ZERO)
        this.witness!.discarded(this.vm, page);
      this.witness!.check(this.vm, page, frame, this.store, this.#view);
    }
  }
}
