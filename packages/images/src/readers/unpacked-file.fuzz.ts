/**
 * Fuzzes packed images, on disk and as streams in pieces of any size: what is damaged is refused, or the same as its
 * packing says; a stream is the same as the file.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { anyDamage, damaged, seedOf } from '../../../formats/test/forge.ts';
import { limeSeeds, somePages } from '../../test/fuzz-seeds.ts';
import { learntOf } from '../../test/reader-fuzz.ts';
import { openImage } from './open-image.ts';

const seed = seedOf('packages/images/src/readers/unpacked-file.fuzz.ts');
const seconds = Number(process.env['OVB_FUZZ_SECONDS'] ?? 4);
const folder = mkdtempSync(join(tmpdir(), 'fuzzed-'));
const temporaryFolder = mkdtempSync(join(tmpdir(), 'fuzzed-unpacked-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(temporaryFolder, { recursive: true });
});

const lime = limeSeeds[0]!;
const raw = somePages(20, 3);
const FILES = [
  ['a.gz', gzipSync(lime)],
  ['b.gz', gzipSync(raw)],
  ['c.zlib', deflateSync(lime)],
  ['d.br', brotliCompressSync(lime)],
  ['e.br', brotliCompressSync(raw)],
] as const;

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length)
    yield await Promise.resolve(bytes.subarray(at, at + length));
}

test(
  'packed files, damaged, are refused or are what a stream of them is; no temporary file stays',
  async () => {
    let runs = 0;
    const property = fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.array(anyDamage, { maxLength: 3 }),
      fc.integer({ min: 1, max: 3000 }),
      async ([name, file], injuries, length) => {
        const bytes = injuries.reduce<Uint8Array>(damaged, file);
        const path = join(folder, name);
        writeFileSync(path, bytes);
        const onDisk = await learntOf(() => openImage(path, { temporaryFolder }));
        expect(onDisk).toMatch(/^OVB_IMAGE_|^\{/);
        if (injuries.length === 0) expect(onDisk).toMatch(/^\{/);
        // A stream has no name, so nothing says that it is brotli's.
        if (!name.endsWith('.br')) {
          const stdin = inPieces(bytes, length);
          const streamed = await learntOf(() => openImage('-', { stdin, temporaryFolder }), '<stdin>');
          expect(streamed).toBe(onDisk);
        }
        expect(readdirSync(temporaryFolder)).toEqual([]);
        runs++;
      },
    );
    await fc.assert(property, {
      seed,
      numRuns: 100_000_000,
      interruptAfterTimeLimit: seconds * 1000,
      endOnFailure: true,
    });
    console.info(`packed files: ${runs} files`);
  },
  seconds * 10_000 + 60_000,
);
