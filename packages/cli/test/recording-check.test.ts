/** `overbook recording check` on shipped recordings, and on ones that were spoiled. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCESS_READ } from '@overbook/core/units';
import type { Recording } from '@overbook/traces';
import { readRecording, writeRecording } from '@overbook/traces';
import { afterAll, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';
import { JSON_SCHEMAS } from './json-schemas.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
const idle = join(DATASETS, 'recordings/idle-b.ovr');

function written(name: string, recording: Recording): string {
  const file = join(folder, `${name}.ovr`);
  writeRecording(file, recording, { quality: 1 });
  return file;
}

test('a good recording is called good, with what its trace misses', async () => {
  const { out, code } = await overbook(['recording', 'check', idle]);
  expect(code).toBe(0);
  expect(out).toContain('idle-b: good');
  // As its makers counted, by another program: 14 of 2,218.
  expect(out.replace(/\s+/g, ' ')).toContain(
    '2,218 frames between snapshots after boot, 0.63 % of them not by the CPU: slab 14',
  );
  expect(out).toContain("the recording machine's: 100.0 s of work and waiting");
});

test('a trace without its writes is not', async () => {
  const recording = readRecording(idle);
  const trace = {
    ...recording.trace,
    runKind: new Uint8Array(recording.trace.runKind.length).fill(ACCESS_READ),
  };
  const { out, code } = await overbook([
    'recording',
    'check',
    idle,
    written('read-only', { ...recording, trace }),
  ]);
  expect(code).toBe(1);
  expect(out).toContain('idle-b: more than 1 % of the changes are not in the trace');
});

test('one that claims one clock and has the time of a slow machine squeezed is not', async () => {
  const recording = readRecording(idle);
  const squeezed: Recording = {
    ...recording,
    endMs: recording.endMs.map((ms) => Math.floor(ms / 100)),
    snapshots: recording.snapshots.map((snapshot) => ({
      ...snapshot,
      guestMs: Math.floor(snapshot.guestMs / 100),
    })),
    origin: { ...recording.origin, accelerator: 'tcg, one vCPU, icount shift=0' },
  };
  const { out, code } = await overbook(['recording', 'check', written('squeezed', squeezed), '--json']);
  expect(code).toBe(1);
  const told = JSON.parse(out) as {
    recordings: { clock: string; faults: string[]; crowdedSnapshots: string[] }[];
  };
  expect(JSON_SCHEMAS['recording-check']!.safeParse(told).error).toBeUndefined();
  expect(told.recordings[0]).toMatchObject({ clock: 'instructions', crowdedSnapshots: ['work-start'] });
  expect(told.recordings[0]!.faults).toEqual(['more instructions than nanoseconds before work-start']);
});

test('a file of another kind is refused before any is checked', async () => {
  const trace = join(DATASETS, 'traces/sort.ovt');
  const { err, out, code } = await overbook(['recording', 'check', idle, trace]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('OVB_RECORDING_FORMAT');
});
