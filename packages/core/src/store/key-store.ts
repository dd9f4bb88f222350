// hot
import type { ContentTable } from '../units/content.ts';
import { FILL_OTHER, FILL_ZERO } from '../units/content.ts';
import { PAYLOAD_MASK } from '../pmap/kinds.ts';
import { ACCESS_WRITE } from '../units/access.ts';
import type { Mfn } from '../units/page.ts';
import type { PageStore, SlotStore } from '../ports/page-store.ts';

const FILL_SHIFT = 13;
const SIZE_MASK = 0x1fff; // 13 bits: LZ4 of 4096 bytes is at most 4114
const PRIVATE = 0x8000; // equals nothing but its own copies
const ZERO_META = FILL_ZERO << FILL_SHIFT;

/**
 * Ten bytes of description per frame or slot: a 64-bit key in two lanes, and size, fill and the private mark
 * in one.
 */
interface Lanes {
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
  readonly meta: Uint16Array;
}

function makeLanes(count: number): Lanes {
  return {
    keyLo: new Uint32Array(count),
    keyHi: new Uint32Array(count),
    meta: new Uint16Array(count).fill(ZERO_META),
  };
}

/**
 * Knows of each frame a 64-bit content key, its compressed size and fill, never its bytes: 10 bytes a frame,
 * so hosts of many gibibytes fit. Equal keys count as equal contents: with a good hash a chance collision
 * among 2^24 pages is below 10^-5 (Waldspurger, OSDI 2002, §4.1). A private content carries a mark and meets
 * no other.
 */
export class KeyStore implements PageStore {
  readonly contentKey: string;
  readonly codec: string;
  readonly #keyLo: Uint32Array;
  readonly #keyHi: Uint32Array;
  readonly #meta: Uint16Array;
  /** Private contents written so far: the key of the next one. */
  #privates = 0;

  constructor(frames: number, contentKey = 'sha256-64', codec = 'unknown') {
    const lanes = makeLanes(frames);
    this.#keyLo = lanes.keyLo;
    this.#keyHi = lanes.keyHi;
    this.#meta = lanes.meta;
    this.contentKey = contentKey;
    this.codec = codec;
  }

  zero(mfn: Mfn): void {
    this.#keyLo[mfn] = 0;
    this.#keyHi[mfn] = 0;
    this.#meta[mfn] = ZERO_META;
  }

  write(mfn: Mfn, table: ContentTable, index: number): void {
    const fill = table.fill[index]!;
    if (fill === FILL_ZERO) {
      // Zero is zero whatever the key function makes of it: a zeroed frame never passed through that function.
      this.zero(mfn);
      return;
    }
    this.#keyLo[mfn] = table.keyLo[index]!;
    this.#keyHi[mfn] = table.keyHi[index]!;
    this.#meta[mfn] = table.compressedBytes[index]! | (fill << FILL_SHIFT);
  }

  writePrivate(mfn: Mfn, compressedBytes: number, fill: number): void {
    const n = this.#privates++;
    this.#keyLo[mfn] = n;
    this.#keyHi[mfn] = Math.floor(n / 4294967296);
    this.#meta[mfn] = compressedBytes | ((fill === FILL_ZERO ? FILL_OTHER : fill) << FILL_SHIFT) | PRIVATE;
  }

  writePrivateHits(
    entries: Uint32Array,
    gfns: Uint32Array,
    accesses: Uint8Array,
    from: number,
    to: number,
    compressedBytes: number,
  ): void {
    const keyLo = this.#keyLo;
    const keyHi = this.#keyHi;
    const meta = this.#meta;
    const mark = compressedBytes | PRIVATE;
    let low = this.#privates >>> 0;
    let high = Math.floor(this.#privates / 4294967296);
    for (let i = from; i < to; i++) {
      if (accesses[i] !== ACCESS_WRITE) continue;
      const frame = entries[gfns[i]!]! & PAYLOAD_MASK;
      keyLo[frame] = low;
      keyHi[frame] = high;
      meta[frame] = mark;
      low = (low + 1) >>> 0;
      if (low === 0) high++;
    }
    this.#privates = high * 4294967296 + low;
  }

  copy(from: Mfn, to: Mfn): void {
    this.#keyLo[to] = this.#keyLo[from]!;
    this.#keyHi[to] = this.#keyHi[from]!;
    this.#meta[to] = this.#meta[from]!;
  }

  equal(a: Mfn, b: Mfn): boolean {
    return (
      this.#keyLo[a] === this.#keyLo[b] &&
      this.#keyHi[a] === this.#keyHi[b] &&
      (this.#meta[a]! & PRIVATE) === (this.#meta[b]! & PRIVATE)
    );
  }

  hashLo(mfn: Mfn): number {
    // The private mark is mixed in, else the counters 0, 1, 2 … would look like contents with those keys.
    return this.#meta[mfn]! & PRIVATE ? Math.imul(this.#keyLo[mfn]!, 0x9e3779b1) >>> 0 : this.#keyLo[mfn]!;
  }

  hashHi(mfn: Mfn): number {
    return this.#meta[mfn]! & PRIVATE ? ~this.#keyHi[mfn]! >>> 0 : this.#keyHi[mfn]!;
  }

  fill(mfn: Mfn): number {
    return (this.#meta[mfn]! >>> FILL_SHIFT) & 3;
  }

  compressedBytes(mfn: Mfn): number {
    return this.#meta[mfn]! & SIZE_MASK;
  }

  slots(): SlotStore {
    return new KeySlots({ keyLo: this.#keyLo, keyHi: this.#keyHi, meta: this.#meta });
  }
}

const CHUNK_SLOTS = 1 << 14;

/** Descriptions outside frames, grown a chunk at a time so that memory follows use and nothing is copied. */
class KeySlots implements SlotStore {
  readonly #frames: Lanes;
  readonly #chunks: (Lanes | undefined)[] = [];

  constructor(frames: Lanes) {
    this.#frames = frames;
  }

  save(slot: number, from: Mfn): void {
    const chunk = (this.#chunks[slot >>> 14] ??= makeLanes(CHUNK_SLOTS));
    const at = slot & (CHUNK_SLOTS - 1);
    chunk.keyLo[at] = this.#frames.keyLo[from]!;
    chunk.keyHi[at] = this.#frames.keyHi[from]!;
    chunk.meta[at] = this.#frames.meta[from]!;
  }

  load(slot: number, into: Mfn): void {
    const chunk = this.#chunks[slot >>> 14]!;
    const at = slot & (CHUNK_SLOTS - 1);
    this.#frames.keyLo[into] = chunk.keyLo[at]!;
    this.#frames.keyHi[into] = chunk.keyHi[at]!;
    this.#frames.meta[into] = chunk.meta[at]!;
  }

  drop(): void {
    // Nothing to free: the slot's ten bytes wait for its next use.
  }
}
