/** `overbook analyze` as a user meets it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Analysis } from '@overbook/images';
import { grouped } from '@overbook/lab/words';
import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-analyze-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const image = join(DATASETS, 'images/mini.raw.gz');
const digest = join(DATASETS, 'images/mini.ovd');
const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url));

async function analysisOf(...words: string[]): Promise<Analysis> {
  const { code, out, err } = await overbook(['analyze', ...words, '--json', '--workers', '1']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Analysis;
}

describe.skipIf(!isBuilt)('analyze, built', () => {
  test('gives the same bytes with one worker thread and with three', () => {
    const path = join(folder, 'many.raw');
    const pages = Array.from({ length: 9000 }, (_, at) =>
      Buffer.alloc(
        4096,
        createHash('sha256')
          .update(String((at * at) % 701))
          .digest(),
      ),
    );
    writeFileSync(path, Buffer.concat(pages));
    const run = (workers: string): string =>
      execFileSync(
        process.execPath,
        [bin, 'analyze', path, image, '--verify', '--json', '--workers', workers],
        {
          encoding: 'utf8',
        },
      );
    const one = run('1');
    expect((JSON.parse(one) as Analysis).images[0]!.pages).toBe(9000);
    expect(run('3')).toBe(one);
  }, 60_000);

  test('reads an image from standard input', () => {
    const out = execFileSync(process.execPath, [bin, 'analyze', '-', '--only', 'sharing', '--json'], {
      input: readFileSync(image),
      encoding: 'utf8',
    });
    expect((JSON.parse(out) as Analysis).images[0]).toMatchObject({
      name: 'stdin',
      pages: 768,
      zeroPages: 492,
    });
  }, 60_000);
});

/** A made-up format: `MADEUP` and a byte; every page of the guest's 8 is filled with it, the third is missing. */
const MADE_UP_READER = `
  import { defineReader, PAGE_DATA } from '@overbook/images';
  export const madeUp = defineReader({
    contract: 1,
    id: 'made-up',
    title: 'One byte for all pages',
    recognises: (head) => Buffer.from(head.subarray(0, 6)).toString() === 'MADEUP',
    open: (file) => {
      const byte = new Uint8Array(1);
      file.read(6, byte);
      return {
        extents: () => [
          { first: 0, count: 2, state: PAGE_DATA },
          { first: 3, count: 5, state: PAGE_DATA },
        ],
        read: (first: number, count: number, into: Uint8Array) => void into.subarray(0, count * 4096).fill(byte[0]!),
      };
    },
  });
`;

describe('a reader of a format that nobody knows', () => {
  const reader = join(folder, 'made-up.ts');
  const made = join(folder, 'guest.made-up');
  writeFileSync(reader, MADE_UP_READER);
  writeFileSync(made, 'MADEUP!');

  test('is one file, and works through analyze and digest', async () => {
    const { images } = await analysisOf(made, '--reader', reader);
    expect(images[0]).toMatchObject({
      format: 'made-up',
      pages: 8,
      unknownPages: 1,
      unknown: { hole: 1 },
      distinctContents: 1,
      pagesSharing: 6,
      fillPatterns: [{ word: '2121212121212121', pages: 7 }],
    });
    const path = join(folder, 'made-up.ovd');
    const { out } = await overbook(['digest', made, '--reader', reader, '-o', path]);
    expect(out).toContain('8 pages, 1 distinct contents, 0 zero, 1 unknown');
    expect((await analysisOf(path)).images[0]).toMatchObject({
      pages: 8,
      unknown: { hole: 1 },
      pagesSharing: 6,
    });
  });

  test('is named when it is none', async () => {
    const none = join(folder, 'none.ts');
    writeFileSync(none, 'export const nothing = 1;');
    const { code, err } = await overbook(['analyze', made, '--reader', none]);
    expect([code, err.includes('OVB_PLUGIN_EMPTY')]).toEqual([2, true]);
  });
});

