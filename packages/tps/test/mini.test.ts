/**
 * A small memory with real bytes, shipped with the project: what the strategies make of it against a plain
 * recount.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { PAGE_BYTES } from '@overbook/core';
import { describe, expect, test } from 'vitest';

import { hostOfImages, scanToRest } from './guests-of-images.ts';
import { tableOf } from './images.ts';

const file = join(import.meta.dirname, '../../../datasets/images/mini.raw.gz');
const bytes = new Uint8Array(gunzipSync(readFileSync(file)));
const table = tableOf(bytes);
const PAGES = bytes.length / PAGE_BYTES;
const GUESTS = 3;
const image = Uint32Array.from({ length: PAGES }, (_, page) => page);
const images = Array.from({ length: GUESTS }, () => image);

/** Pages of each content in one guest, by the bytes themselves. */
const copies = new Map<string, number>();
for (let page = 0; page < PAGES; page++) {
  const content = Buffer.from(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)).toString('latin1');
  copies.set(content, (copies.get(content) ?? 0) + 1);
}
const ZERO = '\0'.repeat(PAGE_BYTES);

test('the image is the one whose counts the datasets page tells', () => {
  expect([PAGES, copies.size, copies.get(ZERO)]).toEqual([768, 274, 492]);
});

describe.each(['bytes', 'keys'] as const)('three guests of one image, %s', (store) => {
  test.each([
    { max: 256, zero: false },
    { max: 256, zero: true },
    { max: 4, zero: false },
    { max: 1_000_000, zero: false },
  ])('KSM at rest: max_page_sharing $max, use_zero_pages $zero', ({ max, zero }) => {
    const options = {
      mode: 'ksm',
      smart_scan: false,
      max_page_sharing: max,
      use_zero_pages: zero,
      pages_to_scan: 500,
    };
    const host = hostOfImages({ table, images, store, options });
    const expected = { pages_shared: 0, pages_sharing: 0, pages_unshared: 0, ksm_zero_pages: 0 };
    for (const [content, inOne] of copies) {
      const n = inOne * GUESTS;
      if (zero && content === ZERO) {
        expected.ksm_zero_pages = n;
        continue;
      }
      expected.pages_shared += Math.floor(n / max) + (n % max >= 2 ? 1 : 0);
      expected.pages_sharing += n - Math.ceil(n / max);
      expected.pages_unshared += n % max === 1 ? 1 : 0;
    }
    expect(scanToRest(host)).toMatchObject(expected);
    host.verify();
    host.dispose();
  });

  test.each([
    [0, copies.size],
    [1, copies.size],
    [2, copies.size * GUESTS],
  ])('ESX with salting %i: %i frames are left', (salting, frames) => {
    const options = { salting, order: 'sequential', pagesPerSecond: 10_000 };
    const host = hostOfImages({ table, images, store, options });
    host.advance(1000);
    expect(host.pool.total - host.pool.reserve).toBe(PAGES * GUESTS);
    expect(host.pool.total - host.pool.free).toBe(frames);
    host.verify();
    host.dispose();
  });
});
