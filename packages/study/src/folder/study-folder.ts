/**
 * The folder of a study: what it was made of (study.json), the results of its cells, and the tables that are made of
 * them. The cells are what counts: everything else can be made again from them.
 */
import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { OverbookError } from '@overbook/core';
import { codeHash, packageVersions, shippedCommonContents } from '@overbook/lab';
import { writeFiles } from '@overbook/lab/files';

import type { CellEnd } from '../cells/run-cells.ts';
import type { StudyCell } from '../cells/cell.ts';
import { sha256 } from '../cells/cell.ts';
import { CellStore } from '../cells/cell-store.ts';
import type { Study } from '../study.ts';

/** Version of study.json; a change that breaks readers raises the number. */
export const STUDY_SCHEMA = 'overbook.study/1';

/** Everything that is needed to run a study again. */
export interface StudyRecord {
  readonly schema: typeof STUDY_SCHEMA;
  readonly name: string;
  readonly command?: string;
  readonly study: string;
  readonly scenario: string;
  readonly mixes: readonly string[];
  readonly seeds: readonly number[];
  readonly points: number;
  readonly cells: number;
  readonly hashes: {
    readonly study: string;
    readonly scenario: string;
    /** SHA-256 of each dataset file, by the name that the scenario gives it. */
    readonly datasets: Readonly<Record<string, string>>;
    /** SHA-256 of the code of the packages that results come from. */
    readonly code: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly node: string;
  };
}

export const RECORD = 'study.json';
export const RUNS_LINES = 'runs.jsonl';
const TIMINGS = 'timings.jsonl';
const CELLS = 'cells';

/** How long a half-written result lies before it is taken for a killed process's. Chosen: no write takes so long. */
const STALE_MS = 3_600_000;

/** How long a cell took, by the machine's clock. */
export interface Timing {
  readonly key: string;
  readonly mix: string;
  readonly ms: number;
}

export class StudyFolder {
  readonly path: string;
  readonly cells: CellStore;

  private constructor(path: string, own: string) {
    this.path = path;
    this.cells = new CellStore(join(path, CELLS), own);
  }

  /**
   * Makes the folder, or takes one that this study has. A study that was changed goes on in it: cells that are the
   * same are not run again. @param own name of this process, as no other has it @param nowMs time of day
   * @throws OVB_STUDY_OTHER, OVB_OUT_UNWRITABLE
   */
  static open(
    path: string,
    record: StudyRecord,
    { own, nowMs }: { readonly own: string; readonly nowMs: number },
  ): StudyFolder {
    if (existsSync(path)) checkOwner(path, record.name);
    writeFiles(path, { [RECORD]: `${JSON.stringify(record, undefined, 2)}\n` });
    const folder = new StudyFolder(path, own);
    folder.cells.clean(nowMs, STALE_MS);
    return folder;
  }

  /** A folder that is there. @param own name of this process, as no other has it @throws OVB_STUDY_OTHER */
  static look(path: string, own: string): { readonly folder: StudyFolder; readonly record: StudyRecord } {
    return { folder: new StudyFolder(path, own), record: recordIn(path) };
  }

  noteTiming({ key, request }: StudyCell, end: CellEnd): void {
    if (end.how !== 'ran') return;
    const timing: Timing = { key, mix: request.mix, ms: Math.round(end.ms) };
    appendFileSync(join(this.path, TIMINGS), `${JSON.stringify(timing)}\n`);
  }

  /** Of all runs so far, also of those that were ended. */
  timings(): readonly Timing[] {
    const path = join(this.path, TIMINGS);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').flatMap(timingIn);
  }

  file(name: string): string {
    return join(this.path, name);
  }
}

/** A line that a killed process left half-written is none. */
function timingIn(line: string): readonly Timing[] {
  try {
    return [JSON.parse(line) as Timing];
  } catch {
    return [];
  }
}

/** What only the program that runs a study can tell of it. */
export interface RecordedBy {
  /** Version of Node.js. */
  readonly node: string;
  readonly command?: string;
}

/** What there is to know of a study before its first run. */
export function studyRecord(study: Study, { node, command }: RecordedBy): StudyRecord {
  const { file, mixes, seeds, points, cells, first } = study;
  return {
    schema: STUDY_SCHEMA,
    name: file.settings.name,
    ...(command === undefined ? {} : { command }),
    study: file.text,
    scenario: file.scenario.text,
    mixes: mixes.map(({ name }) => name),
    seeds,
    points,
    cells,
    hashes: {
      study: sha256(file.text),
      scenario: sha256(file.scenario.text),
      datasets: { ...first.datasetHashes, ...shippedCommonContents() },
      code: codeHash(),
      versions: packageVersions([]),
      node,
    },
  };
}

function checkOwner(path: string, name: string): void {
  if (readdirSync(path).length === 0) return;
  const { name: other } = recordIn(path);
  if (other === name) return;
  const what = `holds the results of another study, '${other}'`;
  throw new OverbookError('OVB_STUDY_OTHER', path, what, 'Give another folder with `-o FOLDER`.');
}

/** @throws OVB_STUDY_OTHER */
function recordIn(path: string): StudyRecord {
  try {
    const record = JSON.parse(readFileSync(join(path, RECORD), 'utf8')) as StudyRecord;
    if (record.schema === STUDY_SCHEMA) return record;
  } catch {
    // Then it is no record of ours.
  }
  const what = `holds no study: it has no ${RECORD} of this version`;
  throw new OverbookError(
    'OVB_STUDY_OTHER',
    path,
    what,
    'Give the folder of a study, or one that is empty or not there.',
  );
}
