import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nextDataOffset, nextHoleOffset, prepareHoles } from './file-holes.ts';
import { PAGE_DATA, PAGE_ZERO } from '@overbook/formats';
import { openImage } from './open-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GIB = 2 ** 30;

function sparse(name: string, size: number, pieces: readonly (readonly [offset: number, bytes: number])[]) {
  const path = join(folder, name);
  const descriptor = openSync(path, 'w+');
  for (const [offset, bytes] of pieces) writeSync(descriptor, Buffer.alloc(bytes, 7), 0, bytes, offset);
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  return path;
}

test.skipIf(platform() !== 'linux')('holes of a file are found without reading', async () => {
  await prepareHoles();
  const path = sparse('one', 64 * GIB, [[5 * GIB, 8192]]);
  const descriptor = openSync(path, 'r');
  expect(nextDataOffset(descriptor, 0, 64 * GIB)).toBe(5 * GIB);
  expect(nextHoleOffset(descriptor, 5 * GIB, 64 * GIB)).toBe(5 * GIB + 8192);
  expect(nextDataOffset(descriptor, 5 * GIB + 8192, 64 * GIB)).toBe(64 * GIB);
  expect(nextHoleOffset(descriptor, 9 * GIB, 64 * GIB)).toBe(9 * GIB);
  closeSync(descriptor);
});

test.skipIf(platform() !== 'linux')(
  'a raw image of 64 GiB with 3 pages opens as 3 pages, and zeros where holes are said to be zeros',
  async () => {
    const path = sparse('three', 64 * GIB, [
      [5 * GIB, 8192],
      [64 * GIB - 4096, 4096],
    ]);
    const unsaid = await openImage(path);
    expect(unsaid.counts()).toMatchObject({ stored: 3, zero: 0, unknown: { excluded: 16_777_213 } });
    unsaid.close();
    const image = await openImage(path, { holes: 'zero' });
    expect(image.counts()).toEqual({
      pages: 16_777_216,
      stored: 3,
      zero: 16_777_213,
      unknown: {},
      device: 0,
    });
    expect([...image.extents()]).toEqual([
      { first: 0, count: 1_310_720, state: PAGE_ZERO },
      { first: 1_310_720, count: 2, state: PAGE_DATA },
      { first: 1_310_722, count: 15_466_493, state: PAGE_ZERO },
      { first: 16_777_215, count: 1, state: PAGE_DATA },
    ]);
    image.close();
  },
);

test('a file without holes is all data', async () => {
  const image = await openImage(sparse('full', 16_384, [[0, 16_384]]));
  expect(image.counts()).toMatchObject({ pages: 4, stored: 4, zero: 0 });
  image.close();
});
