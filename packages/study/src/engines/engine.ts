/** Where cells run: threads of this machine, or machines behind a queue. */
import type { CellAnswer } from '@overbook/lab';

import type { StudyCell } from '../cells/cell.ts';

/** What a cell came to, and how long that took where it ran. */
export interface Ran {
  readonly answer: CellAnswer;
  readonly ms: number;
}

export interface Engine {
  /** Cells that are handed over at a time, so that no worker waits for the next. */
  readonly inFlight: number;
  /**
   * Runs one cell, anywhere; the same cell gives the same figures. What goes wrong with the run is an answer; what goes
   * wrong with the engine is thrown. @param signal ends the wait
   */
  run(cell: StudyCell, signal: AbortSignal | undefined): Promise<Ran>;
  close(): Promise<void>;
}
