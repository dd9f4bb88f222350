/** Runs cells on an engine, as many at a time as it wants; those whose results are there already are not run again. */
import { OverbookError } from '@overbook/core';
import type { CellAnswer } from '@overbook/lab';
import pMap from 'p-map';

import type { Engine } from '../engines/engine.ts';
import type { StudyCell } from './cell.ts';
import { CELL_SCHEMA } from './cell.ts';
import type { CellResult, CellStore } from './cell-store.ts';
import { cellText } from './cell-store.ts';

/** How a cell came to its end. */
export type CellEnd =
  /** Its result was there. */
  | { readonly how: 'kept'; readonly result: CellResult }
  | { readonly how: 'ran'; readonly result: CellResult; readonly ms: number }
  /** A plugin's fault, or its thread's end: it is run again when the study is. */
  | { readonly how: 'failed'; readonly what: string };

export interface CellsOptions {
  readonly store: CellStore;
  readonly engine: Engine;
  readonly signal?: AbortSignal | undefined;
  /** Told of each cell as it ends, in whatever order they do. */
  readonly onCell?: (cell: StudyCell, end: CellEnd) => void;
}

export class CellRuns {
  readonly #options: CellsOptions;
  /** Cells with one key are one run: mixes that a varied option does not touch have many. */
  readonly #running = new Map<string, Promise<CellEnd>>();

  constructor(options: CellsOptions) {
    this.#options = options;
  }

  /** @throws OverbookError where a cell was refused: the study is wrong; and what the engine or the disk throws */
  async run(cells: Iterable<StudyCell>): Promise<void> {
    const { engine, signal } = this.#options;
    await pMap(cells, (cell) => this.#runOne(cell), {
      concurrency: engine.inFlight,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #runOne(cell: StudyCell): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const before = this.#running.get(cell.key);
    const end = before === undefined ? endOf(cell, this.#options) : keptAfter(before);
    if (before === undefined) this.#running.set(cell.key, end);
    try {
      this.#options.onCell?.(cell, await end);
    } finally {
      if (before === undefined) this.#running.delete(cell.key);
    }
  }
}

async function endOf(cell: StudyCell, { store, engine, signal }: CellsOptions): Promise<CellEnd> {
  const kept = store.read(cell.key);
  if (kept !== undefined) return { how: 'kept', result: kept };
  const { answer, ms } = await engine.run(cell, signal);
  if (answer.kind !== 'done') return failedOrThrow(answer);
  const result: CellResult = { schema: CELL_SCHEMA, key: cell.key, ...answer.figures };
  store.write(cell.key, cellText(result));
  return { how: 'ran', result, ms };
}

function failedOrThrow(answer: Exclude<CellAnswer, { kind: 'done' }>): CellEnd {
  if (answer.kind === 'failed') return { how: 'failed', what: answer.what };
  throw new OverbookError(answer.code, answer.at, answer.what, answer.mend);
}

async function keptAfter(before: Promise<CellEnd>): Promise<CellEnd> {
  const end = await before;
  return end.how === 'failed' ? end : { how: 'kept', result: end.result };
}
