/** Digests, traces and recordings made by the command. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readDigest } from '@overbook/formats';
import { readRecording, readTrace } from '@overbook/traces';
import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const image = join(DATASETS, 'images/mini.raw.gz');

describe('digest', () => {
  test('of the shipped image is the shipped digest', async () => {
    const path = join(folder, 'mini.ovd');
    const { code, out } = await overbook(['digest', image, '-o', path]);
    expect(code).toBe(0);
    expect(out).toContain('768 pages, 274 distinct contents, 492 zero');
    const [made, shipped] = [readDigest(path), readDigest(join(DATASETS, 'images/mini.ovd'))];
    expect(made.contentKey).toBe('sha256-64');
    expect([made.keyLo, made.keyHi]).toEqual([shipped.keyLo, shipped.keyHi]);
  });

  test('takes another key, or one with a secret, and names it', async () => {
    const path = join(folder, 'x.ovd');
    await overbook(['digest', image, '--content-key', 'xxh3-64', '-o', path]);
    expect(readDigest(path).contentKey).toBe('xxh3-64');
    const secret = join(folder, 'secret');
    writeFileSync(secret, createHash('sha256').update('a secret of 32 bytes').digest());
    const { out } = await overbook(['digest', image, '--secret-file', secret, '-o', path]);
    expect(readDigest(path).contentKey).toMatch(/^blake3-64-keyed:[0-9a-f]{8}$/);
    expect(out).toContain('keys blake3-64-keyed:');
  });

  test('that fails leaves an older file as it was, and no half of a new one', async () => {
    const path = join(folder, 'kept.ovd');
    writeFileSync(path, 'old');
    writeFileSync(join(folder, 'odd.raw'), new Uint8Array(5000));
    const { code } = await overbook(['digest', join(folder, 'odd.raw'), '-o', path]);
    expect(code).toBe(2);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});

const captured = process.env['OVERBOOK_DATA'];

describe.skipIf(captured === undefined)('captured originals', () => {
  test('a trace is imported as it is shipped', async () => {
    const path = join(folder, 'sqlite.ovt');
    const { code, out } = await overbook([
      'trace',
      'import',
      join(captured!, 'traces/sqlite.obt.br'),
      '-o',
      path,
    ]);
    expect(code).toBe(0);
    expect(out).toContain('11,912 pages');
    expect(readTrace(path)).toEqual(readTrace(join(DATASETS, 'traces/sqlite.ovt')));
  }, 240_000);

  test('a recording is imported as it is shipped', async () => {
    const path = join(folder, 'idle-b.ovr');
    const { code } = await overbook([
      'recording',
      'import',
      join(captured!, 'recordings'),
      'idle-b',
      '-o',
      path,
    ]);
    expect(code).toBe(0);
    expect(readRecording(path)).toEqual(readRecording(join(DATASETS, 'recordings/idle-b.ovr')));
  }, 240_000);
});
