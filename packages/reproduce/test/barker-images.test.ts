/**
 * Barker's bound on captured memory images of real guests: two of one disk with address randomisation, two of it
 * without, one of another release. Needs OVERBOOK_DATA.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';

import { FILL_OTHER, FILL_ZERO, PAGE_BYTES, toPages } from '@overbook/core';
import { describe, expect, test } from 'vitest';

import { barkerSharingOf } from '../src/experiments/barker-2012-sharing.ts';
import type { Snapshots } from '../src/experiments/snapshot-host.ts';
import type { ExperimentResult } from '../src/index.ts';
import { reproduce } from '../src/index.ts';

const captured = process.env['OVERBOOK_DATA'];

/** Content number of the page of zeros among the distinct pages that the images were packed to. */
function zeroIn(folder: string): number {
  const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
  const pack = brotliDecompressSync(readFileSync(join(folder, 'debian.pages.br')), { params });
  const zeros = Buffer.alloc(PAGE_BYTES);
  for (let at = 0; at < pack.length; at += PAGE_BYTES)
    if (pack.compare(zeros, 0, PAGE_BYTES, at, at + PAGE_BYTES) === 0) return at / PAGE_BYTES;
  throw new Error('no page of zeros');
}

/** An image as one snapshot: a page's key is the number of its content. */
function imageOf(folder: string, name: string, zero: number): Snapshots {
  const bytes = new Uint8Array(brotliDecompressSync(readFileSync(join(folder, `${name}.idx.br`))));
  const content = new Uint32Array(bytes.buffer, 0, bytes.length / 4);
  // Key 0 is the zero page's own.
  const keys = content.map((number) => number + 1);
  return {
    name,
    pages: toPages(content.length),
    contentKey: 'pack',
    codec: 'none',
    snapshots: [
      {
        label: 'end',
        changed: Uint32Array.from(content.keys()),
        keyLo: keys,
        keyHi: keys,
        compressedBytes: new Uint16Array(content.length).fill(PAGE_BYTES),
        fill: Uint8Array.from(content, (number) => (number === zero ? FILL_ZERO : FILL_OTHER)),
      },
    ],
  };
}

async function resultOf(names: readonly string[]): Promise<ExperimentResult> {
  const folder = join(captured!, 'images');
  const zero = zeroIn(folder);
  const experiment = barkerSharingOf(names, () => names.map((name) => imageOf(folder, name, zero)));
  return (await reproduce(experiment, { datasets: '' })).result;
}

function measured({ rows }: ExperimentResult, says: string): number {
  return Number(rows.find(({ quantity }) => quantity.startsWith(says))!.measured);
}

describe.skipIf(captured === undefined)('captured images (needs OVERBOOK_DATA)', () => {
  test('what each image shares with itself is what an independent recount of its bytes says', async () => {
    const names = ['idle-a', 'idle-b', 'sqlite', 'redis', 'deb11-idle'];
    const counted = JSON.parse(readFileSync(join(captured!, 'images/recount.json'), 'utf8')) as {
      readonly images: Readonly<Record<string, { pages: number; redundantNonZeroPages: number }>>;
    };
    const result = await resultOf(names);
    for (const name of names) {
      const { pages: all, redundantNonZeroPages } = counted.images[`${name}.raw`]!;
      expect(measured(result, `shared within ${name}`)).toBeCloseTo((100 * redundantNonZeroPages) / all, 2);
    }
  });

  test('of two releases little is shared and nearly all of it within one machine, as published', async () => {
    const result = await resultOf(['idle-a', 'deb11-idle']);
    expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
    expect(measured(result, 'shared between all')).toBeCloseTo(11.05, 1);
    expect(measured(result, 'part of it')).toBeCloseTo(94.3, 1);
  });

  test('of two boots of one disk more is shared and less of it within one machine', async () => {
    const result = await resultOf(['idle-a', 'idle-b']);
    expect(measured(result, 'shared between all')).toBeGreaterThan(20);
    expect(measured(result, 'part of it')).toBeLessThan(50);
  });
});
