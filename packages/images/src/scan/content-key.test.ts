import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { blake3, xxhash3 } from 'hash-wasm';
import { describe, expect, test } from 'vitest';
import type { ContentKey } from './content-key.ts';
import { blake3Key, sha256Key, xxh3Key } from './content-key.ts';
import { lz4 } from './page-codec.ts';

const zeros = new Uint8Array(4096);
const page = Uint8Array.from({ length: 4096 }, (_, at) => (at * at) % 251);

/** Key as 16 hexadecimal digits, high word first. */
function keyOf(key: ContentKey, bytes: Uint8Array): string {
  const out = new Uint32Array(2);
  key.write(bytes, out);
  return [out[1]!, out[0]!].map((word) => word.toString(16).padStart(8, '0')).join('');
}
function reversed(hex: string): string {
  return Buffer.from(hex, 'hex').reverse().toString('hex');
}

describe('content keys', () => {
  test('sha256-64 is the first eight bytes, little endian', () => {
    expect(sha256Key.name).toBe('sha256-64');
    expect(keyOf(sha256Key, zeros)).toBe('e9c66f58b2ac7fad');
    expect(keyOf(sha256Key, page)).toBe(
      reversed(createHash('sha256').update(page).digest('hex').slice(0, 16)),
    );
  });

  test('xxh3-64 agrees with another implementation', async () => {
    expect(xxh3Key.name).toBe('xxh3-64');
    expect(keyOf(xxh3Key, page)).toBe(await xxhash3(page));
    expect(keyOf(xxh3Key, zeros)).toBe(await xxhash3(zeros));
  });

  test('blake3-64-keyed depends on the secret, and its name tells secrets apart', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
    const key = await blake3Key(secret);
    const other = await blake3Key(secret.map((byte) => byte ^ 1));
    expect(key.name).toMatch(/^blake3-64-keyed:[0-9a-f]{8}$/);
    expect(key.name).not.toBe(other.name);
    expect(keyOf(key, page)).toBe(reversed((await blake3(page, 64, secret)).slice(0, 16)));
    expect(keyOf(key, page)).not.toBe(keyOf(other, page));
    expect(keyOf(key, page)).toBe(keyOf(await blake3Key(secret), page));
  });

  test('a secret of another length is refused', async () => {
    await expect(blake3Key(new Uint8Array(16))).rejects.toMatchObject({ code: 'OVB_KEY_SECRET' });
  });
});

describe('the page codec', () => {
  test('carries the version of the coder in its name', () => {
    const entry = createRequire(import.meta.url).resolve('lz4-napi');
    const manifest = JSON.parse(readFileSync(join(dirname(entry), 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(lz4.name).toBe(`lz4-napi-${manifest.version}`);
  });

  test('sizes a page alone, without the length in front', () => {
    expect(lz4.compressedBytes(zeros)).toBe(27);
    const noise = createHash('shake256', { outputLength: 4096 }).update('noise').digest();
    expect(lz4.compressedBytes(noise)).toBe(4096 + 16 + 2);
  });

  test('sizes a view into a larger buffer', () => {
    const buffer = new Uint8Array(12_288).fill(9);
    buffer.set(zeros, 4096);
    expect(lz4.compressedBytes(buffer.subarray(4096, 8192))).toBe(27);
  });
});
