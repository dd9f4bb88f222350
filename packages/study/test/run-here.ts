/** Runs a study in this thread. */
import { dirname, join } from 'node:path';

import type { CellEnd, StudyResults } from '@overbook/study';
import { Study, StudyFolder, localEngine, readStudy, runStudy, studyRecord } from '@overbook/study';

export interface Ended {
  readonly study: Study;
  readonly folder: StudyFolder;
  readonly results: StudyResults;
  readonly how: Readonly<Record<CellEnd['how'], number>>;
}

/** @param stopAfter cells, as an interrupt does */
export async function runHere(
  path: string,
  out = join(dirname(path), 'out'),
  stopAfter = Infinity,
): Promise<Ended> {
  const study = await Study.plan(readStudy(path));
  const folder = StudyFolder.open(out, studyRecord(study, { node: 'v0' }), { own: 'test', nowMs: 0 });
  const engine = await localEngine(study.loaded, { workers: 0 });
  const how = { kept: 0, ran: 0, failed: 0 };
  const stop = new AbortController();
  const onCell = (_: unknown, end: CellEnd): void => {
    how[end.how]++;
    if (how.ran >= stopAfter) stop.abort(new Error('stopped'));
  };
  const results = await runStudy(study, folder, engine, { onCell, signal: stop.signal, csv: true });
  return { study, folder, results, how };
}
