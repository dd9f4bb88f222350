import type { ContentTable } from '../units/content.ts';
import { FILL_OTHER, FILL_SAME, FILL_ZERO } from '../units/content.ts';
import { OverbookError } from '../units/errors.ts';
import type { Mfn } from '../units/page.ts';
import { PAGE_BYTES } from '../units/page.ts';
import type { Contents, PageStore, SlotStore } from '../ports/page-store.ts';

const WORDS = PAGE_BYTES / 4;

/**
 * The real 4096 bytes of every frame. Sharing compares them whole, compression compresses them, swap writes
 * them; it needs inputs that have bytes and as much memory as the host it models.
 */
export class ByteStore implements PageStore, Contents {
  readonly contentKey = 'bytes';
  readonly codec = 'none';
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;

  constructor(frames: number) {
    const buffer = new ArrayBuffer(frames * PAGE_BYTES);
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }

  view(mfn: Mfn): Uint8Array {
    return this.#bytes.subarray(mfn * PAGE_BYTES, (mfn + 1) * PAGE_BYTES);
  }

  zero(mfn: Mfn): void {
    this.view(mfn).fill(0);
  }

  /** @throws OVB_NO_BYTES for a table of keys without bytes */
  write(mfn: Mfn, table: ContentTable, index: number): void {
    if (table.bytes === undefined) throw noBytes();
    this.view(mfn).set(table.bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
  }

  /** @throws OVB_NO_BYTES always: unknown contents have no bytes */
  writePrivate(): void {
    throw noBytes();
  }

  /** @throws OVB_NO_BYTES always */
  writePrivateHits(): void {
    throw noBytes();
  }

  copy(from: Mfn, to: Mfn): void {
    this.#bytes.copyWithin(to * PAGE_BYTES, from * PAGE_BYTES, (from + 1) * PAGE_BYTES);
  }

  equal(a: Mfn, b: Mfn): boolean {
    const words = this.#words;
    for (let i = a * WORDS, j = b * WORDS, end = i + WORDS; i < end; i++, j++) {
      if (words[i] !== words[j]) return false;
    }
    return true;
  }

  hashLo(mfn: Mfn): number {
    return this.#hash(mfn, 0x9e3779b1, 0xc2b2ae3d, 15);
  }

  hashHi(mfn: Mfn): number {
    return this.#hash(mfn, 0x85ebca77, 0x85ebca6b, 13);
  }

  fill(mfn: Mfn): number {
    const words = this.#words;
    const first = mfn * WORDS;
    const lo = words[first];
    const hi = words[first + 1];
    for (let i = first + 2; i < first + WORDS; i += 2) {
      if (words[i] !== lo || words[i + 1] !== hi) return FILL_OTHER;
    }
    return lo === 0 && hi === 0 ? FILL_ZERO : FILL_SAME;
  }

  compressedBytes(): undefined {
    return undefined;
  }

  slots(): SlotStore {
    return new ByteSlots(this);
  }

  /**
   * Multiply and rotate over the words: spreads candidates over a table; every match is compared whole
   * afterwards. The halves differ in multiplier and turn: a flipped top bit of one word is undone by one bit
   * of the next, whatever the multiplier, and with equal turns it would be the same bit in both halves.
   */
  #hash(mfn: Mfn, seed: number, multiplier: number, turn: number): number {
    const words = this.#words;
    let hash = seed | 0;
    for (let i = mfn * WORDS, end = i + WORDS; i < end; i++) {
      hash = Math.imul(hash ^ words[i]!, multiplier);
      hash = (hash << turn) | (hash >>> (32 - turn));
    }
    hash ^= hash >>> 16;
    return Math.imul(hash, seed) >>> 0;
  }
}

class ByteSlots implements SlotStore {
  readonly #store: ByteStore;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(store: ByteStore) {
    this.#store = store;
  }

  save(slot: number, from: Mfn): void {
    this.#pages.set(slot, this.#store.view(from).slice());
  }

  /** @throws Error for a slot that holds nothing: a bug of its owner */
  load(slot: number, into: Mfn): void {
    const page = this.#pages.get(slot);
    if (page === undefined) throw new Error(`slot ${slot} holds nothing`);
    this.#store.view(into).set(page);
  }

  drop(slot: number): void {
    this.#pages.delete(slot);
  }
}

function noBytes(): OverbookError {
  return new OverbookError(
    'OVB_NO_BYTES',
    'page store',
    'this host keeps real bytes, but a guest has contents without bytes',
    'Use the key store (store: keys), or give the guest an input with bytes such as a raw memory image.',
  );
}
