/** `overbook study status`: how far a study is, seen from another terminal. */
import { setTimeout as wait } from 'node:timers/promises';

import { counted, grouped } from '@overbook/lab/words';
import type { Progress, StudyRecord } from '@overbook/study';
import { StudyFolder, progressIn } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { ownName } from '../process/own-name.ts';
import { timeLeft } from '../process/study-progress.ts';

export interface StatusOptions {
  readonly watch?: true;
  readonly json?: true;
}

const LOOK_EVERY_MS = 1000;

/** @returns 0, or 1 when runs failed */
export async function studyStatus(io: Io, path: string, options: StatusOptions): Promise<number> {
  const { folder, record } = StudyFolder.look(path, ownName());
  let progress = progressIn(folder);
  while (options.watch === true && isGoingOn(progress) && !io.signal.aborted) {
    io.note(`\r\u001B[K${statusLine(record, progress).trimEnd()}`);
    await wait(LOOK_EVERY_MS, undefined, { signal: io.signal });
    progress = progressIn(folder);
  }
  if (options.watch === true) io.note('\r\u001B[K');
  if (options.json === true) {
    io.out(
      `${JSON.stringify({ study: record.name, ...progress, state: stateOf(progress) }, undefined, 2)}\n`,
    );
  } else io.out(statusLine(record, progress));
  return (progress?.failed ?? 0) > 0 ? EXIT.failed : EXIT.fine;
}

function statusLine({ name }: StudyRecord, progress: Progress | undefined): string {
  if (progress === undefined) return `${name}: not begun\n`;
  const { done, cells, kept, failed, ranMs, leftMs } = progress;
  const state = stateOf(progress);
  const of = state === 'searching' ? '' : ` of ${grouped(cells)}`;
  const parts = [`${grouped(done)}${of} runs`];
  if (kept > 0) parts.push(`${grouped(kept)} of them kept from before`);
  if (failed > 0) parts.push(`${counted(failed, 'run')} failed`);
  parts.push(`${timeLeft(ranMs)} so far`);
  if (leftMs !== undefined && isGoingOn(progress)) parts.push(`${timeLeft(leftMs)} left`);
  return `${name}: ${state}, ${parts.join(', ')}\n`;
}

function stateOf(progress: Progress | undefined): string {
  if (progress === undefined) return 'not begun';
  const { state } = progress;
  return state === 'ended' || isGoingOn(progress) ? state : 'stopped';
}

function isGoingOn(progress: Progress | undefined): progress is Progress {
  if (progress?.state !== 'running' && progress?.state !== 'searching') return false;
  try {
    process.kill(progress.pid, 0);
    return true;
  } catch (error) {
    // Another user's process is one too.
    return (error as { code?: string }).code === 'EPERM';
  }
}
