import { hash } from 'node:crypto';

import type { ContentTable, RandomStream } from '@overbook/core';
import { FILL_OTHER, FILL_SAME, FILL_ZERO, PAGE_BYTES } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';

/** Index of the page of zeros in the kit's table. */
export const ZERO_CONTENT = 0;

/**
 * What the pages of one class look like: so many bytes of noise, then zeros. Any LZ compressor keeps noise as it is
 * and makes next to nothing of the zeros, so the size is known without compressing, close enough for 1 and 2 KiB
 * slots.
 */
const NOISE_BYTES = [300, 900, 1500, 2500, PAGE_BYTES] as const;
const SAME_FILLED = 6;
/** Size that a byte-wise compressor makes of a page of one repeated word: a literal and one long match. */
const SAME_FILLED_BYTES = 32;
/** Headers, the match of the zeros, and a literal run's length bytes (LZ4 block format: one per 255). */
function overhead(noise: number): number {
  return noise === PAGE_BYTES ? 18 : 24 + Math.ceil(noise / 255);
}

/** Pages that tests write: real bytes with the keys that the same bytes have (SHA-256's first 64 bits). */
export interface KitContents {
  readonly table: ContentTable & { readonly bytes: Uint8Array };
  readonly count: number;
}

/**
 * Makes `count` different pages: zero, same-filled, and noise of every compressibility. Equal seeds, equal
 * pages.
 */
export function makeContents(count: number, seed = 0x0b00c): KitContents {
  const random = new SeededRandom(seed).stream('kit/contents');
  const table = {
    contentKey: 'sha256-64',
    codec: 'noise-then-zeros',
    keyLo: new Uint32Array(count),
    keyHi: new Uint32Array(count),
    compressedBytes: new Uint16Array(count),
    fill: new Uint8Array(count),
    bytes: new Uint8Array(count * PAGE_BYTES),
  };
  for (let i = 0; i < count; i++) {
    const page = table.bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
    table.fill[i] = fillPage(page, i, random);
    table.compressedBytes[i] = compressedSize(i);
    const digest = hash('sha256', page, 'buffer');
    table.keyLo[i] = digest.readUInt32LE(0);
    table.keyHi[i] = digest.readUInt32LE(4);
  }
  return { table, count };
}

/** Bytes of a page that no compressor can do without: 0 for zero and same-filled pages. */
export function noiseBytes(index: number): number {
  return index <= SAME_FILLED ? 0 : noiseOf(index);
}

function noiseOf(index: number): number {
  return NOISE_BYTES[index % NOISE_BYTES.length]!;
}

function fillPage(page: Uint8Array, index: number, random: RandomStream): number {
  if (index === ZERO_CONTENT) return FILL_ZERO;
  if (index <= SAME_FILLED) {
    for (let i = 0; i < PAGE_BYTES; i += 8) page.fill(index, i, i + 4).fill(0xa0 + index, i + 4, i + 8);
    return FILL_SAME;
  }
  const noise = noiseOf(index);
  for (let i = 0; i < noise; i++) page[i] = 1 + random.below(255);
  return FILL_OTHER;
}

function compressedSize(index: number): number {
  if (index <= SAME_FILLED) return SAME_FILLED_BYTES;
  return noiseOf(index) + overhead(noiseOf(index));
}
