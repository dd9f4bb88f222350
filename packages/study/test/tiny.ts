/** A study that runs in milliseconds a cell: two scripted guests over real contents. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DATASETS = fileURLToPath(new URL('../../../datasets', import.meta.url));

export const SCENARIO = `name: tiny
datasets: ${DATASETS}
guests:
  - &guest
    name: one
    image: images/mini.raw.gz
    size: 8 MiB
    driver: true
    script: { intervals: 30, pagesPerInterval: 128 }
  - { <<: *guest, name: two }
host: { memory: 55 % of guests }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
`;

/** A new folder with the scenario and a study of this text. @returns the study's path */
export function tinyStudy(text: string, scenario = SCENARIO): string {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-study-'));
  writeFileSync(join(folder, 'tiny.yaml'), scenario);
  const path = join(folder, 'tiny.study.yaml');
  writeFileSync(path, `name: tiny\nscenario: tiny.yaml\n${text}`);
  return path;
}
