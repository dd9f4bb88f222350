// hot
import type { ContentTable } from '../units/content.ts';
import { FILL_SAME, FILL_ZERO } from '../units/content.ts';
import { PAYLOAD_MASK } from '../pmap/kinds.ts';
import { ACCESS_WRITE } from '../units/access.ts';
import type { Mfn } from '../units/page.ts';
import type { PageStore, SlotStore } from '../ports/page-store.ts';

const FILL_SHIFT = 13;
const SIZE_MASK = 0x1fff; // 13 bits: LZ4 of 4096 bytes is at most 4114
const PRIVATE = 0x8000; // equals nothing but its own copies
/** With PRIVATE, whose fill is never zero: nobody has asked for the key yet, so none has been given out. */
const UNKEYED = PRIVATE | (FILL_ZERO << FILL_SHIFT);
const ZERO_META = FILL_ZERO << FILL_SHIFT;

/**
 * Ten bytes of description per frame or slot: a 64-bit key as two words, and size, fill and the private mark
 * in one.
 */
interface Lanes {
  /** Low and high half of each key side by side: who writes or reads one needs the other. */
  readonly keys: Uint32Array;
  readonly meta: Uint16Array;
}

function makeLanes(count: number): Lanes {
  return {
    keys: new Uint32Array(2 * count),
    meta: new Uint16Array(count).fill(ZERO_META),
  };
}

/**
 * Knows of each frame a 64-bit content key, its compressed size and fill, never its bytes: 10 bytes a frame,
 * so hosts of many gibibytes fit. Equal keys count as equal contents: with a good hash a chance collision
 * among 2^24 pages is below 10^-5 (Waldspurger, OSDI 2002, §4.1). A private content carries a mark and meets
 * no other. Most are written over before anyone looks: it gets its key when its key is first asked for.
 */
export class KeyStore implements PageStore {
  readonly contentKey: string;
  readonly codec: string;
  readonly #keys: Uint32Array;
  readonly #meta: Uint16Array;
  /** Keys of private contents given out so far: the next one. */
  #privates = 0;

  constructor(frames: number, contentKey = 'sha256-64', codec = 'unknown') {
    const lanes = makeLanes(frames);
    this.#keys = lanes.keys;
    this.#meta = lanes.meta;
    this.contentKey = contentKey;
    this.codec = codec;
  }

  zero(mfn: Mfn): void {
    this.#keys[2 * mfn] = 0;
    this.#keys[2 * mfn + 1] = 0;
    this.#meta[mfn] = ZERO_META;
  }

  write(mfn: Mfn, table: ContentTable, index: number): void {
    const fill = table.fill[index]!;
    if (fill === FILL_ZERO) {
      // Zero is zero whatever the key function makes of it: a zeroed frame never passed through that function.
      this.zero(mfn);
      return;
    }
    this.#keys[2 * mfn] = table.keyLo[index]!;
    this.#keys[2 * mfn + 1] = table.keyHi[index]!;
    this.#meta[mfn] = table.compressedBytes[index]! | (fill << FILL_SHIFT);
  }

  writePrivate(mfn: Mfn, compressedBytes: number, fill: number): void {
    this.#meta[mfn] = compressedBytes | ((fill & FILL_SAME) << FILL_SHIFT) | UNKEYED;
  }

  writePrivateHits(
    entries: Uint32Array,
    gfns: Uint32Array,
    accesses: Uint8Array,
    from: number,
    to: number,
    compressedBytes: number,
  ): void {
    const meta = this.#meta;
    const mark = compressedBytes | UNKEYED;
    for (let i = from; i < to; i++)
      if (accesses[i] === ACCESS_WRITE) meta[entries[gfns[i]!]! & PAYLOAD_MASK] = mark;
  }

  copy(from: Mfn, to: Mfn): void {
    this.#giveKey(from);
    this.#keys[2 * to] = this.#keys[2 * from]!;
    this.#keys[2 * to + 1] = this.#keys[2 * from + 1]!;
    this.#meta[to] = this.#meta[from]!;
  }

  equal(a: Mfn, b: Mfn): boolean {
    this.#giveKey(a);
    this.#giveKey(b);
    return (
      this.#keys[2 * a] === this.#keys[2 * b] &&
      this.#keys[2 * a + 1] === this.#keys[2 * b + 1] &&
      (this.#meta[a]! & PRIVATE) === (this.#meta[b]! & PRIVATE)
    );
  }

  hashLo(mfn: Mfn): number {
    this.#giveKey(mfn);
    // The private mark is mixed in, else the counters 0, 1, 2 … would look like contents with those keys.
    const low = this.#keys[2 * mfn]!;
    return this.#meta[mfn]! & PRIVATE ? Math.imul(low, 0x9e3779b1) >>> 0 : low;
  }

  hashHi(mfn: Mfn): number {
    this.#giveKey(mfn);
    const high = this.#keys[2 * mfn + 1]!;
    return this.#meta[mfn]! & PRIVATE ? ~high >>> 0 : high;
  }

  fill(mfn: Mfn): number {
    const meta = this.#meta[mfn]!;
    return (meta >>> FILL_SHIFT) & ((meta & PRIVATE) === 0 ? 3 : FILL_SAME);
  }

  compressedBytes(mfn: Mfn): number {
    return this.#meta[mfn]! & SIZE_MASK;
  }

  slots(): SlotStore {
    return new KeySlots({ keys: this.#keys, meta: this.#meta }, (mfn) => this.#giveKey(mfn));
  }

  #giveKey(mfn: Mfn): void {
    const meta = this.#meta[mfn]!;
    if ((meta & UNKEYED) !== UNKEYED) return;
    const n = this.#privates++;
    this.#keys[2 * mfn] = n;
    this.#keys[2 * mfn + 1] = Math.floor(n / 4294967296);
    this.#meta[mfn] = (meta & ~UNKEYED) | PRIVATE;
  }
}

const CHUNK_SLOTS = 1 << 14;

/** Descriptions outside frames, grown a chunk at a time so that memory follows use and nothing is copied. */
class KeySlots implements SlotStore {
  readonly #frames: Lanes;
  readonly #giveKey: (mfn: Mfn) => void;
  readonly #chunks: (Lanes | undefined)[] = [];

  constructor(frames: Lanes, giveKey: (mfn: Mfn) => void) {
    this.#frames = frames;
    this.#giveKey = giveKey;
  }

  save(slot: number, from: Mfn): void {
    this.#giveKey(from);
    const chunk = (this.#chunks[slot >>> 14] ??= makeLanes(CHUNK_SLOTS));
    const at = slot & (CHUNK_SLOTS - 1);
    chunk.keys[2 * at] = this.#frames.keys[2 * from]!;
    chunk.keys[2 * at + 1] = this.#frames.keys[2 * from + 1]!;
    chunk.meta[at] = this.#frames.meta[from]!;
  }

  load(slot: number, into: Mfn): void {
    const chunk = this.#chunks[slot >>> 14]!;
    const at = slot & (CHUNK_SLOTS - 1);
    this.#frames.keys[2 * into] = chunk.keys[2 * at]!;
    this.#frames.keys[2 * into + 1] = chunk.keys[2 * at + 1]!;
    this.#frames.meta[into] = chunk.meta[at]!;
  }

  drop(): void {
    // Nothing to free: the slot's ten bytes wait for its next use.
  }
}
