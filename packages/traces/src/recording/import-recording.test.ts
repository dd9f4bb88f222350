import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { writeCaptured } from '../../test/captured-writer.ts';
import { codeOf } from '../../test/forge.ts';
import { anyRecording, recordingOf, withSteady } from '../../test/made-up.ts';
import { importRecording } from './import-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function path(end: string): string {
  return join(folder, `made-up.${end}`);
}

const small = withSteady(
  recordingOf(
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
  ),
  [3],
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
    [
      'contents steady for another time',
      (meta) => Object.assign(meta, { steadyMs: 999 }),
      'OVB_RECORDING_CORRUPT',
    ],
    ['contents steady for no time', (meta) => Object.assign(meta, { steadyMs: 0 }), 'OVB_RECORDING_CORRUPT'],
    ['contents steady for a time not said', (meta) => delete meta['steadyMs'], 'OVB_RECORDING_CORRUPT'],
    [
      'no contents between snapshots',
      (meta) => delete meta.files['made-up.steady.br'],
      'OVB_RECORDING_CORRUPT',
    ],
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
    [
      'the contents between snapshots are missing',
      () => unlinkSync(path('steady.br')),
      'OVB_FILE_UNREADABLE',
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

describe('contents between snapshots that do not hold together are refused', () => {
  const headOf = (change: object): string =>
    JSON.stringify({ format: 'OBC1', name: 'made-up', pages: 60, steadyMs: 1000, rows: 1, ...change });
  /** interval, frame, key, size, fill, zero. */
  function rowOf(interval: number, frame: number, fill = 0, reserved = 0): number[] {
    const place = [interval, 0, 0, 0, frame, 0, 0, 0];
    return [...place, 1, 2, 3, 4, 5, 6, 7, 8, 99, 0, fill, reserved];
  }
  const parts: readonly (readonly [why: string, head: string, body: readonly number[], code: string])[] = [
    ['of another format', headOf({ format: 'OBC2' }), rowOf(0, 1), 'OVB_RECORDING_FORMAT'],
    ['without a line of JSON', '', [], 'OVB_RECORDING_CORRUPT'],
    ['of another recording', headOf({ name: 'other' }), rowOf(0, 1), 'OVB_RECORDING_CORRUPT'],
    ['of other pages', headOf({ pages: 61 }), rowOf(0, 1), 'OVB_RECORDING_CORRUPT'],
    ['of another number', headOf({ rows: 2 }), rowOf(0, 1), 'OVB_RECORDING_CORRUPT'],
    ['of a frame that was not written', headOf({}), rowOf(0, 0), 'OVB_RECORDING_CORRUPT'],
    ['of an interval that is none', headOf({}), rowOf(9, 1), 'OVB_RECORDING_CORRUPT'],
    ['of a frame that is none', headOf({}), rowOf(0, 60), 'OVB_RECORDING_CORRUPT'],
    ['of an unknown fill', headOf({}), rowOf(0, 1, 3), 'OVB_RECORDING_CORRUPT'],
    ['with more than is known', headOf({}), rowOf(0, 1, 0, 1), 'OVB_RECORDING_CORRUPT'],
    ['twice the same', headOf({ rows: 2 }), [...rowOf(0, 1), ...rowOf(0, 1)], 'OVB_RECORDING_CORRUPT'],
  ];
  function write(head: string, body: readonly number[]): void {
    const bytes = Buffer.concat([Buffer.from(`${head}\n`), Buffer.from(body)]);
    writeCaptured(folder, small, (meta) => {
      (meta as Meta).files['made-up.steady.br'] = {
        unpackedBytes: bytes.length,
        unpackedSha256: createHash('sha256').update(bytes).digest('hex'),
      };
    });
    writeFileSync(path('steady.br'), brotliCompressSync(bytes));
  }
  test.each(parts)('%s', (_why, head, body, code) => {
    write(head, body);
    expect(codeOf(() => importRecording(folder, 'made-up'))).toBe(code);
  });

  test('unless nothing in them lies', () => {
    write(headOf({}), rowOf(0, 1));
    expect(importRecording(folder, 'made-up').steady).toEqual({
      steadyMs: 1000,
      interval: Uint32Array.of(0),
      frame: Uint32Array.of(1),
      keyLo: Uint32Array.of(0x04030201),
      keyHi: Uint32Array.of(0x08070605),
      compressedBytes: Uint16Array.of(99),
      fill: Uint8Array.of(0),
    });
  });
});
