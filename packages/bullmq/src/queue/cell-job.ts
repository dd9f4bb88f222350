/** A cell on its way through the queue: all of it plain data. */
import type { CellRequest, RunLimits } from '@overbook/lab';
import type { Ran } from '@overbook/study';

/** Name of the queue. Two studies share it: a job's id is its cell's key. */
export const QUEUE = 'overbook-cells';

export interface CellJob {
  /** Of the code that the study was planned with. */
  readonly version: string;
  readonly request: CellRequest;
  readonly plugins: readonly string[];
}

/** What the process that runs the cell is given. */
export interface PlacedJob extends CellJob {
  readonly limits: Partial<RunLimits>;
}

export type CellJobResult = Ran;

/** What a worker says while it has a job. */
export type CellNotice =
  /** Datasets that it lacks, by hash. */
  | { readonly kind: 'wants'; readonly hashes: readonly string[] }
  /** It gave the job back: its code is another. */
  | { readonly kind: 'other'; readonly version: string };

/**
 * How often a cell is tried whose process ended, and how long results stay for a second study that asks for them.
 * Chosen: an hour is longer than any study needs to fetch them, and a thousand results are some 20 MB.
 */
export const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 3600, count: 1000 },
  removeOnFail: true,
  stackTraceLimit: 0,
} as const;

/** Events that the server keeps: each completed one holds a result. */
export const EVENTS_KEPT = 1000;
