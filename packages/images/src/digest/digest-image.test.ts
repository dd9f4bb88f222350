import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { compressSync } from 'lz4-napi';
import { afterAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../figures/analyze-images.ts';
import { analyzeImages } from '../figures/analyze-images.ts';
import {
  PAGE_DATA,
  PAGE_DEVICE,
  PAGE_HOLE,
  PAGE_LOST,
  PAGE_ZERO,
  assumeUnknown,
  decodeDigest,
  digestTotals,
  encodeDigest,
  writeDigest,
} from '@overbook/formats';
import { defineReader } from '../readers/image-reader.ts';
import { readImage } from '../readers/read-image.ts';
import { digestImage } from './digest-image.ts';
import { lz4 } from '../scan/page-codec.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** 700 pages, more than two windows: zeros, one repeated word, text, and noise that repeats every 100 pages. */
const pages = Array.from({ length: 700 }, (_, page) => {
  if (page % 7 === 0) return Buffer.alloc(4096);
  if (page % 11 === 0) return Buffer.alloc(4096, 'overbook');
  if (page % 3 === 0) return Buffer.alloc(4096, `page ${page % 100} `);
  return createHash('shake256', { outputLength: 4096 })
    .update(String(page % 100))
    .digest();
});
const image = Buffer.concat(pages);
const raw = write('guest.raw', image);

/** One page, the obvious way. */
function plain(page: Buffer): object {
  const zero = page.every((byte) => byte === 0);
  const sameWord = page.equals(Buffer.alloc(4096, page.subarray(0, 8)));
  const key = createHash('sha256').update(page).digest();
  return {
    keyLo: key.readUInt32LE(0),
    keyHi: key.readUInt32LE(4),
    compressedBytes: compressSync(page).length - 4,
    fill: zero ? 1 : sameWord ? 2 : 0,
  };
}

describe('a digest of a raw image', () => {
  test('says of each page what a plain loop says', async () => {
    const digest = await digestImage(raw);
    const { keyLo, keyHi, compressedBytes, fill } = digest;
    expect(digest).toMatchObject({ name: 'guest', pages: 700, contentKey: 'sha256-64', codec: lz4.name });
    expect(digest.imageSha256).toBe(createHash('sha256').update(image).digest('hex'));
    expect(digest.role).toEqual(new Uint8Array(700));
    const read = pages.map((_, page) => ({
      keyLo: keyLo[page],
      keyHi: keyHi[page],
      compressedBytes: compressedBytes[page],
      fill: fill[page],
    }));
    expect(read).toEqual(pages.map(plain));
  });

  test('is the same for a packed image', async () => {
    const digest = await digestImage(raw);
    expect(await digestImage(write('guest.raw.gz', gzipSync(image)))).toEqual(digest);
    expect(await digestImage(write('guest.raw.br', brotliCompressSync(image)))).toEqual(digest);
  });

  test('reads the image whole, for those who want the bytes', async () => {
    expect(Buffer.from(await readImage(raw)).equals(image)).toBe(true);
    await expect(readImage(raw, { maxBytes: 4096 })).rejects.toMatchObject({ code: 'OVB_IMAGE_TOO_LARGE' });
  });
});

describe('an image that is none is refused', () => {
  const refused: readonly (readonly [why: string, path: string, code: string])[] = [
    ['the last page is cut', write('cut.raw', image.subarray(0, 5000)), 'OVB_IMAGE_TRUNCATED'],
    [
      'the last page is cut, packed',
      write('cut.raw.gz', gzipSync(image.subarray(0, 5000))),
      'OVB_IMAGE_TRUNCATED',
    ],
    ['nothing is in it', write('empty.raw', Buffer.alloc(0)), 'OVB_IMAGE_EMPTY'],
    ['nothing is in it, packed', write('empty.raw.gz', gzipSync(Buffer.alloc(0))), 'OVB_IMAGE_EMPTY'],
    ['the packing is cut', write('half.raw.gz', gzipSync(image).subarray(0, 9000)), 'OVB_IMAGE_CORRUPT'],
    ['the packing is none', write('not.raw.br', image.subarray(4096, 9000)), 'OVB_IMAGE_CORRUPT'],
    ['it is not there', join(folder, 'none.raw'), 'OVB_FILE_UNREADABLE'],
    ['it is not there, packed', join(folder, 'none.raw.gz'), 'OVB_FILE_UNREADABLE'],
    ['it is a folder', folder, 'OVB_FILE_UNREADABLE'],
  ];
  test.each(refused)('%s', async (_why, path, code) => {
    await expect(digestImage(path)).rejects.toMatchObject({ code, name: 'OverbookError' });
  });

  test('with the offset at which it ends', async () => {
    await expect(digestImage(join(folder, 'cut.raw'))).rejects.toThrow(
      'cut.raw:0x1388: the image ends 904 bytes into a page',
    );
  });
});

describe('an image with unknown pages', () => {
  const holed = defineReader({
    contract: 1,
    id: 'holed',
    title: 'pages 1 and 2 are a hole, 3 is lost, 4 is device memory, 5 and 6 are zero by the layout',
    recognises: () => true,
    open: () => ({
      extents: () => [
        { first: 0, count: 1, state: PAGE_DATA },
        { first: 3, count: 1, state: PAGE_DATA },
        { first: 4, count: 1, state: PAGE_DEVICE },
        { first: 5, count: 2, state: PAGE_ZERO },
        { first: 7, count: 1, state: PAGE_DATA },
      ],
      read: (first, _count, into, states) => {
        into.fill(7);
        if (first === 3) states[0] = PAGE_LOST;
      },
    }),
  });

  test('is digested with what is known of each, and read back so', async () => {
    const digest = await digestImage(raw, { reader: holed });
    expect([...digest.fill]).toEqual([2, 3, 3, 3, 3, 1, 1, 2]);
    expect([...digest.keyLo.subarray(1, 5)]).toEqual([PAGE_HOLE, PAGE_HOLE, PAGE_LOST, PAGE_DEVICE]);
    expect(digestTotals(digest)).toEqual({ contents: 2, zeroPages: 2, sameFilledPages: 2, unknownPages: 4 });
    expect(decodeDigest(encodeDigest(digest), 'holed')).toEqual(digest);
    const bytes = Buffer.alloc(8 * 4096);
    bytes.fill(7, 0, 4096).fill(7, 7 * 4096);
    expect(digest.imageSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('is analysed the same from its digest', async () => {
    const path = join(folder, 'holed.ovd');
    writeDigest(path, await digestImage(raw, { reader: holed }));
    const options = { codecs: ['lz4'], contentKey: { function: 'sha256-64' } } as const;
    const fromDigest = await analyzeImages([{ path, name: 'x' }], options);
    const fromImage = await analyzeImages([{ path: raw, name: 'x', open: { format: 'holed' } }], {
      ...options,
      readers: [holed],
    });
    expect(fromImage.images[0]).toMatchObject({
      pages: 7,
      zeroPages: 2,
      unknownPages: 3,
      unknown: { hole: 2, lost: 1 },
    });
    const bare = (analysis: Analysis): object => ({
      ...analysis,
      images: analysis.images.map((image) => ({
        ...image,
        path: '',
        format: '',
        fileBytes: 0,
        fillPatterns: [],
      })),
      mostRepeated: analysis.mostRepeated.map((content) => ({ ...content, word: null })),
    });
    expect(bare(fromDigest)).toEqual(bare(fromImage));
  });

  test('is simulated with its unknown pages taken for ones that nobody shares and that do not compress', async () => {
    const digest = assumeUnknown(await digestImage(raw, { reader: holed }), 'guest 1');
    const other = assumeUnknown(await digestImage(raw, { reader: holed }), 'guest 2');
    const keys = [digest, other].flatMap(({ keyLo, keyHi }) =>
      [1, 2, 3, 4].map((page) => `${keyLo[page]} ${keyHi[page]}`),
    );
    expect(new Set(keys).size).toBe(8);
    expect([...digest.fill]).toEqual([2, 0, 0, 0, 0, 1, 1, 2]);
    expect([...digest.compressedBytes.subarray(1, 5)]).toEqual([4096, 4096, 4096, 4096]);
  });

  test('is read whole with zeros in their place', async () => {
    const bytes = await readImage(raw, { readers: [holed] });
    expect([bytes.length, bytes[0], bytes[4096], bytes[7 * 4096]]).toEqual([8 * 4096, 7, 0, 7]);
  });
});
