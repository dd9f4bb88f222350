import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPages } from '@overbook/core/units';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../test/forge.ts';
import { codeOf, forge, partsOf, withMeta } from '../../test/forge.ts';
import { readPlain } from '../../test/plain-reader.ts';
import { snapshotsDiffer, steadyDiffers } from '../../test/same.ts';
import { anyRecording, recordingOf, withSteady } from '../../test/made-up.ts';
import { decodeRecording, openRecording, readRecording } from './decode-recording.ts';
import { encodeRecording, writeRecording } from './encode-recording.ts';
import type { Recording } from './recording.ts';

function interval(
  instructions: number,
  ...pages: [number, number][]
): { instructions: number; pages: Map<number, number> } {
  return {
    instructions,
    pages: new Map(pages),
  };
}
const small = recordingOf(
  [interval(1000, [0, 1], [1, 3]), interval(20, [1, 2]), interval(3000, [50, 3])],
  [
    new Map(),
    new Map([
      [1, 5],
      [7, 5],
    ]),
    new Map([
      [1, 5],
      [2, 6],
      [50, 7],
    ]),
  ],
);
const file = encodeRecording(small);
/** Frame 1 settles in interval 0 to a content of no snapshot, frame 50 in interval 2 to one of the last. */
const steady = withSteady(small, [8, 7]);
const steadyFile = encodeRecording(steady);
function decode(bytes: Uint8Array): unknown {
  return decodeRecording(bytes, 'x.ovr', { maxUnpackedBytes: 1 << 20 });
}

describe('a recording file', () => {
  test('gives back every recording', () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        expect(decode(encodeRecording(recording))).toEqual(recording);
      }),
      { numRuns: 200 },
    );
  });

  test('is read by a slow reader alike', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    const path = join(folder, 'x.ovr');
    fc.assert(
      fc.property(anyRecording, (recording) => {
        writeRecording(path, recording, { quality: 1 });
        const plain = readPlain(path);
        expect(snapshotsDiffer(recording.snapshots, plain.snapshots)).toBe('');
        expect(steadyDiffers(recording.steady, plain.steady)).toBe('');
      }),
      { numRuns: 100 },
    );
    rmSync(folder, { recursive: true });
  });

  test('is read from disk as it was written, and has the same bytes each time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    writeRecording(join(folder, 'x.ovr'), small);
    expect(readRecording(join(folder, 'x.ovr'))).toEqual(small);
    expect(encodeRecording(readRecording(join(folder, 'x.ovr')))).toEqual(file);
    rmSync(folder, { recursive: true });
  });

  test('is of version 2 only where it holds contents between snapshots', () => {
    expect([file[8], steadyFile[8]]).toEqual([1, 2]);
    expect(steady.steady!.frame).toEqual(Uint32Array.of(1, 50));
    expect(decode(steadyFile)).toEqual(steady);
    const sections = partsOf(steadyFile, 'recording').map(({ tag }) => tag);
    expect(sections.join(' ')).toBe('META TIME RUNS SNAP ROLE STDY SNAP ROLE STDY SNAP ROLE');
  });

  test.each([small, steady])('is decoded when it is used: the same, and damage is told before', (whole) => {
    const file = encodeRecording(whole);
    const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
    const path = join(folder, 'x.ovr');
    writeRecording(path, whole);
    const opened = openRecording(path);
    expect(opened.pages).toBe(whole.pages);
    expect({ ...opened }).toEqual(whole);
    for (let at = 0; at < file.length; at += 7) {
      const damaged = Uint8Array.from(file);
      damaged[at]! ^= 0x10;
      writeFileSync(path, damaged);
      expect(codeOf(() => openRecording(path))).toMatch(/^OVB_RECORDING_/);
    }
    // Right sums over wrong contents: a file that was made, not damaged.
    writeFileSync(
      path,
      forge(
        partsOf(file, 'recording').filter(({ tag }) => tag !== 'TIME'),
        'recording',
        file[8],
      ),
    );
    const forged = openRecording(path);
    expect(codeOf(() => forged.trace)).toBe('OVB_RECORDING_CORRUPT');
    rmSync(folder, { recursive: true });
  });

  test('writes a content once, however many frames and snapshots hold it', () => {
    const parts = partsOf(file, 'recording').filter(({ tag }) => tag === 'SNAP');
    expect(parts.map(({ bytes }) => bytes.length)).toEqual([12, 12 + 2 + 11 + 2, 12 + 3 + 22 + 3]);
  });
});

/** `small` with changes in its last snapshot. */
function last(change: object): Partial<Recording> {
  return {
    snapshots: [...small.snapshots.slice(0, -1), { ...small.snapshots.at(-1)!, ...change }],
  };
}

