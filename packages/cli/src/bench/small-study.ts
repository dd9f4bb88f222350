/** A study of 1,000 small cells for benches: two scripted guests over real contents. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Engine } from '@overbook/study';
import { Study, StudyFolder, readStudy, runStudy, studyRecord } from '@overbook/study';

const DATASETS = fileURLToPath(new URL('../../../../datasets', import.meta.url));

const SCENARIO = `name: small
datasets: ${DATASETS}
guests:
  - &guest
    name: one
    image: images/mini.raw.gz
    size: 8 MiB
    driver: true
    script: { intervals: 100, pagesPerInterval: 128 }
  - { <<: *guest, name: two }
host: { memory: 55 % of guests }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
`;

/** @param cells two for each seed @param kind of one whose cells are none of the other's */
export async function smallStudy(cells: number, kind?: 'warming'): Promise<Study> {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-bench-'));
  const host = kind === undefined ? '55 %' : '56 %';
  writeFileSync(join(folder, 'small.yaml'), SCENARIO.replace('55 %', host));
  const path = join(folder, 'small.study.yaml');
  writeFileSync(path, `name: small\nscenario: small.yaml\nseeds: ${cells / 2}\n`);
  return Study.plan(readStudy(path));
}

export interface Spent {
  /** Milliseconds from the study's first cell to its tables. */
  readonly wall: number;
  /** Milliseconds of the cells, where they ran. */
  readonly own: number;
}

/** Runs the whole study into a new folder, on an engine that is warm. */
export async function spentOn(study: Study, engine: Engine): Promise<Spent> {
  const out = mkdtempSync(join(tmpdir(), 'overbook-bench-'));
  const record = studyRecord(study, { node: process.version });
  const folder = StudyFolder.open(out, record, { own: 'bench', nowMs: 0 });
  let own = 0;
  const since = performance.now();
  await runStudy(study, folder, engine, {
    onCell: (_, end) => {
      if (end.how !== 'ran') throw new Error(`a cell did not run: ${end.how}`);
      own += end.ms;
    },
  });
  const wall = performance.now() - since;
  rmSync(out, { recursive: true });
  return { wall, own };
}

/** @param workers that share the cells */
export function overheadOf({ wall, own }: Spent, workers: number): number {
  return (wall * workers) / own - 1;
}

export function told(what: string, spent: Spent, workers: number, most: number | undefined): string {
  const percent = 100 * overheadOf(spent, workers);
  const limit = most === undefined ? '' : ` (at most ${100 * most} %)`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  return `${what}: ${seconds(spent.wall)}, cells ${seconds(spent.own)}, overhead ${percent.toFixed(1)} %${limit}`;
}
