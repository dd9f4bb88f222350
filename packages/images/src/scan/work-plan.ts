/**
 * What worker threads are told, as plain data: which rows of which image to work on, and the shared columns that they
 * write into. A row is a page whose bytes are in the file; pages known by the layout alone have none.
 */
import type { OverbookError } from '@overbook/core/units';
import type { ContentKeySpec } from './content-key.ts';
import type { CodecName } from './page-codec.ts';
import type { ImageHandle } from '../readers/memory-image.ts';
import type { SharedRanges } from './row-ranges.ts';

/** Row kinds 0, 1 and 2 are the fill classes; from here on the page is unknown: this plus its state (PAGE_HOLE, …). */
export const KIND_UNKNOWN = 16;

/** Shared by all threads. */
export interface RowColumns {
  /** Two words a row. */
  readonly keys: Uint32Array<SharedArrayBuffer>;
  readonly kinds: Uint8Array<SharedArrayBuffer>;
}

export function rowColumns(rows: number): RowColumns {
  return {
    keys: new Uint32Array(new SharedArrayBuffer(rows * 8)),
    kinds: new Uint8Array(new SharedArrayBuffer(rows)),
  };
}

/** An image to work on. */
export interface ImageToScan {
  readonly handle: ImageHandle;
  readonly ranges: SharedRanges;
  readonly columns: RowColumns;
}

/** A module with a function `loadReaders`, which answers `request` (plain data) with readers. */
export interface ReadersInThreads {
  /** Absolute URL. */
  readonly module: string;
  readonly request: unknown;
}

/** What every thread is told once. */
export interface WorkerSetup {
  readonly images: readonly ImageToScan[];
  readonly contentKey: ContentKeySpec;
  readonly codecs: readonly CodecName[];
  /** Where a thread finds the readers beside the shipped ones. */
  readonly readersInThreads?: ReadersInThreads;
}

/** Rows of an image, `to` not among them. */
interface RowSpan {
  readonly image: number;
  readonly from: number;
  readonly to: number;
}

/** Keys and classifies pages: fills the columns of their rows. */
export interface HashTask extends RowSpan {
  readonly kind: 'hash';
}

/** Compresses pages: the rows whose `wanted` is 1. */
export interface CompressTask extends RowSpan {
  readonly kind: 'compress';
  readonly wanted: Uint8Array<SharedArrayBuffer>;
  /** One column per codec of the setup, by row. */
  readonly sizes: readonly Uint16Array<SharedArrayBuffer>[];
}

/** Compares all pages of contents `from`..`to` byte for byte. */
export interface VerifyTask {
  readonly kind: 'verify';
  readonly from: number;
  readonly to: number;
  /** Per image: the content of each row. */
  readonly contents: readonly Uint32Array<SharedArrayBuffer>[];
  /** By content: 1 where it occurs at least twice. */
  readonly wanted: Uint8Array<SharedArrayBuffer>;
}

export type WorkTask = HashTask | CompressTask | VerifyTask;

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

/** Pages compared, and those that differ from the first page of their key. */
export interface VerifiedPages {
  readonly comparedPages: number;
  readonly collisions: readonly Collision[];
}

/** What a task found beside what it wrote into shared columns. */
export interface WorkAnswer {
  /** Of hash tasks: words seen, each once. */
  readonly filled?: readonly FilledKey[];
  /** Of verify tasks. */
  readonly verified?: VerifiedPages;
}

/** What a thread has to tell of a task: an answer, or an error of ours on its way home. */
export type TaskReport =
  | { readonly task: number; readonly answer: WorkAnswer }
  | { readonly task: number; readonly refused: Pick<OverbookError, 'code' | 'at' | 'what' | 'mend'> };

/** A thread's part of a run. */
export interface ShareRequest {
  /** The same in every run of a pool. */
  readonly setup: WorkerSetup;
  readonly tasks: readonly WorkTask[];
  readonly ledger: SharedArrayBuffer;
  readonly share: number;
  readonly shares: number;
}
