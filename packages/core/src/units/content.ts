/**
 * What a page holds, as far as it is known without its bytes: the vocabulary that digests, recordings and page
 * stores share. Struct of arrays; index i is one content.
 */

/** Fill classes of a page. A zero page is not counted as same-filled. */
export const FILL_OTHER = 0;
export const FILL_ZERO = 1;
/** One 8-byte word repeated, not zero (zram and zswap keep such a page as one word). */
export const FILL_SAME = 2;

/** Contents by number. All arrays have one entry per content; `bytes`, where present, 4096 per content. */
export interface ContentTable {
  /** Name of the function behind the keys, e.g. `sha256-64`. Tables of different names must not meet in a host. */
  readonly contentKey: string;
  /** Name of the compressor behind `compressedBytes`, e.g. `lz4-napi`. */
  readonly codec: string;
  /** Low 32 bits of the 64-bit content key. */
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
  /** Size of the page alone under `codec`, in bytes; above 4096 = incompressible. */
  readonly compressedBytes: Uint16Array;
  /** FILL_OTHER, FILL_ZERO or FILL_SAME. */
  readonly fill: Uint8Array;
  /** The contents themselves, 4096 bytes each, where they are known. */
  readonly bytes?: Uint8Array;
}
