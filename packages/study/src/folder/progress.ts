/** How far a study is, in a file of its folder: for whoever looks at it from another terminal. */
import { readFileSync } from 'node:fs';

import { writeFiles } from '@overbook/lab/files';

import type { StudyFolder } from './study-folder.ts';

const PROGRESS = 'progress.json';

export interface Progress {
  /** Runs in all; of a search, runs so far. */
  readonly cells: number;
  /** Runs whose results are there. */
  readonly done: number;
  /** Of them, results that were there before. */
  readonly kept: number;
  readonly failed: number;
  /** `searching`: how many runs there will be is not known. */
  readonly state: 'running' | 'searching' | 'ended' | 'stopped';
  /** Milliseconds that it has run, and those that are left by what runs took so far. */
  readonly ranMs: number;
  readonly leftMs?: number;
  /** The process that runs it, and the time of day of this line in milliseconds. */
  readonly pid: number;
  readonly atMs: number;
}

export function noteProgress(folder: StudyFolder, progress: Progress): void {
  writeFiles(folder.path, { [PROGRESS]: `${JSON.stringify(progress)}\n` });
}

/** @returns undefined where no run has begun */
export function progressIn(folder: StudyFolder): Progress | undefined {
  try {
    return JSON.parse(readFileSync(folder.file(PROGRESS), 'utf8')) as Progress;
  } catch {
    return undefined;
  }
}
