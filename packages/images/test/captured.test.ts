/**
 * Digests of whole captured guests, which are too large to ship. Set OVERBOOK_DATA to the folder that holds images/
 * (debian.pages.br and NAME.idx.br: all distinct pages once, and per image a page number per page); without it these
 * tests are skipped.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';
import type { PageDigest } from '@overbook/formats';
import { decodeDigest, digestTotals, encodeDigest, readPageFlags } from '@overbook/formats';
import { digestImage } from '../src/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const captured = process.env['OVERBOOK_DATA'];

describe.skipIf(captured === undefined)('captured images (needs OVERBOOK_DATA)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
  const images = join(captured ?? '', 'images');
  let pack = Buffer.alloc(0);
  beforeAll(() => {
    if (captured === undefined) return;
    const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
    pack = brotliDecompressSync(readFileSync(join(images, 'debian.pages.br')), { params });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['idle-a', 'idle-b', 'sqlite', 'redis', 'deb11-idle'])(
    '%s',
    async (name) => {
      const path = join(folder, `${name}.raw`);
      writeFileSync(
        path,
        unpackImage(pack, brotliDecompressSync(readFileSync(join(images, `${name}.idx.br`)))),
      );
      const roles = join(images, 'roles', `${name}.roles.br`);
      const digest = await digestImage(path, { roles });
      const recount = (JSON.parse(readFileSync(join(images, 'recount.json'), 'utf8')) as Recounts).images[
        `${name}.raw`
      ]!;
      const totals = digestTotals(digest);
      expect(digest.imageSha256).toBe(recount.sha256);
      expect(digest.pages).toBe(recount.pages);
      // The recount calls zero pages same-filled too.
      expect([totals.contents, totals.zeroPages, totals.sameFilledPages + totals.zeroPages]).toEqual([
        recount.distinctContents,
        recount.zeroPages,
        recount.sameFilledPages,
      ]);
      expect(largestShare(digest)).toBe(recount.largestClassNonZero);
      const summary = JSON.parse(
        readFileSync(join(images, 'roles', `${name}.summary.json`), 'utf8'),
      ) as Summary;
      expect(readPageFlags(roles, digest.pages).driftedPages).toBe(summary.flagsChangedWhileSending);
      expect(countOf(digest, 1)).toBe(summary.roles['free']);
      expect(countOf(digest, 4)).toBe(summary.roles['slab']);
      expect(countOf(digest, 6)).toBe(summary.roles['anon']);
      const file = encodeDigest(digest);
      expect(file.length).toBeLessThan((1_000_000 * digest.pages) / 65_536);
      expect(decodeDigest(file, name)).toEqual(digest);
    },
    60_000,
  );
});

interface Recounts {
  readonly images: Readonly<Record<string, Recount>>;
}
interface Recount {
  readonly pages: number;
  readonly zeroPages: number;
  readonly distinctContents: number;
  readonly sameFilledPages: number;
  readonly largestClassNonZero: number;
  readonly sha256: string;
}
interface Summary {
  readonly flagsChangedWhileSending: number;
  readonly roles: Readonly<Record<string, number>>;
}

function unpackImage(pack: Buffer, index: Buffer): Buffer {
  const image = Buffer.alloc(index.length * 1024);
  for (let page = 0; page < index.length / 4; page++) {
    const at = index.readUInt32LE(page * 4) * 4096;
    pack.copy(image, page * 4096, at, at + 4096);
  }
  return image;
}

/** Pages of the non-zero content that most pages hold. */
function largestShare(digest: PageDigest): number {
  const counts = new Map<string, number>();
  for (let page = 0; page < digest.pages; page++) {
    if (digest.fill[page] === 1) continue;
    const key = `${digest.keyHi[page]} ${digest.keyLo[page]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

function countOf(digest: PageDigest, role: number): number {
  return digest.role.filter((byte) => (byte & 15) === role).length;
}
