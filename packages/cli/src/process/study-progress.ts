/** How far a study is: one bar on a terminal, some lines elsewhere, and a file in its folder for other terminals. */
import type { CellEnd, Progress, StudyCell, StudyFolder } from '@overbook/study';
import { noteProgress } from '@overbook/study';

import { stderrBar } from './bar.ts';
import type { Io } from './io.ts';

export interface StudyProgress {
  readonly onCell: (cell: StudyCell, end: CellEnd) => void;
  /** @param state how it ended */
  readonly stop: (state: 'ended' | 'stopped') => void;
}

/** Milliseconds between two writes of the file. */
const FILE_EVERY_MS = 1000;
/** Off a terminal: a line for each such part. */
const LINES = 20;

/** @param cells number of runs; undefined for a search, which does not know */
export async function studyProgress(
  io: Io,
  folder: StudyFolder,
  cells: number | undefined,
): Promise<StudyProgress> {
  const bar = io.bars ? await stderrBar('{done} of {cells} runs  {left}{now}') : undefined;
  const since = performance.now();
  let [done, kept, failed, noted, lines] = [0, 0, 0, -Infinity, 0];
  const leftMs = (): number | undefined => {
    const ran = done - kept;
    if (cells === undefined || ran === 0) return undefined;
    return ((performance.now() - since) / ran) * (cells - done);
  };
  const said = (): { readonly cells: string; readonly left: string } => {
    const left = leftMs();
    return {
      cells: cells === undefined ? '?' : String(cells),
      left: left === undefined ? '' : `${timeLeft(left)} left  `,
    };
  };
  const progress = (state: Progress['state']): Progress => {
    const left = leftMs();
    return {
      cells: cells ?? done,
      done,
      kept,
      failed,
      state,
      ranMs: Math.round(performance.now() - since),
      ...(left === undefined ? {} : { leftMs: Math.round(left) }),
      pid: process.pid,
      atMs: Date.now(),
    };
  };
  const running = cells === undefined ? 'searching' : 'running';
  noteProgress(folder, progress(running));
  bar?.start(cells ?? 1, 0, { done, ...said(), now: 'planning' });
  return {
    onCell: ({ request: { mix, seed } }, end) => {
      done++;
      if (end.how === 'kept') kept++;
      if (end.how === 'failed') failed++;
      if (bar !== undefined) {
        if (cells === undefined) bar.setTotal(done + 1);
        bar.update(done, { done, ...said(), now: `${mix}, seed ${seed}` });
      } else if (cells !== undefined && Math.floor((done * LINES) / cells) > lines) {
        lines = Math.floor((done * LINES) / cells);
        io.note(`${done}/${cells} runs  ${said().left}${mix}, seed ${seed}\n`);
      }
      if (performance.now() - noted < FILE_EVERY_MS) return;
      noted = performance.now();
      noteProgress(folder, progress(running));
    },
    stop: (state) => {
      bar?.stop();
      noteProgress(folder, progress(state));
    },
  };
}

/** `40 s`, `12 min`, `3.5 h`. */
export function timeLeft(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