/** `steady` with changes in its contents between snapshots. */
function between(change: object): Partial<Recording> {
  return { steady: { ...steady.steady!, ...change } };
}

describe('a recording that breaks a rule is not written', () => {
  const broken: readonly (readonly [why: string, change: Partial<Recording>])[] = [
    ['fewer pages than its trace', { pages: toPages(59) }],
    [
      'a trace of a process',
      { trace: { ...small.trace, pageNumbers: Float64Array.from({ length: 60 }, (_, page) => page + 1) } },
    ],
    ['too few end times', { endMs: small.endMs.slice(1) }],
    ['no snapshot', { snapshots: [] }],
    ['no snapshot at power-on', { snapshots: small.snapshots.slice(2) }],
    ['time that goes back', { endMs: Uint32Array.of(2, 1, 3) }],
    ['a snapshot behind the end', last({ afterIntervals: 4 })],
    ['a snapshot before the one before', last({ afterIntervals: 0, instructions: 0 })],
    ['a snapshot at other instructions', last({ instructions: 1021 })],
    ['columns of different lengths', last({ fill: new Uint8Array(2) })],
    ['frames out of order', last({ changed: Uint32Array.of(2, 1, 50) })],
    ['a frame beyond the last', last({ changed: Uint32Array.of(1, 2, 60) })],
    ['an unknown fill class', last({ fill: Uint8Array.of(0, 1, 3) })],
    ['one key with two sizes', last({ compressedBytes: Uint16Array.of(99, 32, 33) })],
    ['roles of other pages', last({ role: new Uint8Array(59) })],
    ['a role that is none', last({ role: new Uint8Array(60).fill(14) })],
    ['an agent asked after the end', last({ agentAsked: { interval: 9, instructions: 0 } })],
    ['a phase after the end', { phases: [{ name: 'late', interval: 9, instructions: 0, guestMs: 0 }] }],
    ['steady for no time', between({ steadyMs: 0 })],
    ['columns of different lengths between snapshots', between({ keyLo: new Uint32Array(1) })],
    ['contents out of order', between({ interval: Uint32Array.of(2, 0), frame: Uint32Array.of(50, 1) })],
    ['a content twice', between({ interval: Uint32Array.of(0, 0), frame: Uint32Array.of(1, 1) })],
    ['a content of a frame that was read', between({ frame: Uint32Array.of(0, 50) })],
    ['a content of a frame that was not touched', between({ frame: Uint32Array.of(2, 50) })],
    ['a content after the last snapshot', between({ interval: Uint32Array.of(0, 3) })],
    ['a content of an unknown fill class', between({ fill: Uint8Array.of(0, 3) })],
    [
      'one key with two sizes, at a snapshot and before',
      between({ compressedBytes: Uint16Array.of(34, 99) }),
    ],
    ['a broken trace', { trace: { ...small.trace, runKind: new Uint8Array(small.trace.runKind.length) } }],
  ];
  test.each(broken)('%s', (_why, change) => {
    expect(codeOf(() => encodeRecording({ ...small, ...change }))).toBe('OVB_RECORDING_INVALID');
  });
});

