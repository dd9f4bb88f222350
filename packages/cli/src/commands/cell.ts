/** `overbook cell`: one run of a study by its key, alone: what batch systems start. */
import { writeFileSync } from 'node:fs';

import { OverbookError } from '@overbook/core';
import type { StudyCell } from '@overbook/study';
import { Study, allCells, cellText, localEngine, readStudy } from '@overbook/study';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { outFile } from '../process/out-file.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf } from './experiment-options.ts';

export interface CellOptions extends Pick<ExperimentOptions, 'callLimit' | 'runLimit' | 'memoryLimit'> {
  readonly study: string;
  readonly cell: string;
  readonly out: string;
}

/** @returns 0, or 1 when the run failed by a plugin's fault */
export async function cell(io: Io, options: CellOptions): Promise<number> {
  const limits = limitsOf(options);
  const study = await Study.plan(readStudy(options.study));
  const found = cellOf(study, options.cell);
  const out = outFile(io, options.out);
  const engine = await localEngine(study.loaded, { workers: 1, limits });
  try {
    const { answer } = await engine.run(found, io.signal);
    if (answer.kind === 'failed') {
      io.note(`failed  ${found.request.mix}: ${answer.what}\n`);
      return EXIT.failed;
    }
    if (answer.kind === 'refused') throw new OverbookError(answer.code, answer.at, answer.what, answer.mend);
    out.write((path) => writeFileSync(path, cellText(found.key, answer.figures)));
    return EXIT.fine;
  } finally {
    await engine.close();
  }
}

/** A key may be cut short, as long as one cell alone begins with it. @throws OVB_CELL_UNKNOWN */
function cellOf(study: Study, key: string): StudyCell {
  const found = new Map<string, StudyCell>();
  for (const one of allCells(study)) if (one.key.startsWith(key)) found.set(one.key, one);
  const [first] = found.values();
  if (first !== undefined && found.size === 1) return first;
  const what = found.size === 0 ? `the study has no run ${key}` : `${found.size} runs begin with ${key}`;
  const mend =
    found.size === 0
      ? 'Keys change with the study, its datasets and Overbook itself: `overbook study FILE --cells` lists them.'
      : 'Give more of the key.';
  throw new OverbookError('OVB_CELL_UNKNOWN', '--cell', what, mend);
}
