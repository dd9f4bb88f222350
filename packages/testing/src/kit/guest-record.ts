import type { ContentTable, Mfn, VmId } from '@overbook/core';
import type { ByteStore, KeyStore } from '@overbook/core/host';
import { FILL_OTHER, FILL_ZERO, PAGE_BYTES } from '@overbook/core';

import { BrokenPromise } from '../promises.ts';
import { ZERO_CONTENT } from './contents.ts';

const NEVER = -1;

/** The store that the host was given, read past whatever a binding put around it. */
export type RawStore =
  | { readonly kind: 'keys'; readonly store: KeyStore }
  | { readonly kind: 'bytes'; readonly store: ByteStore };

/**
 * What each guest last wrote, page by page, kept apart from everything the host keeps: content numbers, no frames and
 * no backings. What a guest reads is held against it byte by byte, or key by key.
 */
export class GuestRecord {
  readonly #written: readonly Int32Array[];
  /** 1 for a page whose owner gave it up since it was last written: it may read as zero as well. */
  readonly #givenUp: readonly Uint8Array[];
  readonly #table: ContentTable & { readonly bytes: Uint8Array };
  readonly #raw: RawStore;
  readonly #origins: readonly (Uint32Array | undefined)[];
  reads = 0;

  /**
   * @param sizes pages of each VM
   * @param origins what a VM's template has at each page: content number + 1, 0 for zeros
   */
  constructor(
    sizes: readonly number[],
    table: ContentTable & { readonly bytes: Uint8Array },
    raw: RawStore,
    origins: readonly (Uint32Array | undefined)[] = [],
  ) {
    this.#origins = origins;
    this.#written = sizes.map((size) => new Int32Array(size).fill(NEVER));
    this.#givenUp = sizes.map((size) => new Uint8Array(size));
    this.#table = table;
    this.#raw = raw;
  }

  /** Content number that the page has for its guest; -1 when it never wrote it. */
  written(vm: VmId, page: number): number {
    return this.#written[vm]![page]!;
  }

  wrote(vm: VmId, page: number, content: number): void {
    this.#written[vm]![page] = content;
    this.#givenUp[vm]![page] = 0;
  }

  /**
   * The guest told the host that it does not need the page's content: from now on zero is as right as what
   * it wrote.
   */
  gaveUp(vm: VmId, page: number): void {
    this.#givenUp[vm]![page] = 1;
  }

  /** True for a page that its guest gave up and has not written since. */
  isGivenUp(vm: VmId, page: number): boolean {
    return this.#givenUp[vm]![page] === 1;
  }

  /** The VM starts anew: all its pages are untouched. */
  restarted(vm: VmId): void {
    this.#written[vm]!.fill(NEVER);
    this.#givenUp[vm]!.fill(0);
  }

  /**
   * Holds the content of `frame` against the record. @param how for the message: `read`, `write fault`,
   * `peek`
   */
  check(vm: VmId, page: number, frame: Mfn, how: string): void {
    this.reads++;
    const written = this.#written[vm]![page]!;
    const origin = written === NEVER ? (this.#origins[vm]?.[page] ?? 0) - 1 : NEVER;
    if (this.#holds(frame, written === NEVER ? origin : written)) return;
    if (this.#givenUp[vm]![page] === 1 && this.#holds(frame, NEVER)) return;
    const expected = written === NEVER ? 'zero, being untouched' : `content ${written}`;
    if (origin !== NEVER) {
      const gives = this.#describe(frame);
      throw new BrokenPromise(
        'origin',
        `${how} of page ${page} of VM ${vm} on frame ${frame} gives ${gives}; its template has content ${origin}`,
      );
    }
    throw new BrokenPromise(
      written === NEVER ? 'newFrame' : 'reads',
      `${how} of page ${page} of VM ${vm} on frame ${frame} gives ${this.#describe(frame)}; expected is ${expected}`,
    );
  }

  #holds(frame: Mfn, content: number): boolean {
    const index = content === NEVER ? ZERO_CONTENT : content;
    if (this.#raw.kind === 'bytes') {
      const from = index * PAGE_BYTES;
      return (
        Buffer.compare(this.#raw.store.view(frame), this.#table.bytes.subarray(from, from + PAGE_BYTES)) === 0
      );
    }
    const { store } = this.#raw;
    if (index === ZERO_CONTENT) return store.fill(frame) === FILL_ZERO;
    return (
      store.hashLo(frame) === this.#table.keyLo[index] && store.hashHi(frame) === this.#table.keyHi[index]
    );
  }

  #describe(frame: Mfn): string {
    for (let index = 0; index < this.#table.keyLo.length; index++) {
      if (this.#holds(frame, index)) return `content ${index}`;
    }
    return this.#raw.store.fill(frame) === FILL_OTHER
      ? 'what no guest ever wrote'
      : 'a filled page that no guest ever wrote';
  }
}
