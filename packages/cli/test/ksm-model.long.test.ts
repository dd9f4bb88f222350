/** The tables of docs/model/page-sharing.md on KSM over the life of a guest are what `bench -- ksm-model` prints. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording } from '@overbook/traces';
import { describe, expect, test } from 'vitest';

import { compareKsm, ksmTable, meanDistance } from '../src/bench/ksm-comparison.ts';
import { readKsmLog } from '../src/bench/ksm-log.ts';
import { DATASETS } from './captured-io.ts';

const page = readFileSync(new URL('../../../docs/model/page-sharing.md', import.meta.url), 'utf8');

/** Tables differ in the width of their columns alone. */
function narrow(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-');
}

/** The part of the mean of pages_sharing, in percent, that the page tells. */
const guests = [
  ['d11-postgres-a', '0.42'],
  ['d13-redis-a', '0.67'],
  ['d11-idle-a', '0.34'],
] as const;

describe.each(guests)('KSM over the life of %s', (name, distance) => {
  const recording = join(DATASETS, `recordings/${name}.ovr`);

  test.skipIf(!existsSync(recording))('is told as it is', { timeout: 120_000 }, () => {
    const log = readKsmLog(join(DATASETS, `ksm/${name}.jsonl`));
    const compared = compareKsm(readRecording(recording), log);
    expect((100 * meanDistance(log, compared.simulated)).toFixed(2)).toBe(distance);
    expect(page).toContain(`${distance} %`);
    if (name !== 'd11-idle-a') expect(narrow(page)).toContain(narrow(ksmTable(compared)));
  });
});
