/**
 * What worker threads are told, as plain data: which rows of which image to work on, and the shared columns that they
 * write into. A row is a page whose bytes are in the file; pages known by the layout alone have none.
 */
import type { OverbookError } from '@overbook/core/units';
import type { ContentKeySpec } from '../digest/content-key.ts';
import type { CodecName } from '../digest/page-codec.ts';
import type { ImageHandle } from '../readers/memory-image.ts';

/** Neighbouring pages with bytes, and the row of the first. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
  readonly row: number;
}

/** Row kinds 0, 1 and 2 are the fill classes; from here on the page is unknown: this plus its state (PAGE_HOLE, …). */
export const KIND_UNKNOWN = 16;

/** Shared by all threads. */
export interface RowColumns {
  /** Two words a row. */
  readonly keys: Uint32Array<SharedArrayBuffer>;
  readonly kinds: Uint8Array<SharedArrayBuffer>;
}

export const rowColumns = (rows: number): RowColumns => ({
  keys: new Uint32Array(new SharedArrayBuffer(rows * 8)),
  kinds: new Uint8Array(new SharedArrayBuffer(rows)),
});

/** What every thread is told once. */
export interface WorkerSetup {
  readonly images: readonly ImageHandle[];
  readonly contentKey: ContentKeySpec;
  readonly codecs: readonly CodecName[];
  /** Modules whose exported readers join the shipped ones: absolute URLs. */
  readonly readerModules: readonly string[];
}

/** Keys and classifies the pages of some ranges. */
export interface HashTask {
  readonly kind: 'hash';
  readonly image: number;
  readonly ranges: readonly RowRange[];
  readonly columns: RowColumns;
}

/** Compresses pages: the rows whose `wanted` is 1. */
export interface CompressTask {
  readonly kind: 'compress';
  readonly image: number;
  readonly ranges: readonly RowRange[];
  readonly wanted: Uint8Array<SharedArrayBuffer>;
  /** One column per codec of the setup, by row. */
  readonly sizes: readonly Uint16Array<SharedArrayBuffer>[];
}

/** Compares all pages of contents `from`..`to` byte for byte. */
export interface VerifyTask {
  readonly kind: 'verify';
  readonly from: number;
  readonly to: number;
  /** Per image: ranges, and the content of each row. */
  readonly images: readonly {
    readonly ranges: readonly RowRange[];
    readonly content: Uint32Array<SharedArrayBuffer>;
  }[];
  /** By content: 1 where it stands at least twice. */
  readonly wanted: Uint8Array<SharedArrayBuffer>;
}

/** Hashes all pages in order, unknown and device pages as zeros. */
export interface Sha256Task {
  readonly kind: 'sha256';
  readonly image: number;
}

export type WorkTask = HashTask | CompressTask | VerifyTask | Sha256Task;

/** One 8-byte word that fills pages, and the key of such a page. */
export interface FilledKey {
  readonly keyLo: number;
  readonly keyHi: number;
  readonly word: string;
}

/** Two pages of one key whose bytes differ. */
export interface Collision {
  readonly image: number;
  readonly page: number;
  readonly content: number;
}

export interface WorkAnswer {
  /** Of hash tasks: words seen, each once. */
  readonly filled: readonly FilledKey[];
  /** Of verify tasks. */
  readonly collisions: readonly Collision[];
  readonly comparedPages: number;
  /** Of SHA-256 tasks, hexadecimal. */
  readonly sha256: string;
}

/** An error of ours on its way from a thread. */
export interface Refusal {
  readonly refused: Pick<OverbookError, 'code' | 'at' | 'what' | 'mend'>;
}
