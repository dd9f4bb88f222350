import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseScenario, planExperiment } from '@overbook/lab';
import type { RecordedMoment, RecordedSnapshot } from '@overbook/traces';
import { readRecording, writeRecording } from '@overbook/traces';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { assumptionsInBrief, assumptionsOf } from './assumptions.ts';

const shipped = new URL('../../../../datasets/recordings/python.ovr', import.meta.url).pathname;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assumptions-'));
  writeFileSync(join(folder, 'told.ovr'), readFileSync(shipped));
  const recording = readRecording(shipped);
  const snapshots = recording.snapshots.map((snapshot): RecordedSnapshot => {
    const untold: { agentAsked?: RecordedMoment } & RecordedSnapshot = { ...snapshot };
    delete untold.agentAsked;
    return untold;
  });
  writeRecording(join(folder, 'untold.ovr'), { ...recording, snapshots });
});

afterAll(() => rmSync(folder, { recursive: true }));

async function said(file: string): Promise<readonly string[]> {
  const text =
    `name: told\ndatasets: ${folder}\nhost: { memory: 128 MiB }\n` +
    `guests: [{ name: web, recording: ${file} }]\nmixes: { m: { strategies: [hostswap] } }\n`;
  const experiment = await planExperiment(parseScenario('s.yaml', text));
  return [assumptionsOf(experiment).join('\n'), assumptionsInBrief(experiment, 200)];
}

test('a recording that does not say when its recorder disturbed the guest is named', async () => {
  const [whole, brief] = await said('untold.ovr');
  expect(whole).toContain('The recordings of web do not say when the recorder began');
  expect(brief).toContain("web with the recorder's own work");
});

test('nothing is said of one that does', async () => {
  for (const text of await said('told.ovr')) expect(text).not.toContain('recorder');
});
