import type { ContentTable } from '../units/content.ts';
import type { Mfn } from '../units/page.ts';

/**
 * What frames and slots hold. Content belongs to machine frames, not to guest pages: moving a page moves its
 * content. Two stores implement this and must agree on every page count: KeyStore knows a 64-bit key and a
 * compressed size per frame, ByteStore the 4096 bytes.
 */
export interface PageStore {
  /** Function behind the keys, e.g. `sha256-64`; tables written into one store must agree on it. */
  readonly contentKey: string;
  /** Compressor behind `compressedBytes`. */
  readonly codec: string;

  /** Makes the frame read as zero. */
  zero(mfn: Mfn): void;
  /** The guest writes content number `index` of a table. */
  write(mfn: Mfn, table: ContentTable, index: number): void;
  /** The guest writes something that equals no other page; only its size under compression is known. */
  writePrivate(mfn: Mfn, compressedBytes: number, fill: number): void;
  /**
   * writePrivate for every write among accesses `from`..`to` - 1 that all hit: the hot loop of guests whose
   * unknown contents. @param entries the VM's pmap words @param accesses access kinds, 3 = write
   */
  writePrivateHits(
    entries: Uint32Array,
    gfns: Uint32Array,
    accesses: Uint8Array,
    from: number,
    to: number,
    compressedBytes: number,
  ): void;
  copy(from: Mfn, to: Mfn): void;

  /** True when both frames hold the same content: bytes compared whole, or keys. */
  equal(a: Mfn, b: Mfn): boolean;
  /** Low and high half of a 64-bit hash of the content, for tables of candidates. Equal contents hash alike. */
  hashLo(mfn: Mfn): number;
  hashHi(mfn: Mfn): number;
  /** FILL_OTHER, FILL_ZERO or FILL_SAME. */
  fill(mfn: Mfn): number;
  /**
   * Size of the content alone under `codec`, in bytes; above 4096 where it does not shrink. Undefined where
   * the store does not know: a strategy with CONTENTS compresses the page itself.
   */
  compressedBytes(mfn: Mfn): number | undefined;

  /** Room for contents outside frames (swap slots, compressed slots), numbered from 0, growing as needed. */
  slots(): SlotStore;
}

/** Contents outside frames, by slot number. */
export interface SlotStore {
  /** Keeps what the frame holds now. */
  save(slot: number, from: Mfn): void;
  /** Puts it into a frame; the slot keeps it. */
  load(slot: number, into: Mfn): void;
  drop(slot: number): void;
}

/** The bytes of frames; bound as CONTENTS where the store has them. */
export interface Contents {
  /**
   * The 4096 bytes of a frame, live: do not keep the view beyond the call. Writing to it is how a fault fills
   * a frame.
   */
  view(mfn: Mfn): Uint8Array;
}