describe('a lying recording file is refused', () => {
  const parts = partsOf(file, 'recording');
  const [meta, time, runs] = parts as [Part, Part, Part];
  const snaps = parts.slice(3);
  const replaced = (index: number, bytes: Uint8Array): Uint8Array =>
    forge(
      parts.map((part, at) => (at === index ? { tag: part.tag, bytes } : part)),
      'recording',
    );
  const refused: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['other pages', withMeta(file, 'recording', 'pages', 61)],
    ['a trace of other pages', withMeta(file, 'recording', 'trace.pages', 61)],
    ['other intervals', withMeta(file, 'recording', 'trace.totals.intervals', 4)],
    ['other instructions', withMeta(file, 'recording', 'trace.totals.instructions', 4)],
    ['a snapshot elsewhere', withMeta(file, 'recording', 'snapshots.2.afterIntervals', 2)],
    ['a snapshot at other instructions', withMeta(file, 'recording', 'snapshots.2.instructions', 1)],
    ['other changed pages', withMeta(file, 'recording', 'snapshots.1.changedPages', 3)],
    ['a snapshot less', withMeta(file, 'recording', 'snapshots', [])],
    ['an unknown field of a snapshot', withMeta(file, 'recording', 'snapshots.1.clock', 3)],
    ['an unknown field', withMeta(file, 'recording', 'clock', 3)],
    [
      'memory information that is no number',
      withMeta(file, 'recording', 'snapshots.1.meminfoKiB.MemFree', 'x'),
    ],
    ['a power-on key that is none', withMeta(file, 'recording', 'powerOn.key', '12')],
    [
      'a phase without a name',
      withMeta(file, 'recording', 'phases', [{ interval: 0, instructions: 0, guestMs: 0 }]),
    ],
    ['no metadata', forge(parts.slice(1), 'recording')],
    ['no times', forge([meta, runs, ...snaps], 'recording')],
    ['times twice', forge([meta, time, time, runs, ...snaps], 'recording')],
    ['times behind the runs', forge([meta, runs, time, ...snaps], 'recording')],
    ['no runs', forge([meta, time, ...snaps], 'recording')],
    ['runs behind a snapshot', forge([meta, time, ...snaps, runs], 'recording')],
    ['no snapshots', forge([meta, time, runs], 'recording')],
    ['a snapshot without roles', forge(parts.slice(0, -1), 'recording')],
    ['a snapshot too many', forge([...parts, ...snaps.slice(-2)], 'recording')],
    [
      'two snapshots changed about',
      forge([meta, time, runs, ...snaps.slice(2), ...snaps.slice(0, 2)], 'recording'),
    ],
    ['a section of another name', forge([...parts, { tag: 'XXXX', bytes: time.bytes }], 'recording')],
    ['times too few', replaced(1, time.bytes.slice(1))],
    ['times too many', replaced(1, Buffer.concat([time.bytes, time.bytes]))],
    ['a time after 49 days', replaced(1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0))],
    ['a frame beyond the last', replaced(5, Buffer.from(snaps[2]!.bytes).fill(59, 4, 6))],
    ['roles too few', replaced(4, snaps[1]!.bytes.slice(1))],
  ];
  test.each(refused)('%s', (_why, bytes) => {
    expect(codeOf(() => decode(bytes))).toBe('OVB_RECORDING_CORRUPT');
  });

  const [metaOf2, , , , , firstOf2, snapOf2, roleOf2, ...restOf2] = partsOf(steadyFile, 'recording');
  const forged = (...changed: readonly Part[]): Uint8Array =>
    forge([metaOf2!, time, runs, snaps[0]!, snaps[1]!, ...changed, ...restOf2], 'recording', 2);
  const bytesOf = (change: (bytes: Uint8Array) => void): Part => {
    const bytes = Uint8Array.from(firstOf2!.bytes);
    change(bytes);
    return { tag: 'STDY', bytes };
  };
  const lies: readonly (readonly [why: string, bytes: Uint8Array])[] = [
    ['steady contents in version 1', forge(partsOf(steadyFile, 'recording'), 'recording', 1)],
    ['no steady contents in version 2', forge(parts, 'recording', 2)],
    ['a segment less', forged(snapOf2!, roleOf2!)],
    ['a segment twice', forged(firstOf2!, firstOf2!, snapOf2!, roleOf2!)],
    ['a segment behind its snapshot', forged(snapOf2!, roleOf2!, firstOf2!)],
    ['a segment between snapshot and roles', forged(snapOf2!, firstOf2!, roleOf2!)],
    [
      'an interval of the next segment',
      forged(
        bytesOf((bytes) => (bytes[4] = 1)),
        snapOf2!,
        roleOf2!,
      ),
    ],
    [
      'a frame beyond the last',
      forged(
        bytesOf((bytes) => (bytes[5] = 60)),
        snapOf2!,
        roleOf2!,
      ),
    ],
    [
      'a frame that was read',
      forged(
        bytesOf((bytes) => (bytes[5] = 0)),
        snapOf2!,
        roleOf2!,
      ),
    ],
    [
      'more contents than it has room for',
      forged(
        bytesOf((bytes) => (bytes[0] = 200)),
        snapOf2!,
        roleOf2!,
      ),
    ],
    ['another time', withMeta(steadyFile, 'recording', 'steadyMs', 0)],
  ];
  test.each(lies)('with contents between snapshots: %s', (_why, bytes) => {
    expect(codeOf(() => decode(bytes))).toBe('OVB_RECORDING_CORRUPT');
  });

  test('with a version that is not known yet', () => {
    expect(() => decode(forge(parts, 'recording', 3))).toThrow('format version 3; this program reads 1 to 2');
    expect(codeOf(() => decode(forge(parts, 'recording', 0)))).toBe('OVB_RECORDING_VERSION');
  });

  test('that declares more pages than a host has, unless the caller allows it', () => {
    const large = withMeta(file, 'recording', 'pages', 2 ** 25);
    expect(codeOf(() => decode(large))).toBe('OVB_RECORDING_TOO_LARGE');
    expect(codeOf(() => decodeRecording(large, 'x', { maxPages: 2 ** 25 }))).toBe('OVB_RECORDING_CORRUPT');
  });

  test('unless nothing in it lies', () => {
    expect(decode(forge(parts, 'recording'))).toEqual(small);
    expect(decode(forged(firstOf2!, snapOf2!, roleOf2!))).toEqual(steady);
  });
});
