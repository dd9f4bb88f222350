/**
 * What `overbook recording info` and `check` tell of contents between snapshots. No shipped recording has any: one is
 * made.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCESS_WRITE } from '@overbook/core/units';
import { readRecording, writeRecording } from '@overbook/traces';
import type { SteadyContents } from '@overbook/traces';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';
import { JSON_SCHEMAS } from './json-schemas.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'steady.ovr');

interface Told {
  readonly steadyMs: number;
  readonly snapshots: readonly { readonly steadyContents: number }[];
}

beforeAll(() => {
  const recording = readRecording(join(DATASETS, 'recordings/idle-b.ovr'));
  const { runStart, runFirst, runKind } = recording.trace;
  const intervals = [0, 1, recording.snapshots.at(-1)!.afterIntervals - 1];
  // The first frame that each of them writes.
  const frames = intervals.map((interval) => {
    const run = runKind.indexOf(ACCESS_WRITE, runStart[interval]!);
    return runFirst[run]!;
  });
  const steady: SteadyContents = {
    steadyMs: 1500,
    interval: Uint32Array.from(intervals),
    frame: Uint32Array.from(frames),
    keyLo: Uint32Array.of(1, 2, 1),
    keyHi: Uint32Array.of(3, 4, 3),
    compressedBytes: Uint16Array.of(100, 200, 100),
    fill: Uint8Array.of(0, 0, 0),
  };
  writeRecording(file, { ...recording, steady }, { quality: 1 });
});

test('contents between snapshots are counted by the snapshot that follows', async () => {
  const { out } = await overbook(['recording', 'info', file]);
  expect(out).toContain('contents  at snapshots, and 3 between them that lasted 1.5 s or more');
  const rows = out.split('\n').filter((line) => /( +[\d,.]+){4}$/.test(line));
  const counts = rows.map((line) =>
    Number(
      line
        .trim()
        .split(/\s{2,}/)
        .at(-1),
    ),
  );
  expect([counts[1], counts.at(-1)]).toEqual([2, 1]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(3);
});

test('and so in JSON, where a recording without them has no such fields', async () => {
  const { out } = await overbook(['recording', 'info', file, '--json']);
  expect(JSON_SCHEMAS['recording']!.safeParse(JSON.parse(out)).error?.issues).toBeUndefined();
  const told = JSON.parse(out) as Told;
  expect(told.steadyMs).toBe(1500);
  expect(told.snapshots.map(({ steadyContents }) => steadyContents)).toEqual([0, 2, 0, 0, 0, 0, 0, 0, 1]);
  const plain = await overbook(['recording', 'info', join(DATASETS, 'recordings/idle-b.ovr'), '--json']);
  expect(plain.out).not.toContain('steady');
});

test('a check counts them, and says nothing where the recorder did not look', async () => {
  const { out } = await overbook(['recording', 'check', file]);
  expect(out).toContain('  between   3 contents between snapshots that lasted 1.5 s or more');
  const plain = join(DATASETS, 'recordings/idle-b.ovr');
  const { out: both } = await overbook(['recording', 'check', file, plain, '--json']);
  expect(JSON_SCHEMAS['recording-check']!.safeParse(JSON.parse(both)).error?.issues).toBeUndefined();
  const { recordings } = JSON.parse(both) as { recordings: { steadyContents?: number }[] };
  expect(recordings.map(({ steadyContents }) => steadyContents)).toEqual([3, undefined]);
});
