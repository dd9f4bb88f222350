/** The image and the digest that are shipped say the same, and what an independent recount said of them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { digestTotals, encodeDigest, readDigest } from '@overbook/formats';
import { digestImage, readImage } from '../src/index.ts';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../datasets/images');
const image = join(folder, 'mini.raw.gz');

test('mini digests to the digest beside it', async () => {
  const digest = await digestImage(image);
  expect(readDigest(join(folder, 'mini.ovd'))).toEqual(digest);
  expect(digest.imageSha256).toBe('98a827a2203171cbf59e54fe23b39a55e88f2ef1f0b498bb3cd55630b85cd7be');
});

test('its counts are those of the recount', () => {
  const digest = readDigest(join(folder, 'mini.ovd'));
  expect([digest.pages, digestTotals(digest)]).toEqual([
    768,
    { contents: 274, zeroPages: 492, sameFilledPages: 0, unknownPages: 0 },
  ]);
});

test('its keys are those of a plain loop over its bytes', async () => {
  const bytes = gunzipSync(readFileSync(image));
  const digest = await digestImage(image);
  expect(Buffer.from(await readImage(image)).equals(bytes)).toBe(true);
  for (let page = 0; page < digest.pages; page++) {
    const key = createHash('sha256')
      .update(bytes.subarray(page * 4096, page * 4096 + 4096))
      .digest();
    expect([digest.keyLo[page], digest.keyHi[page]]).toEqual([key.readUInt32LE(0), key.readUInt32LE(4)]);
  }
});

test('the file is small beside the image', async () => {
  expect(encodeDigest(await digestImage(image)).length).toBeLessThan(4096);
});
