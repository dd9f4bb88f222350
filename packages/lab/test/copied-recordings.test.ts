import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { readDigest } from '@overbook/formats';
import { expect, test } from 'vitest';

import { COMMON_CONTENTS } from '../src/experiment/common-contents.ts';
import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { copiesIn } from '../src/results/settled.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS } from './small-scenario.ts';

/** A host with room for all, that shares whatever is equal. */
async function planned(guests: string) {
  const text = `
name: copied
datasets: ${DATASETS}
host: { memory: 400 MiB }
guests: [${guests}]
mixes: { all-equal: { strategies: [equal-pages: { salting: 0 }, hostswap] } }
`;
  return planExperiment(parseScenario('copied.yaml', text));
}

async function sharedPages(guests: string): Promise<number> {
  const experiment = await planned(guests);
  const [run] = await runExperiment(experiment);
  if (run!.outcome.kind !== 'done') throw new Error(run!.outcome.what);
  return run!.outcome.result.summary.reclaimedPages['equal-pages']!;
}

test('two copies share less than two clones and more than nothing, and results say how much is re-keyed', async () => {
  const [copies, clones] = [
    await sharedPages('{ name: idle, count: 2, recording: idle-b }'),
    await sharedPages('{ name: idle, count: 2, recording: idle-b, clones: true }'),
  ];
  const nonZero = 23_700; // of 32,768 in each, at any snapshot since the work began
  expect(clones - copies).toBeGreaterThan(0.4 * nonZero);
  expect(clones - copies).toBeLessThan(0.46 * nonZero);
  expect(copies).toBeGreaterThan(0.5 * nonZero);
}, 60_000);

test('a file with two names is one file', async () => {
  const experiment = await planned(
    '{ name: a, recording: idle-b }, { name: b, recording: recordings/idle-b.ovr }, { name: c, recording: redis }',
  );
  expect(copiesIn(experiment)).toEqual([
    { dataset: 'idle-b', guests: ['a', 'b'], clones: [], rekeyed: expect.closeTo(0.426, 2) },
  ]);
  expect(experiment.datasetHashes).toHaveProperty([COMMON_CONTENTS]);
});

test('what is known of contents is no part of an experiment without copies', async () => {
  const experiment = await planned('{ name: a, recording: idle-b }, { name: c, recording: redis }');
  expect(copiesIn(experiment)).toEqual([]);
  expect(Object.keys(experiment.datasetHashes)).toEqual(['idle-b', 'redis']);
});

test('the list of common contents was made of the recordings that ship', () => {
  const folder = join(DATASETS, 'recordings');
  const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const files = readdirSync(folder).filter((name) => name.endsWith('.ovr'));
  const made = sha256(
    files
      .sort()
      .map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`)
      .join(''),
  );
  const { imageSha256 } = readDigest(join(DATASETS, COMMON_CONTENTS));
  expect(imageSha256, 'recordings changed: run `node tools/capture/common-contents.mjs`').toBe(made);
});
