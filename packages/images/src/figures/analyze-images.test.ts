import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressSync } from 'lz4-napi';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Recounted } from '../../test/whole-contents.ts';
import { contentsOf, recount } from '../../test/whole-contents.ts';
import { digestImage } from '../digest/digest-image.ts';
import { writeDigest } from '@overbook/formats';
import { readImage } from '../readers/read-image.ts';
import type { Analysis } from './analyze-images.ts';
import { analyzeImages } from './analyze-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const mini = join(import.meta.dirname, '../../../../datasets/images/mini.raw.gz');

/** A page of a small number: zero, one word, text that compresses, noise that does not. */
function page(content: number): Buffer {
  if (content === 0) return Buffer.alloc(4096);
  if (content % 5 === 1) return Buffer.alloc(4096, Buffer.from(`word${content}   `.slice(0, 8)));
  if (content % 5 === 2) return Buffer.alloc(4096, `some text of page ${content} `);
  const noise = createHash('shake256', { outputLength: 4096 }).update(String(content)).digest();
  return content % 5 === 3 ? noise.fill(0, 1000) : noise;
}
function imageOf(contents: readonly number[]): Buffer {
  return Buffer.concat(contents.map(page));
}

/** The figures that the obvious recount has too. */
function counted({
  pages,
  zeroPages,
  distinctContents,
  pagesShared,
  pagesSharing,
  pagesUnshared,
}: Omit<Recounted, 'savedNonZeroPages'>): object {
  return {
    pages,
    zeroPages,
    distinctContents,
    pagesShared,
    pagesSharing,
    pagesUnshared,
  };
}
function countedPlainly(images: readonly Uint8Array[], limit?: number): object {
  return counted(recount(contentsOf(images), limit));
}

