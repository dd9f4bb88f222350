/** A study from its cells to its tables. */
import { appendFileSync, writeFileSync } from 'node:fs';

import { writeFiles } from '@overbook/lab/files';

import type { StudyCell } from './cells/cell.ts';
import type { CellResult } from './cells/cell-store.ts';
import type { CellEnd } from './cells/run-cells.ts';
import { CellRuns } from './cells/run-cells.ts';
import type { Engine } from './engines/engine.ts';
import type { Answer } from './find/search.ts';
import { searchAll, searchValues } from './find/search.ts';
import type { StudyFolder } from './folder/study-folder.ts';
import { RUNS_LINES } from './folder/study-folder.ts';
import type { StudyRow } from './rows/columns.ts';
import { jsonLine, runColumns } from './rows/columns.ts';
import type { PointSummary } from './rows/point-summary.ts';
import { pointSummary } from './rows/point-summary.ts';
import { studyJson } from './rows/study-json.ts';
import type { TableShape } from './rows/tables.ts';
import { writeTables } from './rows/tables.ts';
import type { Study } from './study.ts';
import type { Axis } from './vary/points.ts';

/** File with what a study came to. */
export const SUMMARY = 'summary.json';

export interface StudyHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onCell?: (cell: StudyCell, end: CellEnd) => void;
  readonly csv?: boolean;
}

/** A run that failed by a plugin's fault. */
export interface FailedCell {
  readonly point: number;
  readonly mix: string;
  readonly seed: number;
  readonly what: string;
}

/** What a study came to. */
export interface StudyResults {
  /** Of a study that searches: none. */
  readonly points: readonly PointSummary[];
  readonly answers: readonly Answer[];
  readonly failed: readonly FailedCell[];
}

/**
 * Runs what is missing and writes all tables of the folder.
 * @throws OverbookError for a study that is wrong, and what the engine or the disk throws: cells that ended are kept
 */
export async function runStudy(
  study: Study,
  folder: StudyFolder,
  engine: Engine,
  hooks: StudyHooks,
): Promise<StudyResults> {
  const failed: FailedCell[] = [];
  const shape = shapeOf(study);
  const columns = runColumns(shape.axes, shape.strategies);
  const lines = folder.file(RUNS_LINES);
  writeFileSync(lines, '');
  const runs = new CellRuns({
    store: folder.cells,
    engine,
    signal: hooks.signal,
    onCell: (cell, end) => {
      if (end.how === 'failed') failed.push(failedCell(cell, end.what));
      else appendFileSync(lines, jsonLine(columns, rowOf(cell, end.result)));
      folder.noteTiming(cell, end);
      hooks.onCell?.(cell, end);
    },
  });
  const { answers, cells } = await (study.file.settings.find === undefined
    ? runAll(study, runs)
    : search(study, folder, runs));
  const points: PointSummary[] = [];
  const rows = cells === undefined ? rowsByPoint(study, folder, points) : rowsOf(cells, folder);
  writeTables(folder.path, shape, rows, hooks.csv === true);
  const results = { points, answers, failed: inOrder(study, failed) };
  writeFiles(folder.path, { [SUMMARY]: studyJson(study, results) });
  return results;
}

/** Every cell of a study without a search, in order. */
export function* allCells(study: Study): Generator<StudyCell> {
  for (let index = 0; index < study.points; index++) yield* study.point(index).cells;
}

async function runAll(
  study: Study,
  runs: CellRuns,
): Promise<{ answers: readonly Answer[]; cells: undefined }> {
  await runs.run(allCells(study));
  return { answers: [], cells: undefined };
}

async function search(
  study: Study,
  folder: StudyFolder,
  runs: CellRuns,
): Promise<{ answers: readonly Answer[]; cells: readonly StudyCell[] }> {
  const asked: StudyCell[] = [];
  const runThem = async (cells: readonly StudyCell[]): Promise<readonly (CellResult | undefined)[]> => {
    await runs.run(cells);
    return cells.map(({ key }) => folder.cells.read(key));
  };
  const answers = await searchAll(study, runThem, (cell) => void asked.push(cell));
  return { answers, cells: inSearchOrder(study, asked) };
}

/** By point, mix, value and seed, in whatever order they were asked for. */
function inSearchOrder(study: Study, cells: readonly StudyCell[]): readonly StudyCell[] {
  const find = study.file.settings.find!;
  const path = (find.most ?? find.least)!;
  const mixes = new Map(study.mixes.map(({ name }, i) => [name, i]));
  const values = new Map(searchValues(find).map((value, i) => [value, i]));
  const seeds = new Map(study.seeds.map((seed, i) => [seed, i]));
  const places = ({ point, request, values: at }: StudyCell): readonly number[] => [
    point,
    mixes.get(request.mix)!,
    values.get(at[path]!)!,
    seeds.get(request.seed)!,
  ];
  return cells.toSorted((a, b) => {
    const [left, right] = [places(a), places(b)];
    const first = left.findIndex((place, i) => place !== right[i]);
    return first < 0 ? 0 : left[first]! - right[first]!;
  });
}

function* rowsOf(cells: Iterable<StudyCell>, folder: StudyFolder): Generator<StudyRow> {
  for (const cell of cells) {
    const result = folder.cells.read(cell.key);
    if (result !== undefined) yield rowOf(cell, result);
  }
}

function rowOf({ point, values }: StudyCell, result: CellResult): StudyRow {
  return { point, values, result };
}

/** All rows in order; on the way each point's summary is added to `points`. */
function* rowsByPoint(study: Study, folder: StudyFolder, points: PointSummary[]): Generator<StudyRow> {
  const count = study.seeds.length;
  for (let index = 0; index < study.points; index++) {
    const { values, cells } = study.point(index);
    const results = cells.map(({ key }) => folder.cells.read(key));
    const mixes = study.mixes.map(({ name, bound }, mix) => {
      return { name, bound, results: results.slice(mix * count, (mix + 1) * count) };
    });
    points.push(pointSummary(index, values, mixes));
    for (const [i, result] of results.entries()) if (result !== undefined) yield rowOf(cells[i]!, result);
  }
}

/** What varies, a search's own path last, and who may have given pages back. */
function shapeOf({ axes, file, first }: Study): TableShape {
  const { find } = file.settings;
  const strategies = [...new Set(first.mixes.flatMap((mix) => mix.strategies.map(({ id }) => id)))];
  if (find === undefined) return { axes, strategies };
  const values = searchValues(find);
  const searched: Axis = { path: (find.most ?? find.least)!, values, at: () => values[0]! };
  return { axes: [...axes, searched], strategies };
}

function failedCell({ point, request: { mix, seed } }: StudyCell, what: string): FailedCell {
  return { point, mix, seed, what };
}

function inOrder({ mixes }: Study, failed: readonly FailedCell[]): readonly FailedCell[] {
  const place = new Map(mixes.map(({ name }, i) => [name, i]));
  return failed.toSorted(
    (a, b) => a.point - b.point || place.get(a.mix)! - place.get(b.mix)! || a.seed - b.seed,
  );
}