describe('analyze', () => {
  test('prints tables that fit the screen, and the same answer on a wide one', async () => {
    for (const columns of [80, 200]) {
      const { code, out } = await overbook(['analyze', image, image, '--workers', '1'], { columns });
      expect(code).toBe(0);
      expect(out).toContain('2 images with 6.00 MiB');
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(out).toContain('768');
    }
  });

  test('keeps the stable part of its JSON', async () => {
    const analysis = await analysisOf(image, '--group', 'g=mini');
    expect(analysis.images[0]).toMatchObject({
      path: image,
      format: 'raw',
      pages: 768,
      zeroPages: 492,
      unknownPages: 0,
      distinctContents: 274,
      pagesShared: 2,
      pagesSharing: 494,
      pagesUnshared: 272,
    });
    expect(analysis.sharing.withinVm).toEqual({ savedPages: 494, savedNonZeroPages: 3 });
    expect(analysis.sharing.acrossVms).toMatchObject({ savedPages: 494, savedNonZeroPages: 3 });
    expect(analysis.sharing.groups).toEqual([
      { name: 'g', images: ['mini'], savedPages: 494, savedNonZeroPages: 3 },
    ]);
    expect(analysis.compression!['lz4']).toMatchObject({
      fits2KiB: expect.any(Number),
      fits1KiB: expect.any(Number),
    });
    expect(await analysisOf(image, '--only', 'sharing')).not.toHaveProperty('compression');
  });

  test('counts like KSM when a frame takes few pages', async () => {
    const { images } = await analysisOf(image, '--only', 'sharing', '--max-page-sharing', '256');
    // 492 zero pages: one frame of 256, one of 236.
    expect(images[0]).toMatchObject({ pagesShared: 3, pagesSharing: 493, pagesUnshared: 272 });
  });

  test('takes a digest for its image', async () => {
    const fromDigest = await analysisOf(digest, '--codec', 'lz4');
    const fromImage = await analysisOf(image, '--codec', 'lz4', '--content-key', 'sha256-64');
    const figures = (analysis: Analysis): object => ({ ...analysis, images: [], made: undefined });
    expect(figures(fromDigest)).toEqual(figures(fromImage));
  });

  test('writes a report that carries all it needs, with the figures of the JSON', async () => {
    const out = join(folder, 'report');
    await overbook(['analyze', image, image, '--out', out, '--workers', '1']);
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    const analysis = JSON.parse(readFileSync(join(out, 'analysis.json'), 'utf8')) as Analysis;
    expect(html).toContain(`<td class="number">${grouped(analysis.sharing.acrossVms.savedPages)}</td>`);
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain('mini-2');
  });

  test('ends with 1 when bytes differ under one key, and says which', async () => {
    // Two pages made to have one XXH3 key: see the analysis' own test for how.
    const pages = [1, -1].map((change) => {
      const bytes = Buffer.alloc(4096, 7);
      for (const [at, low, high] of [
        [0, 0x396cfeb8, 1000 + change],
        [64, 0x2c81017c, 1000 - change],
      ] as const) {
        bytes.writeUInt32LE(low, at);
        bytes.writeUInt32LE(high, at + 4);
      }
      return bytes;
    });
    const path = join(folder, 'collision.raw');
    writeFileSync(path, Buffer.concat(pages));
    const { code, out } = await overbook(['analyze', path, '--verify', '--only', 'sharing']);
    expect(code).toBe(1);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'WRONG: 1 pages have the xxh3-64 key of a page that differs: collision 1 and collision 0',
    );
    const exact = await overbook([
      'analyze',
      path,
      '--verify',
      '--only',
      'sharing',
      '--content-key',
      'sha256-64',
    ]);
    expect(exact.code).toBe(0);
  });

  test.each([
    ['a group without members', ['--group', 'x']],
    ['a frame for one page', ['--max-page-sharing', '1']],
    ['a codec that there is not', ['--codec', 'lzo']],
    ['flags of no image', ['--flags', 'nobody=x']],
    ['near-duplicates of sharing only', ['--only', 'sharing', '--similar']],
  ])('refuses %s', async (_what, words) => {
    const { code, out, err } = await overbook(['analyze', image, ...words]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('mend:');
  });

  test.each([
    ['bytes', ['--verify'], 'OVB_NEEDS_BYTES'],
    ['another codec', ['--codec', 'zstd'], 'OVB_CODEC_SIZES'],
    ['keys of another function', ['--content-key', 'xxh3-64'], 'OVB_CONTENT_KEYS'],
  ])('refuses a digest %s, and writes nothing', async (_what, words, error) => {
    const out = join(folder, 'none');
    const { code, err } = await overbook(['analyze', digest, ...words, '--out', out]);
    expect(code).toBe(2);
    expect(err).toContain(error);
    expect(existsSync(out)).toBe(false);
  });
});
