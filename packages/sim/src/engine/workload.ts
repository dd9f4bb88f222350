import type { GuestPageTable, Translation } from '@overbook/core/host';

import type { TouchCause } from '../result.ts';
import type { Batch } from './batch.ts';

/** What runs in a guest: a source of batches, and what its writes write. */
export interface Workload {
  /** Entries of its largest batch. */
  readonly largestBatch: number;
  /** Instructions of all its work, for progress. */
  readonly instructions: number;
  /** Fills the batch with the next piece of work. @returns false when all is done */
  next(batch: Batch): boolean;
  /** The batch that `next` filled begins now: the time for what its guest does before. */
  begins?(batch: Batch, atNs: number): void;
  /**
   * The batch runs: serves it whole where nothing in it needs the host and nobody can tell in which order it was done,
   * and sets `batch.writes`; else lists it. @returns true when it is over
   */
  serve?(batch: Batch): boolean;
  /** Puts the entries of the batch that `next` began into it. Absent where `next` has done so. */
  list?(batch: Batch): void;
  /**
   * Entries `from`..`to - 1` were just touched and are mapped: puts the contents of those that write into
   * their frames.
   */
  wrote(batch: Batch, from: number, to: number): void;
  /**
   * Entry `index` has no guest frame at `atNs`: the guest finds one, puts it into `batch.gfns` and, where the
   * frame gets new contents (read back from a disk, zeroed), makes the entry a write.
   * @returns nanoseconds the guest waits for its own devices; NO_FRAME when it is out of memory now and must
   * try again; DROPPED when the rest of the batch will not run
   */
  fill(batch: Batch, index: number, atNs: number): number;
  /** Why entry `index`, which needs the host, is touched; absent where nothing but use is known. */
  cause?(batch: Batch, index: number): TouchCause;
  /** Present where the batch's pages are guest-virtual: how they are translated. */
  readonly virtual?: VirtualSide | undefined;
  /** The VM was ended. */
  stop(): void;
}

/** Guest-virtual pages of the running batch, and what translates them. */
export interface VirtualSide {
  readonly translation: Translation;
  /** Tables of the process whose batch runs; undefined while the batch is of guest frames. */
  table(): GuestPageTable | undefined;
  /** Guest-virtual page number of each entry. */
  readonly pages: Uint32Array;
}

/** Answers of `fill` that are no time. */
export const NO_FRAME = -1;
export const DROPPED = -2;
