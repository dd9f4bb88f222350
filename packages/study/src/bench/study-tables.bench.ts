/**
 * What a study of 100,000 runs takes beside the runs: every result is there already (one that ran, under each key), and
 * the study looks at all, writes its tables and its summary.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { CellFigures } from '@overbook/lab';

import { CELL_SCHEMA } from '../cells/cell.ts';
import { cellText } from '../cells/cell-store.ts';
import type { Engine } from '../engines/engine.ts';
import { localEngine } from '../engines/local-engine.ts';
import { readStudy } from '../file/read-study.ts';
import { StudyFolder, studyRecord } from '../folder/study-folder.ts';
import { allCells, runStudy } from '../run-study.ts';
import { Study } from '../study.ts';

const POINTS = Number(process.argv[2] ?? 10_000);
const DATASETS = fileURLToPath(new URL('../../../../datasets', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'overbook-tables-'));
try {
  const path = join(folder, 'large.study.yaml');
  writeFileSync(
    join(folder, 'large.yaml'),
    `name: large
datasets: ${DATASETS}
host: { memory: 60 % of guests }
guests:
  - { name: one, image: images/mini.ovd, size: 2 MiB, script: { intervals: 10, pagesPerInterval: 64 } }
  - { name: two, image: images/mini.ovd, size: 2 MiB, script: { intervals: 10, pagesPerInterval: 64 } }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps, hostswap] }
`,
  );
  const vary = 'costs.instruction: { from: 0.1, to: 2, whole: false }';
  writeFileSync(path, `name: large\nscenario: large.yaml\nseeds: 5\nsample: ${POINTS}\nvary: { ${vary} }\n`);
  const study = await Study.plan(readStudy(path));
  const made = StudyFolder.open(join(folder, 'out'), studyRecord(study, { node: 'v0' }), {
    own: 'b',
    nowMs: 0,
  });
  const local = await localEngine(study.loaded, { workers: 0 });
  const figures = new Map<string, CellFigures>();
  const since = performance.now();
  for (const cell of allCells(study)) {
    const { mix, seed } = cell.request;
    if (!figures.has(mix)) {
      const { answer } = await local.run(cell, undefined);
      if (answer.kind !== 'done') throw new Error('the run failed');
      figures.set(mix, answer.figures);
    }
    const one = figures.get(mix)!;
    const result = { schema: CELL_SCHEMA, key: cell.key, ...one, run: { ...one.run, seed } } as const;
    made.cells.write(cell.key, cellText(result));
  }
  const filled = performance.now();
  console.log(`${study.cells} results written in ${((filled - since) / 1000).toFixed(0)} s`);
  const idle: Engine = {
    inFlight: 8,
    run: () => Promise.reject(new Error('a result is missing')),
    close: () => Promise.resolve(),
  };
  const { points } = await runStudy(study, made, idle, {});
  const seconds = (performance.now() - filled) / 1000;
  const mib = process.resourceUsage().maxRSS / 1024;
  console.log(`looked at, tables and summary: ${seconds.toFixed(0)} s, ${points.length} points`);
  console.log(`${((1e6 * seconds) / study.cells).toFixed(0)} us a run; at most ${mib.toFixed(0)} MiB held`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