describe('figures', () => {
  test('of the shipped image are those of a plain recount', async () => {
    const analysis = await analyzeImages([{ path: mini }], { codecs: ['lz4'] });
    const bytes = await readImage(mini);
    expect(counted(analysis.images[0]!)).toEqual(countedPlainly([bytes]));
    expect(analysis.images[0]).toMatchObject({
      pages: 768,
      zeroPages: 492,
      distinctContents: 274,
      unknownPages: 0,
    });
    const sizes = [...contentsOf([bytes])].map(
      ([content, pages]) => [compressSync(Buffer.from(content, 'latin1')).length - 4, pages] as const,
    );
    const fitting = (limit: number): number =>
      sizes.reduce((sum, [size, pages]) => sum + (size <= limit ? pages : 0), 0) - 492;
    expect(analysis.compression!['lz4']).toMatchObject({
      pages: 276,
      fits2KiB: fitting(2048),
      fits1KiB: fitting(1024),
    });
  });

  test('of any images are those of a plain recount, with and without a limit for each frame', async () => {
    const contents = fc.array(fc.nat(12), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(contents, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 2, max: 9 }),
        async (guests, limit) => {
          const images = guests.map(imageOf);
          const sources = images.map((image, at) => ({ path: write(`any-${at}.raw`, image) }));
          for (const maxPageSharing of [undefined, limit]) {
            const analysis = await analyzeImages(sources, {
              only: 'sharing',
              ...(maxPageSharing === undefined ? {} : { maxPageSharing }),
            });
            expect(analysis.images.map(counted)).toEqual(
              images.map((image) => countedPlainly([image], maxPageSharing)),
            );
            const alone = images.map((image) => recount(contentsOf([image]), maxPageSharing));
            const all = recount(contentsOf(images), maxPageSharing);
            expect(analysis.sharing.withinVm).toEqual({
              savedPages: alone.reduce((sum, { pagesSharing }) => sum + pagesSharing, 0),
              savedNonZeroPages: alone.reduce((sum, { savedNonZeroPages }) => sum + savedNonZeroPages, 0),
            });
            expect(analysis.sharing.acrossVms).toMatchObject({
              savedPages: all.pagesSharing,
              savedNonZeroPages: all.savedNonZeroPages,
              pagesShared: all.pagesShared,
              pagesUnshared: all.pagesUnshared,
            });
            expect(analysis.exposure.burstPages).toBe(all.pagesSharing);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of techniques one after the other make up all of memory, for each guest and together', async () => {
    const { sequence } = await analyzeImages(
      [[0, 0, 1, 2, 3, 4, 4], [0, 2, 7, 8, 9, 9], [5]].map((contents, at) => ({
        path: write(`seq-${at}.raw`, imageOf(contents)),
      })),
    );
    for (const part of [sequence!, ...sequence!.byGuest]) {
      const { knownBytes, zeroBytes, shareBytes, patchBytes, compressBytes, restBytes } = part;
      expect(zeroBytes + shareBytes + patchBytes + compressBytes + restBytes).toBe(knownBytes);
    }
    // 3 zero pages on one frame; 2, 4 and 9 stand twice; of 1, 3, 5, 7 and 8 only noise (5) fits nothing.
    expect(sequence).toMatchObject({
      knownBytes: 14 * 4096,
      zeroBytes: 2 * 4096,
      shareBytes: 3 * 4096,
      compressBytes: 2 * 3072 + 2 * 2048,
    });
  });

  test('of near-duplicates: pages that differ a little are patched, once, and no byte counts twice', async () => {
    const like = (content: number, at: number): Buffer => {
      const bytes = page(content);
      bytes.writeUInt32LE(0x12345678, at);
      return bytes;
    };
    // 4, 9 and 14 are noise: nothing but patching can win anything of their likes.
    const bytes = Buffer.concat([
      page(4),
      like(4, 0),
      like(4, 2000),
      page(9),
      like(9, 400),
      page(14),
      page(0),
    ]);
    const { similar, sequence } = await analyzeImages([{ path: write('similar.raw', bytes) }], {
      similar: true,
    });
    expect(similar).toMatchObject({ patchedPages: 3, referenceContents: 2, pagesWithCandidate: 3 });
    // One changed word: its four bytes, two of their own instruction, and a copy on either side where there is one.
    expect(similar!.patchBytes).toBe(9 + 12 + 12);
    expect(sequence).toMatchObject({
      patchBytes: 3 * 4096 - 33,
      compressBytes: 0,
      restBytes: 4 * 4096 + 33,
    });
    const plain = await analyzeImages([{ path: join(folder, 'similar.raw') }]);
    expect(plain.sequence!.restBytes).toBe(7 * 4096);
  });

  test('of large pages: what must be broken, and what whole equal regions would save', async () => {
    const region = (seed: number): number[] => Array.from({ length: 512 }, (_, at) => seed * 512 + at + 1);
    const zeros = Array.from({ length: 512 }, () => 0);
    const first = [...region(1), ...region(2), ...zeros, ...region(3).slice(0, 100)];
    const second = [...region(1), ...region(4), 1025, ...region(5).slice(1)];
    const { largePages, sharing } = await analyzeImages(
      [first, second].map((contents, at) => ({ path: write(`large-${at}.raw`, imageOf(contents)) })),
      { only: 'sharing' },
    );
    // Region 1 stands twice; 1025 is the first page of region 2; zeros repeat; region 4 shares nothing.
    expect(sharing.acrossVms.savedPages).toBe(512 + 1 + 511);
    expect(largePages).toMatchObject({
      regions: 6,
      regionsToBreak: 5,
      regionsToBreakNonZero: 4,
      savedPagesKeepingLarge: 512,
      lostPages: 512,
    });
  });

  test('of exposure: frames that a burst of writes would take, for all and for each guest alone', async () => {
    const { exposure } = await analyzeImages(
      [[0, 0, 7, 7, 8], [0, 8, 8], [9]].map((contents, at) => ({
        path: write(`burst-${at}.raw`, imageOf(contents)),
      })),
      { only: 'sharing' },
    );
    // Zero stands 3 times, 7 twice in the first guest alone, 8 three times.
    expect(exposure).toEqual({
      burstPages: 2 + 1 + 2,
      burstZeroPages: 2,
      byGuest: [
        { image: 'burst-0', sharedPages: 5, burstPages: 2 + 1 + 1 },
        { image: 'burst-1', sharedPages: 3, burstPages: 1 + 2 },
        { image: 'burst-2', sharedPages: 0, burstPages: 0 },
      ],
      sharedByRole: {},
    });
  });

  test('draw memory by kind, page by page where there is room', async () => {
    const { maps } = await analyzeImages(
      [
        [0, 4, 4, 2, 7, 9, 11],
        [7, 14],
      ].map((contents, at) => ({ path: write(`map-${at}.raw`, imageOf(contents)) })),
      { codecs: ['lz4'] },
    );
    expect(maps).toEqual([
      { image: 'map-0', pagesPerCell: 1, cells: 'zwwcauf' },
      { image: 'map-1', pagesPerCell: 1, cells: 'au' },
    ]);
  });

  test('name the most repeated contents and where they lie', async () => {
    const path = write('repeated.raw', imageOf([1, 0, 1, 0, 0, 1, 1, 7]));
    const { mostRepeated } = await analyzeImages([{ path }, { path, name: 'again' }], {
      only: 'sharing',
      top: 2,
    });
    expect(mostRepeated.map(({ kind, word, pages, where }) => ({ kind, word, pages, where }))).toEqual([
      {
        kind: 'filled',
        word: Buffer.from('word1   ').toString('hex'),
        pages: 8,
        where: ['repeated', 'again'].map((image) => ({
          image,
          pages: 4,
          firstPage: 0,
          lastPage: 6,
          runs: 3,
        })),
      },
      {
        kind: 'zero',
        word: null,
        pages: 6,
        where: ['repeated', 'again'].map((image) => ({
          image,
          pages: 3,
          firstPage: 1,
          lastPage: 4,
          runs: 2,
        })),
      },
    ]);
  });
});

describe('a digest in place of its image', () => {
  /** Without what a digest does not hold: the path and format of the image, words of filled pages. */
  const comparable = (analysis: Analysis): object => ({
    ...analysis,
    images: analysis.images.map((image) => ({
      ...image,
      path: '',
      format: '',
      fileBytes: 0,
      notes: [],
      fillPatterns: [],
    })),
    mostRepeated: analysis.mostRepeated.map((content) => ({ ...content, word: null })),
  });
  const contents = Array.from({ length: 700 }, (_, at) => (at * 7) % 90);

  test('gives the same figures, with another image beside it too', async () => {
    const path = write('one.raw', imageOf(contents));
    const other = write('other.raw', imageOf(contents.map((content) => content + 40)));
    const digest = join(folder, 'one.ovd');
    writeDigest(digest, await digestImage(path));
    const options = { contentKey: { function: 'sha256-64' }, codecs: ['lz4'] } as const;
    const fromImages = await analyzeImages([{ path }, { path: other }], options);
    expect(comparable(await analyzeImages([{ path: digest }, { path: other }], { codecs: ['lz4'] }))).toEqual(
      comparable(fromImages),
    );
    expect((await analyzeImages([{ path: digest }])).compression).toHaveProperty('lz4');
  });

  test('is refused what it cannot give, by name', async () => {
    const path = join(folder, 'one.ovd');
    await expect(analyzeImages([{ path }], { verify: true })).rejects.toMatchObject({
      code: 'OVB_NEEDS_BYTES',
      at: path,
    });
    await expect(analyzeImages([{ path }], { similar: true })).rejects.toMatchObject({
      code: 'OVB_NEEDS_BYTES',
    });
    await expect(analyzeImages([{ path }], { codecs: ['zstd'] })).rejects.toMatchObject({
      code: 'OVB_CODEC_SIZES',
    });
    const key = { function: 'xxh3-64' } as const;
    await expect(analyzeImages([{ path }, { path: mini }], { contentKey: key })).rejects.toMatchObject({
      code: 'OVB_CONTENT_KEYS',
    });
  });
});

describe('groups', () => {
  test('share within themselves only', async () => {
    const sources = [
      [1, 2, 3],
      [1, 2, 9],
      [3, 9],
    ].map((contents, at) => ({
      path: write(`g${at}.raw`, imageOf(contents)),
    }));
    const groups = [{ name: 'web', images: ['g0', 'g1'] }];
    const { sharing } = await analyzeImages(sources, { only: 'sharing', groups });
    expect(sharing.groups).toEqual([
      { name: 'web', images: ['g0', 'g1'], savedPages: 2, savedNonZeroPages: 2 },
    ]);
    expect([sharing.bySalt.savedPages, sharing.acrossVms.savedPages]).toEqual([2, 4]);
    expect(sharing.matrix).toEqual([
      [0, 2, 1],
      [2, 0, 1],
      [1, 1, 0],
    ]);
  });

  test.each([
    [[{ name: 'a', images: ['nobody'] }]],
    [[{ name: 'a', images: ['g0', 'g0'] }]],
    [
      [
        { name: 'a', images: ['g0'] },
        { name: 'b', images: ['g0'] },
      ],
    ],
  ])('are refused when they make no sense: %j', async (groups) => {
    const path = join(folder, 'g0.raw');
    await expect(analyzeImages([{ path }], { only: 'sharing', groups })).rejects.toMatchObject({
      code: 'OVB_GROUP',
    });
  });
});

test('two pages made to have one XXH3 key are found by comparing bytes', async () => {
  const [one, two] = collidingPages();
  const path = write('collision.raw', Buffer.concat([one, page(4), two]));
  const fast = await analyzeImages([{ path }], { verify: true, only: 'sharing' });
  expect(fast.images[0]!.distinctContents).toBe(2);
  expect(fast.verified).toEqual({
    comparedPages: 1,
    collidingPages: 1,
    collisions: [{ image: 'collision', page: 2, likeImage: 'collision', likePage: 0 }],
  });
  const key = { function: 'sha256-64' } as const;
  const exact = await analyzeImages([{ path }], { verify: true, only: 'sharing', contentKey: key });
  expect(exact.images[0]!.distinctContents).toBe(3);
  expect(exact.verified!.collidingPages).toBe(0);
});

/**
 * XXH3 adds, per lane, low × high half of (word ^ secret) to one sum and the word itself to its neighbour's. Where
 * the low half equals the secret's the product is 0 whatever the high half is; so the high halves of one lane in
 * two stripes of a block may change by opposite amounts without any sum noticing.
 */
function collidingPages(): readonly [Buffer, Buffer] {
  // Low halves of lane 0 under the secret of stripes 0 and 1: its words at bytes 0 and 8 (xxhash.h, XXH3_kSecret).
  const [low0, low1] = [0x396cfeb8, 0x2c81017c];
  const pages = [0, 1].map((change) => {
    const bytes = page(9);
    bytes.writeUInt32LE(low0, 0);
    bytes.writeUInt32LE(1000 + change, 4);
    bytes.writeUInt32LE(low1, 64);
    bytes.writeUInt32LE(1000 - change, 68);
    return bytes;
  });
  return [pages[0]!, pages[1]!];
}
