/** `overbook cell`: single runs of a study by their keys: what batch systems start. */
import { writeFileSync } from 'node:fs';

import { OverbookError } from '@overbook/core';
import type { Engine, StudyCell } from '@overbook/study';
import {
  CELL_SCHEMA,
  CellRuns,
  Study,
  StudyFolder,
  allCells,
  cellText,
  localEngine,
  readStudy,
} from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { outFile } from '../process/out-file.ts';
import { ownName } from '../process/own-name.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, workersOf } from './experiment-options.ts';

export interface CellOptions extends Pick<
  ExperimentOptions,
  'workers' | 'callLimit' | 'runLimit' | 'memoryLimit'
> {
  readonly study: string;
  readonly cell?: string;
  readonly out?: string;
  readonly into?: string;
}

/** @returns 0, or 1 when a run failed by a plugin's fault */
export async function cell(io: Io, words: readonly string[], options: CellOptions): Promise<number> {
  const limits = limitsOf(options);
  const workers = workersOf(options);
  const keys = [...words, ...(options.cell === undefined ? [] : [options.cell])];
  checkPlace(keys, options);
  const study = await Study.plan(readStudy(options.study), { anySize: true });
  const cells = cellsOf(study, keys);
  const engine = await localEngine(study.loaded, { workers: Math.min(workers, cells.length), limits });
  try {
    return options.into === undefined
      ? await oneFile(io, engine, cells[0]!, options.out!)
      : await intoFolder(io, engine, cells, options.into);
  } finally {
    await engine.close();
  }
}

/** @throws OVB_USAGE */
function checkPlace(keys: readonly string[], { out, into }: CellOptions): void {
  const usage = (at: string, what: string, mend: string): OverbookError =>
    new OverbookError('OVB_USAGE', at, what, mend);
  if (keys.length === 0)
    throw usage('cell', 'no run is named', 'Give keys: `overbook study FILE --cells` lists them.');
  if ((out === undefined) === (into === undefined))
    throw usage(
      'cell',
      'it needs one of --out and --into',
      'Give `-o FILE` for one run, `--into FOLDER` for several.',
    );
  if (out !== undefined && keys.length > 1)
    throw usage(
      '--out',
      `${keys.length} runs do not go into one file`,
      'Give `--into FOLDER`, the folder of the study.',
    );
}

async function oneFile(io: Io, engine: Engine, one: StudyCell, path: string): Promise<number> {
  const out = outFile(io, path);
  const { answer } = await engine.run(one, io.signal);
  if (answer.kind === 'failed') return failed(io, one, answer.what);
  if (answer.kind === 'refused') throw new OverbookError(answer.code, answer.at, answer.what, answer.mend);
  out.write((file) =>
    writeFileSync(file, cellText({ schema: CELL_SCHEMA, key: one.key, ...answer.figures })),
  );
  return EXIT.fine;
}

async function intoFolder(
  io: Io,
  engine: Engine,
  cells: readonly StudyCell[],
  path: string,
): Promise<number> {
  const { folder } = StudyFolder.look(path, ownName());
  let code: number = EXIT.fine;
  const runs = new CellRuns({
    store: folder.cells,
    engine,
    signal: io.signal,
    onCell: (one, end) => {
      if (end.how === 'failed') code = failed(io, one, end.what);
      else io.note(`${one.key.slice(0, 12)} ${one.request.mix}, seed ${one.request.seed}: ${end.how}\n`);
      folder.noteTiming(one, end);
    },
  });
  await runs.run(cells);
  return code;
}

function failed(io: Io, { request }: StudyCell, what: string): number {
  io.note(`failed  ${request.mix}, seed ${request.seed}: ${what}\n`);
  return EXIT.failed;
}

/** A key may be cut short, as long as one cell alone begins with it. @throws OVB_CELL_UNKNOWN */
function cellsOf(study: Study, keys: readonly string[]): readonly StudyCell[] {
  const found = new Map(keys.map((key) => [key, new Map<string, StudyCell>()]));
  for (const one of allCells(study)) {
    found.get(one.key)?.set(one.key, one);
    for (const [key, cells] of found)
      if (key.length < one.key.length && one.key.startsWith(key)) cells.set(one.key, one);
  }
  return [...found].map(([key, cells]) => {
    const [first] = cells.values();
    if (first !== undefined && cells.size === 1) return first;
    const what = cells.size === 0 ? `the study has no run ${key}` : `${cells.size} runs begin with ${key}`;
    const mend =
      cells.size === 0
        ? 'Keys change with the study, its datasets and Overbook itself: `overbook study FILE --cells` lists them.'
        : 'Give more of the key.';
    throw new OverbookError('OVB_CELL_UNKNOWN', 'cell', what, mend);
  });
}
