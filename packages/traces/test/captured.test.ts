/**
 * Imports of the captured originals, which are too large to ship. Set OVERBOOK_DATA to the folder that holds
 * recordings/ and traces/ as captured; without it these tests are skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importRecording, importTrace, readRecording, readTrace, totalsOf } from '../src/index.ts';
import { describe, expect, test } from 'vitest';
import { intervalsOf } from './captured-writer.ts';
import { readCapturedSnapshots, readCapturedSteady, readCapturedTrace, unpacked } from './plain-captured.ts';
import { fingerprint, snapshotsDiffer, steadyDiffers, traceDiffers } from './same.ts';

const captured = process.env['OVERBOOK_DATA'];
const datasets = join(import.meta.dirname, '../../../datasets');
function namesIn(folder: string, end: RegExp): string[] {
  return captured === undefined
    ? ['any of them']
    : readdirSync(join(captured, folder)).filter((name) => end.test(name));
}

describe.skipIf(captured === undefined)('captured recordings (needs OVERBOOK_DATA)', () => {
  const names = namesIn('recordings', /\.snaps\.br$/).map((file) => file.replace('.snaps.br', ''));

  test.each(names)('%s comes in as a slow reader reads it and as its metadata say', (name) => {
    const folder = join(captured!, 'recordings');
    const recording = importRecording(folder, name);
    const meta = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Metadata;
    const plain = readCapturedTrace(unpacked(join(folder, `${name}.obt.br`)));
    const bytes = unpacked(join(folder, `${name}.snaps.br`));
    expect(traceDiffers(recording.trace, plain.intervals)).toBe('');
    expect(
      snapshotsDiffer(recording.snapshots, readCapturedSnapshots(bytes, meta.pages, meta.snapshots.length)),
    ).toBe('');
    const between = join(folder, `${name}.steady.br`);
    const steady = existsSync(between) ? readCapturedSteady(unpacked(between)) : new Map();
    expect(steadyDiffers(recording.steady, steady)).toBe('');
    expect(totalsOf(recording.trace)).toMatchObject({
      intervals: meta.trace.intervals,
      instructions: meta.trace.instructions,
      pageEvents: meta.trace.pageEvents,
    });
    expect(recording.snapshots.map((snapshot) => factsOf(snapshot))).toEqual(
      meta.snapshots.map(capturedFactsOf),
    );
    expect(recording.phases.map(({ name: phase }) => phase)).toEqual(meta.phases.map(({ phase }) => phase));
    expect(recording.balloonTargets).toEqual(meta.balloon);
  });

  test.each(names.filter((name) => existsSync(join(datasets, 'recordings', `${name}.ovr`))))(
    '%s is what is shipped',
    (name) => {
      const recording = importRecording(join(captured!, 'recordings'), name);
      expect(fingerprint(readRecording(join(datasets, 'recordings', `${name}.ovr`)))).toBe(
        fingerprint(recording),
      );
    },
  );
});

describe.skipIf(captured === undefined)('captured traces (needs OVERBOOK_DATA)', () => {
  test.each(namesIn('traces', /\.obt\.br$/))('%s comes in as a slow reader reads it', (file) => {
    const trace = importTrace(join(captured!, 'traces', file));
    const plain = readCapturedTrace(unpacked(join(captured!, 'traces', file)));
    expect(traceDiffers(trace, plain.intervals)).toBe('');
    expect([...(trace.pageNumbers ?? plain.table.keys())]).toEqual(plain.table);
    const shipped = join(datasets, 'traces', file.replace('.obt.br', '.ovt'));
    const other = existsSync(shipped) ? readTrace(shipped) : trace;
    expect(fingerprint(other)).toBe(fingerprint(trace));
  });

  test.each(namesIn('traces', /\.obt\.gz$/))(
    '%s, in order of first touch, touches the same pages',
    (file) => {
      const trace = importTrace(join(captured!, 'traces', file));
      const plain = readCapturedTrace(unpacked(join(captured!, 'traces', file)));
      const real = (pages: Map<number, number>, table: ArrayLike<number>): Map<number, number> =>
        new Map([...pages].map(([page, kind]) => [table[page]!, kind] as const).sort(([a], [b]) => a - b));
      const found = intervalsOf(trace).map(({ instructions, pages }) => [
        instructions,
        real(pages, trace.pageNumbers!),
      ]);
      expect(found).toEqual(
        plain.intervals.map(({ instructions, pages }) => [instructions, real(pages, plain.table)]),
      );
    },
  );
});

interface Metadata {
  readonly pages: number;
  readonly trace: { readonly intervals: number; readonly instructions: number; readonly pageEvents: number };
  readonly snapshots: readonly Record<string, unknown>[];
  readonly phases: readonly { readonly phase: string }[];
  readonly balloon: unknown;
}

function capturedFactsOf(snapshot: Record<string, unknown>): unknown[] {
  return [
    'label',
    'afterIntervals',
    'instructions',
    'guestMs',
    'changedPages',
    'memSha256',
    'agentAsked',
    'balloonActualMiB',
    'meminfo_kB',
    'vmstat',
    'guestUptime_s',
    'hostStill_ms',
  ].map((name) => snapshot[name]);
}

function factsOf(snapshot: ReturnType<typeof importRecording>['snapshots'][number]): unknown[] {
  return [
    snapshot.label,
    snapshot.afterIntervals,
    snapshot.instructions,
    snapshot.guestMs,
    snapshot.changed.length,
    snapshot.memSha256,
    snapshot.agentAsked,
    snapshot.balloonActualMiB,
    snapshot.meminfoKiB,
    snapshot.vmstat,
    snapshot.guestUptimeSeconds,
    snapshot.hostStillMs,
  ];
}
