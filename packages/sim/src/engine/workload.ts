import { type Batch } from './batch.ts';

/** What runs in a guest: a source of batches, and what its writes write. */
export interface Workload {
  /** Entries of its largest batch. */
  readonly largestBatch: number;
  /** Instructions of all its work, for progress. */
  readonly instructions: number;
  /** Fills the batch with the next piece of work. @returns false when all is done */
  next(batch: Batch): boolean;
  /**
   * Entries `from`..`to - 1` were just touched and are mapped: puts the contents of those that write into
   * their frames.
   */
  wrote(batch: Batch, from: number, to: number): void;
  /**
   * Entry `index` has no guest frame: the guest finds one, puts it into `batch.gfns` and, where the page must
   * be read back from a guest disk, makes the entry a write.
   * @returns nanoseconds the guest waits for its own disk, or -1 when the guest is out of memory now
   */
  fill(batch: Batch, index: number): number;
  /** The VM was ended. */
  stop(): void;
}
