/** Writes the tables of a study, a row at a time: JSON Lines and Parquet always, CSV where it is wanted. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { csvLine } from '@overbook/lab';
import { writeWhole } from '@overbook/lab/files';

import type { Axis } from '../vary/points.ts';
import type { CellValue, Column, StudyRow } from './columns.ts';
import { guestColumns, guestRowsOf, jsonLine, runColumns } from './columns.ts';
import { ParquetTable } from './parquet-table.ts';

interface Table<Row> {
  readonly add: (row: Row) => void;
  readonly finish: () => void;
}

/** Bytes of text that are held before they are written. */
const HELD = 1 << 16;

/** What a table's columns depend on. */
export interface TableShape {
  readonly axes: readonly Axis[];
  /** Ids of all mixes' strategies, in their order. */
  readonly strategies: readonly string[];
}

export const TABLES = ['runs.jsonl', 'runs.parquet', 'guests.parquet'] as const;
export const CSV_TABLES = ['runs.csv', 'guests.csv'] as const;

/** Writes all tables of a folder whole. @param rows in the order in which they are to stand; read once */
export function writeTables(
  folder: string,
  { axes, strategies }: TableShape,
  rows: Iterable<StudyRow>,
  isCsvWanted: boolean,
): void {
  const names = isCsvWanted ? [...TABLES, ...CSV_TABLES] : TABLES;
  const runs = runColumns(axes, strategies);
  const guests = guestColumns(axes);
  wholeFiles(
    names.map((name) => join(folder, name)),
    (paths) => {
      const [lines, runsParquet, guestsParquet, runsCsv, guestsCsv] = paths;
      const ofRuns: Table<StudyRow>[] = [linesTable(lines!, runs), new ParquetTable(runsParquet!, runs)];
      const ofGuests = [
        new ParquetTable(guestsParquet!, guests) as Table<ReturnType<typeof guestRowsOf>[number]>,
      ];
      if (runsCsv !== undefined) ofRuns.push(csvTable(runsCsv, runs));
      if (guestsCsv !== undefined) ofGuests.push(csvTable(guestsCsv, guests));
      for (const row of rows) {
        for (const table of ofRuns) table.add(row);
        for (const guest of guestRowsOf(row)) for (const table of ofGuests) table.add(guest);
      }
      for (const table of [...ofRuns, ...ofGuests]) table.finish();
    },
  );
}

/** Lets `write` make several files under names of our own, then puts each in its place. */
function wholeFiles(paths: readonly string[], write: (temporary: readonly string[]) => void): void {
  const [first, ...rest] = paths;
  if (first === undefined) write([]);
  else writeWhole(first, (temporary) => wholeFiles(rest, (others) => write([temporary, ...others])));
}

function linesTable<Row>(path: string, columns: readonly Column<Row>[]): Table<Row> {
  return textTable(path, '', (row) => jsonLine(columns, row));
}

function csvTable<Row>(path: string, columns: readonly Column<Row>[]): Table<Row> {
  const head = csvLine(columns.map(({ name }) => name));
  return textTable(path, head, (row) => csvLine(columns.map(({ of }) => csvValue(of(row)))));
}

function csvValue(value: CellValue): string | number | null {
  return typeof value === 'boolean' ? String(value) : value;
}

function textTable<Row>(path: string, head: string, lineOf: (row: Row) => string): Table<Row> {
  const descriptor = openSync(path, 'w');
  let held = head;
  const flush = (): void => {
    writeSync(descriptor, held);
    held = '';
  };
  return {
    add: (row) => {
      held += lineOf(row);
      if (held.length >= HELD) flush();
    },
    finish: () => {
      flush();
      closeSync(descriptor);
    },
  };
}
