import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { xxh3 } from '@node-rs/xxhash';
import { xxhash3 } from 'hash-wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageHasher } from './page-hasher.ts';
import { kernelModule } from './page-kernel.ts';

declare const WebAssembly: { validate(code: Uint8Array): boolean };

function noise(pages: number, seed: string): Buffer {
  return createHash('shake256', { outputLength: pages * 4096 })
    .update(seed)
    .digest();
}
const mini = gunzipSync(readFileSync(join(import.meta.dirname, '../../../../datasets/images/mini.raw.gz')));

/** Keys as hexadecimal words, and fill classes, of whole pages. */
function run(bytes: Uint8Array, simd: boolean): { keys: string[]; fills: number[] } {
  const count = bytes.length / 4096;
  const hasher = pageHasher(count, { simd });
  hasher.window.set(bytes);
  hasher.run(count);
  const words = new BigUint64Array(hasher.keys.slice().buffer);
  return { keys: [...words].map((word) => word.toString(16).padStart(16, '0')), fills: [...hasher.fills] };
}
function pagesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 4096 }, (_, page) =>
    bytes.subarray(page * 4096, page * 4096 + 4096),
  );
}

describe('the page kernel', () => {
  test('is valid where these tests run, so that it is what they test', () => {
    expect(WebAssembly.validate(kernelModule(1))).toBe(true);
  });

  test.each([
    ['random pages', noise(200, 'kernel')],
    ['pages of a real guest', mini],
  ])('keys %s as two other implementations of XXH3-64 do', async (_what, bytes) => {
    const { keys } = run(bytes, true);
    const pages = pagesOf(bytes);
    expect(keys).toEqual(pages.map((page) => xxh3.xxh64(page).toString(16).padStart(16, '0')));
    expect(keys).toEqual(await Promise.all(pages.map((page) => xxhash3(page))));
  });

  test('and the way without SIMD agree on keys and fill classes', () => {
    const word = Buffer.from('overbook');
    const oddEnd = Buffer.alloc(4096, word);
    oddEnd[4095]! ^= 1;
    const halfWord = Buffer.alloc(4096, 'over');
    const late = Buffer.alloc(4096);
    late[2048] = 1;
    const bytes = Buffer.concat([Buffer.alloc(4096), Buffer.alloc(4096, word), oddEnd, halfWord, late, mini]);
    const fast = run(bytes, true);
    expect(fast).toEqual(run(bytes, false));
    expect(fast.fills.slice(0, 5)).toEqual([1, 2, 0, 2, 0]);
  });

  test('notices a change of any one byte', () => {
    const page = noise(1, 'one byte');
    const [plain] = run(page, true).keys;
    fc.assert(
      fc.property(fc.nat(4095), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(page);
        changed[at]! ^= change;
        const [key] = run(changed, true).keys;
        expect(key).toBe(xxh3.xxh64(changed).toString(16).padStart(16, '0'));
        expect(key).not.toBe(plain);
      }),
      { numRuns: 50 },
    );
  });

  test('refuses more pages than its window holds', () => {
    expect(() => pageHasher(2).run(3)).toThrow(RangeError);
  });
});
