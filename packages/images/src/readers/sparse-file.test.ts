import { ftruncateSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { somePages } from '../../test/fuzz-seeds.ts';
import { PAGE } from '../../test/image-writers.ts';
import type { OpenOptions } from './open-image.ts';
import { openImage } from './open-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A differential snapshot: of 256 pages two changed, one of them to zeros, and are written. */
function differential(name: string): string {
  const path = join(folder, name);
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, 256 * PAGE);
  writeSync(descriptor, somePages(1, 1), 0, PAGE, 10 * PAGE);
  writeSync(descriptor, Buffer.alloc(PAGE), 0, PAGE, 11 * PAGE);
  closeSync(descriptor);
  return path;
}

async function opened(name: string, options: OpenOptions = {}) {
  const image = await openImage(differential(name), options);
  const found = { ...image.counts(), notes: image.notes.filter((note) => note.includes('sparse')) };
  image.close();
  return found;
}

test.skipIf(process.platform !== 'linux')(
  'holes of a raw file are unknown unless they are said to be zeros',
  async () => {
    const found = await opened('a.raw');
    expect(found).toMatchObject({ pages: 256, stored: 2, zero: 0, unknown: { excluded: 254 } });
    expect(found.notes).toEqual([expect.stringContaining('--holes zero')]);
    const zero = await opened('b.raw', { holes: 'zero' });
    expect(zero).toMatchObject({ pages: 256, stored: 2, zero: 254, unknown: {} });
    expect(zero.notes).toEqual([expect.stringContaining('--holes unknown')]);
  },
);

test.skipIf(process.platform !== 'linux')(
  'holes of a .vmem are zeros unless they are said to be unknown',
  async () => {
    expect(await opened('a.vmem')).toMatchObject({ pages: 256, zero: 254, unknown: {} });
    expect((await opened('a.vmem')).notes).toEqual([expect.stringContaining('--holes unknown')]);
    expect(await opened('b.vmem', { holes: 'unknown' })).toMatchObject({
      zero: 0,
      unknown: { excluded: 254 },
    });
  },
);
