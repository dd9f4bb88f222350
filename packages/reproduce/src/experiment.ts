/** What an experiment honestly shows (`arithmetic`: follows from published inputs; `shape`: after calibration). */
export type Grade = 'arithmetic' | 'shape' | 'ordering';

/** One published quantity beside what the running mechanism gave. */
export interface Row {
  /** What is compared, with its unit. */
  readonly quantity: string;
  /** As published; words where the source prints an ordering. Null: the source prints nothing, the row is ours. */
  readonly published: number | string | null;
  readonly measured: number | string;
  /** How far apart the two may be, in words a reader can check (`±1 %`, `≤ 5`). */
  readonly tolerance: string;
  readonly pass: boolean;
  readonly grade: Grade;
}

/** What one experiment came to: the stable part of `reproduce --json`. */
export interface ExperimentResult {
  readonly id: string;
  /** Publication and figure, table or section. */
  readonly source: string;
  /** The lowest grade of its rows. */
  readonly grade: Grade;
  /** Names of inputs fitted to the same source; a row that rests on one is no prediction. */
  readonly calibrated: readonly string[];
  /** True when every row passed. */
  readonly pass: boolean;
  readonly rows: readonly Row[];
}
