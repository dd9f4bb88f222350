/** What is shipped reads as a second, slow reader reads it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording, readTrace } from '../src/index.ts';
import { expect, test } from 'vitest';
import { readPlain } from './plain-reader.ts';
import { snapshotsDiffer, steadyDiffers, traceDiffers } from './same.ts';

const datasets = join(import.meta.dirname, '../../../datasets');

function filesIn(folder: string, end: string): readonly string[] {
  const names = readdirSync(join(datasets, folder)).filter((name) => name.endsWith(end));
  return names.map((name) => join(datasets, folder, name));
}

test.each(filesIn('recordings', '.ovr'))('%s', (path) => {
  const recording = readRecording(path);
  const plain = readPlain(path);
  expect(traceDiffers(recording.trace, plain.intervals)).toBe('');
  expect(snapshotsDiffer(recording.snapshots, plain.snapshots)).toBe('');
  expect(steadyDiffers(recording.steady, plain.steady)).toBe('');
  expect([...recording.endMs]).toEqual(plain.endMs);
  expect(recording.phases).toEqual(plain.meta['phases']);
  expect(recording.balloonTargets).toEqual(plain.meta['balloonTargets']);
  expect(recording.origin).toEqual(plain.meta['origin']);
});

test.each(filesIn('traces', '.ovt'))('%s', (path) => {
  const trace = readTrace(path);
  const plain = readPlain(path);
  expect(traceDiffers(trace, plain.intervals)).toBe('');
  expect([...(trace.pageNumbers ?? [])]).toEqual(plain.pageNumbers);
});
