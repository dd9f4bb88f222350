/**
 * Digesting an image: MiB a second by content key, on pages that all differ and do not compress (the worst case, made
 * by a hash) and with every second page zero. 64 MiB, from the page cache; best of three rounds.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake3Key, sha256Key, xxh3Key } from '../scan/content-key.ts';
import { digestImage } from './digest-image.ts';
import { encodeDigest } from '@overbook/formats';

const ROUNDS = 3;
const MIB = 64;
const folder = mkdtempSync(join(tmpdir(), 'overbook-bench-'));

function imageOf(name: string, everyNth: number): string {
  const image = createHash('shake256', { outputLength: MIB * 1_048_576 })
    .update(name)
    .digest();
  for (let page = 0; page < MIB * 256; page++)
    if (page % everyNth !== 0) image.fill(0, page * 4096, page * 4096 + 4096);
  const path = join(folder, `${name}.raw`);
  writeFileSync(path, image);
  return path;
}

try {
  const images = { 'all differ': imageOf('full', 1), 'half zero': imageOf('half', 2) };
  for (const contentKey of [sha256Key, xxh3Key, await blake3Key(new Uint8Array(32))]) {
    for (const [what, path] of Object.entries(images)) {
      let bestMs = Number.POSITIVE_INFINITY;
      let fileBytes = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now();
        const digest = await digestImage(path, { contentKey });
        bestMs = Math.min(bestMs, performance.now() - start);
        fileBytes = encodeDigest(digest).length;
      }
      const speed = ((MIB * 1000) / bestMs).toFixed(0);
      console.log(`${contentKey.name}, ${what}: ${speed} MiB/s; digest ${(fileBytes / 1024).toFixed(0)} KiB`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
