import { mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { writeCaptured } from '../../test/captured-writer.ts';
import { codeOf } from '../../test/forge.ts';
import { anyRecording, recordingOf } from '../../test/made-up.ts';
import { importRecording } from './import-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function path(end: string): string {
  return join(folder, `made-up.${end}`);
}

const small = recordingOf(
  [
    {
      instructions: 1000,
      pages: new Map([
        [0, 1],
        [1, 3],
      ]),
    },
    { instructions: 20, pages: new Map([[1, 2]]) },
  ],
  [
    new Map(),
    new Map([
      [1, 5],
      [7, 4],
    ]),
  ],
);

describe('a captured recording', () => {
  test('comes in with everything the recorder wrote', () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        writeCaptured(folder, recording);
        const imported = importRecording(folder, 'made-up');
        const zero = recording.snapshots.flatMap(({ fill, compressedBytes }) =>
          [...compressedBytes].filter((_, row) => fill[row] === 1),
        );
        expect(imported).toEqual({
          ...recording,
          trace: { ...recording.trace, source: 'a test, guest-physical pages' },
          powerOn: { ...recording.powerOn, compressedBytes: zero[0] ?? 26 },
          origin: { ...recording.origin, emulator: 'QEMU, none' },
        });
      }),
      { numRuns: 60 },
    );
  });
});

type Meta = Record<string, never> & {
  trace: Record<string, number>;
  files: Record<string, unknown>;
  snapshots: Record<string, unknown>[];
};

describe('a captured recording that does not hold together is refused', () => {
  const edits: readonly (readonly [why: string, edit: (meta: Meta) => void, code: string])[] = [
    ['another format', (meta) => Object.assign(meta, { format: 'OBREC2' }), 'OVB_RECORDING_FORMAT'],
    ['another name', (meta) => Object.assign(meta, { name: 'other' }), 'OVB_RECORDING_CORRUPT'],
    ['an unknown fingerprint', (meta) => Object.assign(meta, { fingerprint: 'md5' }), 'OVB_RECORDING_FORMAT'],
    ['an unknown compressor', (meta) => Object.assign(meta, { lz4: 'toString' }), 'OVB_RECORDING_FORMAT'],
    ['other pages', (meta) => Object.assign(meta, { pages: 61 }), 'OVB_RECORDING_CORRUPT'],
    ['other instructions', (meta) => (meta.trace['instructions'] = 1), 'OVB_RECORDING_CORRUPT'],
    ['other page events', (meta) => (meta.trace['pageEvents'] = 1), 'OVB_RECORDING_CORRUPT'],
    [
      'another checksum',
      (meta) => (meta.files['made-up.obt.br'] = { unpackedBytes: 1e6, unpackedSha256: 'x' }),
      'OVB_RECORDING_CORRUPT',
    ],
    [
      'another size',
      (meta) => (meta.files['made-up.obt.br'] = { unpackedBytes: 10, unpackedSha256: 'x' }),
      'OVB_RECORDING_CORRUPT',
    ],
    ['no checksum', (meta) => delete meta.files['made-up.obt.br'], 'OVB_RECORDING_CORRUPT'],
    ['other changed pages', (meta) => (meta.snapshots[1]!['changedPages'] = 1), 'OVB_RECORDING_CORRUPT'],
    ['a snapshot less', (meta) => meta.snapshots.pop(), 'OVB_RECORDING_CORRUPT'],
    ['a snapshot elsewhere', (meta) => (meta.snapshots[1]!['afterIntervals'] = 1), 'OVB_RECORDING_CORRUPT'],
    ['a snapshot without a label', (meta) => delete meta.snapshots[1]!['label'], 'OVB_RECORDING_CORRUPT'],
  ];
  test.each(edits)('%s', (_why, edit, code) => {
    writeCaptured(folder, small, edit as (meta: Record<string, unknown>) => void);
    expect(codeOf(() => importRecording(folder, 'made-up'))).toBe(code);
  });

  const damages: readonly (readonly [why: string, damage: () => void, code: string])[] = [
    ['a part is missing', () => unlinkSync(path('time.br')), 'OVB_FILE_UNREADABLE'],
    ['a part is cut', () => truncateSync(path('snaps.br'), 40), 'OVB_RECORDING_CORRUPT'],
    [
      'a part is another',
      () => writeFileSync(path('snaps.br'), brotliCompressSync(Buffer.alloc(300))),
      'OVB_RECORDING_CORRUPT',
    ],
    ['the metadata are missing', () => unlinkSync(path('json')), 'OVB_FILE_UNREADABLE'],
    ['the metadata are cut', () => truncateSync(path('json'), 100), 'OVB_RECORDING_CORRUPT'],
  ];
  test.each(damages)('%s', (_why, damage, code) => {
    writeCaptured(folder, small);
    damage();
    expect(codeOf(() => importRecording(folder, 'made-up'))).toBe(code);
  });
});
