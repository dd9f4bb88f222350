/** Runs all cells of an experiment, in worker threads or in process; the order of outcomes is that of the cells. */
import { OverbookError } from '@overbook/core';

import type { CellProgress, CellTask } from './cell-worker.ts';
import type { Experiment } from './experiment.ts';
import type { Cell } from './plan.ts';
import { pluginsOf } from './mix.ts';
import type { CellHooks, Outcome } from './run-cell.ts';
import { runCell } from './run-cell.ts';
import type { RunLimits } from './run-limits.ts';
import { RUN_LIMITS, newBeats } from './run-limits.ts';
import { sharedGuests } from './shared-guests.ts';

export interface RunOptions {
  /** Worker threads; 0 (default) runs in this thread, the only way for plugins that exist as objects only. */
  readonly workers?: number;
  /** Ends the experiment: its promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told how much of a cell is done, 0..1. */
  readonly onProgress?: (cell: Cell, fraction: number) => void;
  /** In worker threads only; what is absent is as RUN_LIMITS says. */
  readonly limits?: Partial<RunLimits>;
  /** In this thread only. */
  readonly onDecision?: CellHooks['onDecision'];
  /** In this thread only. */
  readonly onObservation?: CellHooks['onObservation'];
  /** In this thread only; see CellHooks. */
  readonly onSample?: CellHooks['onSample'];
  readonly samplePeriodMs?: CellHooks['samplePeriodMs'];
}

/** A cell and what it came to. */
export interface CellOutcome {
  readonly cell: Cell;
  readonly outcome: Exclude<Outcome, { kind: 'refused' }>;
}

/**
 * Outcomes in the order of the cells: the same for any number of workers. A run that fails by a plugin's fault is an
 * outcome like any other. @throws OverbookError when a cell was refused: then no run counts
 */
export async function runExperiment(
  experiment: Experiment,
  options: RunOptions = {},
): Promise<readonly CellOutcome[]> {
  const outcomes =
    (options.workers ?? 0) > 0 ? await inWorkers(experiment, options) : inProcess(experiment, options);
  return experiment.cells.map((cell, i) => {
    const outcome = outcomes[i]!;
    if (outcome.kind === 'refused')
      throw new OverbookError(outcome.code, outcome.at, outcome.what, outcome.mend);
    return { cell, outcome };
  });
}

function inProcess(experiment: Experiment, options: RunOptions): readonly Outcome[] {
  const { plan, catalogue, guests, cells } = experiment;
  return cells.map((cell) => {
    options.signal?.throwIfAborted();
    const outcome = runCell(plan, cell, catalogue, guests, {
      onProgress: (fraction) => options.onProgress?.(cell, fraction),
      ...(options.onDecision === undefined ? {} : { onDecision: options.onDecision }),
      ...(options.onObservation === undefined ? {} : { onObservation: options.onObservation }),
      ...(options.onSample === undefined ? {} : { onSample: options.onSample }),
      ...(options.samplePeriodMs === undefined ? {} : { samplePeriodMs: options.samplePeriodMs }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    options.onProgress?.(cell, 1);
    return outcome;
  });
}

async function inWorkers(experiment: Experiment, options: RunOptions): Promise<readonly Outcome[]> {
  const { plan, cells } = experiment;
  const threads = Math.min(options.workers ?? 1, cells.length);
  const limits = { ...RUN_LIMITS, ...options.limits };
  // With its pool of threads, which a run in this thread does not need.
  const { WatchedPool } = await import('./watched-pool.ts');
  const module = new URL('./cell-worker.js', import.meta.url);
  const pool = new WatchedPool<CellTask, Outcome, CellProgress>({ module, threads, limits });
  pool.onMessage(({ index, fraction }) => options.onProgress?.(cells[index]!, fraction));
  const { promise: interrupted, stop } = interruption(options.signal);
  try {
    // The threads load their modules meanwhile.
    const guests = sharedGuests(experiment.guests);
    const runs = cells.map(async (cell) => {
      const task = { plan, cell, guests, beats: newBeats(), plugins: pluginsOf(cell.mix) };
      const outcome = await pool.run(task, options.signal);
      options.onProgress?.(cell, 1);
      return outcome;
    });
    return await Promise.race([Promise.all(runs), interrupted]);
  } finally {
    stop();
    await pool.close();
  }
}

/** Rejects when the signal is given. One listener, however many cells there are. */
export function interruption(signal: AbortSignal | undefined): {
  promise: Promise<never>;
  stop: () => void;
} {
  let stop = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal!.reason as Error);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort);
    stop = () => signal?.removeEventListener('abort', onAbort);
  });
  return { promise, stop };
}
