/** Holds the rows that an artifact gave against those that are expected of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OverbookError } from '@overbook/core';

import { RECORD, RUNS_LINES } from '../folder/study-folder.ts';
import type { StudyRecord } from '../folder/study-folder.ts';

/** How far a figure of another version may be away, as a part of the expected one. */
export interface Tolerances {
  readonly default: number;
  readonly columns: Readonly<Record<string, number>>;
}

/** Chosen: rounding differs by less between any two versions that mean the same. */
export const TOLERANCES: Tolerances = {
  default: 0.01,
  columns: { point: 0, seed: 0, host_memory_bytes: 0, guests: 0, guests_killed: 0, work_done_fraction: 0 },
};

type Row = Readonly<Record<string, unknown>>;

/** A figure that is not as expected. */
export interface Difference {
  readonly row: string;
  readonly column: string;
  readonly expected: unknown;
  readonly got: unknown;
  readonly isWithin: boolean;
}

export interface ArtifactCheck {
  readonly rows: number;
  /** Every byte is as expected. */
  readonly isExact: boolean;
  /** Rows of which one side has none. */
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly differences: readonly Difference[];
  /** What the rows were made with, where it is not the same. */
  readonly madeWith: readonly { readonly what: string; readonly expected: string; readonly got: string }[];
}

/** @throws OVB_STUDY_OTHER where one of the two is not there */
export function checkArtifact(folder: string): ArtifactCheck {
  const [expectedText, text] = ['expected', 'results'].map((name) => textIn(join(folder, name, RUNS_LINES)));
  const [expected, got] = [rowsOf(expectedText!), rowsOf(text!)];
  const tolerances = JSON.parse(textIn(join(folder, 'tolerances.json'))) as Tolerances;
  return {
    rows: expected.size,
    isExact: expectedText === text,
    missing: [...expected.keys()].filter((row) => !got.has(row)),
    unexpected: [...got.keys()].filter((row) => !expected.has(row)),
    differences: [...expected].flatMap(([row, values]) => differences(row, values, got.get(row), tolerances)),
    madeWith: madeWith(folder),
  };
}

/** Is all as expected, or near enough? */
export function isReproduced({ missing, unexpected, differences: all }: ArtifactCheck): boolean {
  return missing.length === 0 && unexpected.length === 0 && all.every(({ isWithin }) => isWithin);
}

function textIn(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const mend = 'Give the folder of an artifact in which `./run-all` has run.';
  throw new OverbookError('OVB_STUDY_OTHER', path, 'the file does not exist', mend);
}

/** Rows by what tells them apart; keys of cells change with every version. */
function rowsOf(text: string): ReadonlyMap<string, Row> {
  const lines = text.split('\n').filter((line) => line !== '');
  const rows = new Map<string, Row>();
  for (const line of lines) {
    const { cell: _key, ...row } = JSON.parse(line) as Row;
    // A search has several values at one point: the first columns tell them apart.
    const id = Object.entries(row).slice(0, Object.keys(row).indexOf('host_memory_bytes'));
    rows.set(id.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', '), row);
  }
  return rows;
}

function differences(
  row: string,
  expected: Row,
  got: Row | undefined,
  tolerances: Tolerances,
): readonly Difference[] {
  if (got === undefined) return [];
  return Object.keys({ ...expected, ...got }).flatMap((column) => {
    const [a, b] = [expected[column], got[column]];
    if (a === b) return [];
    const part = tolerances.columns[column] ?? tolerances.default;
    const isWithin = typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= part * Math.abs(a);
    return [{ row, column, expected: a, got: b, isWithin }];
  });
}

function madeWith(folder: string): ArtifactCheck['madeWith'] {
  const [expected, got] = ['expected', 'results'].map((name) => {
    const { hashes } = JSON.parse(textIn(join(folder, name, RECORD))) as StudyRecord;
    const { datasets, versions, code, node } = hashes;
    const named = (
      prefix: string,
      values: Readonly<Record<string, string>>,
    ): readonly (readonly [string, string])[] =>
      Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]);
    return new Map([
      ['Node.js', node],
      ['code', code],
      ...named('', versions),
      ...named('dataset ', datasets),
    ]);
  });
  const names = new Set([...expected!.keys(), ...got!.keys()]);
  return [...names].flatMap((what) => {
    const [a = 'none', b = 'none'] = [expected!.get(what), got!.get(what)];
    return a === b ? [] : [{ what, expected: a, got: b }];
  });
}
