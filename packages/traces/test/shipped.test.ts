/** What is shipped adds up to what its recorders counted. That a slow reader reads the same is a long test. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeRecording,
  decodeTrace,
  encodeRecording,
  encodeTrace,
  readRecording,
  readTrace,
  totalsOf,
} from '../src/index.ts';
import { describe, expect, test } from 'vitest';
import { fingerprint } from './same.ts';

const datasets = join(import.meta.dirname, '../../../datasets');

type Recorded = readonly [
  name: string,
  pages: number,
  intervals: number,
  instructions: number,
  pageEvents: number,
  changed: readonly number[],
];

/** Totals as the recorder's own metadata gave them, before any of our code saw them. */
const recordings: readonly Recorded[] = [
  ['idle-b', 32768, 1235, 2347184010, 520263, [0, 25557, 1691, 95, 90, 83, 86, 85, 88]],
  [
    'sqlite',
    40960,
    3095,
    6115501594,
    1513170,
    [0, 26367, 1818, 1823, 859, 3184, 2164, 2210, 2190, 2191, 2629, 85, 107],
  ],
  [
    'redis',
    40960,
    3446,
    6848093637,
    2073375,
    [0, 26380, 3429, 1940, 985, 1086, 1251, 1543, 2183, 1321, 1093, 1233, 1615, 172],
  ],
  [
    'python',
    32768,
    2432,
    4759852074,
    1593816,
    [0, 25574, 2467, 6738, 4707, 581, 6693, 82, 6526, 480, 1078, 80, 3216, 6598],
  ],
  [
    'compile',
    49152,
    2417,
    4754620733,
    1463228,
    [0, 26418, 1940, 8885, 3100, 2511, 2559, 1733, 2590, 2667, 117, 106],
  ],
  [
    'files',
    65536,
    5314,
    10606870952,
    2397005,
    [0, 26375, 1801, 2680, 8748, 4906, 4866, 9202, 9220, 10262, 9609, 9448, 6925],
  ],
  [
    'balloon',
    49152,
    5595,
    11150715448,
    2628351,
    [0, 26388, 1764, 3113, 8268, 8104, 15982, 7670, 6729, 6722, 6839, 10352, 13966, 313],
  ],
];

/** name, pages, intervals, instructions, page events; fetched only, read, written. */
type Traced = readonly [string, number, number, number, number, readonly number[]];
const traces: readonly Traced[] = [
  ['cc1', 25686, 3365, 13458088010, 4283971, [2316446, 974030, 993495]],
  ['python-dict', 26854, 2048, 4094614998, 3768255, [80598, 2334516, 1353141]],
  ['sort', 30820, 2017, 2016394248, 2700403, [9228, 1434059, 1257116]],
  ['sqlite', 11912, 6322, 6321338149, 2078394, [280715, 465308, 1332371]],
];

describe('checksums', () => {
  test('every shipped file is the one that SHA256SUMS names, and none is left out', () => {
    const sums = readFileSync(join(datasets, 'SHA256SUMS'), 'utf8');
    const found = readdirSync(datasets, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(datasets, path)).isFile() && !/README\.md$|SHA256SUMS$/.test(path))
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
      .map((path) => `${sha256(readFileSync(join(datasets, path)))}  ${path}\n`);
    expect(found.join('')).toBe(sums);
  });

  test('nothing is large: 5 MB a file, 28 MB in all', () => {
    const sizes = readdirSync(datasets, { recursive: true, encoding: 'utf8' }).map(
      (path) => statSync(join(datasets, path)).size,
    );
    expect(Math.max(...sizes)).toBeLessThan(5_000_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(28_000_000);
  });
});

describe.each(recordings)('recording %s', (name, pages, intervals, instructions, pageEvents, changed) => {
  const path = join(datasets, 'recordings', `${name}.ovr`);
  const recording = readRecording(path);

  test('adds up to what its recorder counted', () => {
    const totals = totalsOf(recording.trace);
    expect([recording.pages, totals.intervals, totals.instructions, totals.pageEvents]).toEqual([
      pages,
      intervals,
      instructions,
      pageEvents,
    ]);
    expect(recording.snapshots.map((snapshot) => snapshot.changed.length)).toEqual(changed);
    expect([recording.contentKey, recording.codec]).toEqual(['sha256-64', 'liblz4-1.9.4']);
  });

  test('is the same after being written and read', () => {
    const again = decodeRecording(encodeRecording(recording, { quality: 1 }), name);
    expect(fingerprint(again)).toBe(fingerprint(recording));
  });
});

describe.each(traces)('trace %s', (name, pages, intervals, instructions, pageEvents, kinds) => {
  const path = join(datasets, 'traces', `${name}.ovt`);
  const trace = readTrace(path);

  test('adds up to what its recorder counted', () => {
    const totals = totalsOf(trace);
    expect([trace.pages, totals.intervals, totals.instructions, totals.pageEvents]).toEqual([
      pages,
      intervals,
      instructions,
      pageEvents,
    ]);
    const found = [0, 0, 0];
    trace.runKind.forEach((kind, run) => (found[kind - 1]! += trace.runCount[run]!));
    expect(found).toEqual(kinds);
  });

  test('is the same after being written and read', () => {
    const again = decodeTrace(encodeTrace(trace, { quality: 1 }), name);
    expect(fingerprint(again)).toBe(fingerprint(trace));
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
