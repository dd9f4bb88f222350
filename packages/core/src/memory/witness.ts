import type { ContentTable } from '../units/content.ts';
import { FILL_ZERO } from '../units/content.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Gfn, Mfn, VmId } from '../units/page.ts';
import { PAGE_BYTES } from '../units/page.ts';
import { ContractViolation } from '../contract/contract-violation.ts';

const BY_HASH = -1;

/**
 * An independent record of what each guest last wrote, page by page. It keeps its own numbers, never looks
 * at frames or backings, and so can tell whether a guest reads back what it wrote whatever happened in
 * between.
 */
export class Witness {
  /**
   * Per VM and page: what was written last, as an identity of the writer's choosing; 0 = never written, reads
   * as zero.
   */
  readonly #written: readonly Float64Array[];
  /** Identity → how to recognise the content in a store. */
  readonly #tables: ContentTable[] = [];
  /** Hash of what was written last, where only the store could name it (private contents). */
  readonly #hashes: readonly { readonly lo: Uint32Array; readonly hi: Uint32Array }[];
  reads = 0;

  /** @param sizes pages of each VM */
  constructor(sizes: readonly number[]) {
    this.#written = sizes.map((size) => new Float64Array(size));
    this.#hashes = sizes.map((size) => ({ lo: new Uint32Array(size), hi: new Uint32Array(size) }));
  }

  /** The guest wrote a content that no table names; its hash is taken from the store at the moment of writing. */
  wrotePrivate(vm: VmId, gfn: Gfn, hashLo: number, hashHi: number): void {
    this.#written[vm]![gfn] = BY_HASH;
    this.#hashes[vm]!.lo[gfn] = hashLo;
    this.#hashes[vm]!.hi[gfn] = hashHi;
  }

  /** The guest wrote content `index` of `table`. */
  wrote(vm: VmId, gfn: Gfn, table: ContentTable, index: number): void {
    let at = this.#tables.indexOf(table);
    if (at < 0) at = this.#tables.push(table) - 1;
    this.#written[vm]![gfn] = 1 + at * 4294967296 + index;
  }

  /** The guest gave the page away or discarded it: it reads as zero until written again. */
  discarded(vm: VmId, gfn: Gfn): void {
    this.#written[vm]![gfn] = 0;
  }

  /**
   * Holds what the guest reads now (the content of `frame`) against what it wrote last.
   * @throws ContractViolation `guests read what they last wrote`
   */
  check(vm: VmId, gfn: Gfn, frame: Mfn, store: PageStore, view?: (frame: Mfn) => Uint8Array): void {
    this.reads++;
    const written = this.#written[vm]![gfn]!;
    const hashes = this.#hashes[vm]!;
    const right =
      written === 0
        ? store.fill(frame) === FILL_ZERO
        : written === BY_HASH
          ? store.hashLo(frame) === hashes.lo[gfn] && store.hashHi(frame) === hashes.hi[gfn]
          : holds(
              this.#tables[Math.floor((written - 1) / 4294967296)]!,
              (written - 1) % 4294967296,
              frame,
              store,
              view,
            );
    if (right) return;
    const promise = written === 0 ? 'a new frame reads as zero' : 'guests read what they last wrote';
    throw new ContractViolation('core', promise, `page ${gfn} of VM ${vm} on frame ${frame}`);
  }
}

function holds(
  table: ContentTable,
  index: number,
  frame: Mfn,
  store: PageStore,
  view?: (frame: Mfn) => Uint8Array,
): boolean {
  if (view !== undefined && table.bytes !== undefined) {
    const from = index * PAGE_BYTES;
    return Buffer.compare(view(frame), table.bytes.subarray(from, from + PAGE_BYTES)) === 0;
  }
  if (table.fill[index] === FILL_ZERO) return store.fill(frame) === FILL_ZERO;
  return store.hashLo(frame) === table.keyLo[index] && store.hashHi(frame) === table.keyHi[index];
}
