import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';

import type { ContentTable } from '@overbook/core';
import { FILL_OTHER, FILL_ZERO, PAGE_BYTES } from '@overbook/core';

/** Contents by number, and for each page of an image the number of its content. */
export interface PackedImages {
  readonly table: ContentTable & { readonly bytes: Uint8Array };
  readonly images: Readonly<Record<string, Uint32Array>>;
}

function isZero(page: Uint8Array): boolean {
  return page.every((byte) => byte === 0);
}

/**
 * Two 32-bit FNV-1a hashes over the words of a page: keys for a test; a collision would show as a wrong
 * count.
 */
function keyOf(page: Uint8Array, start: number): number {
  const words = new Uint32Array(page.buffer, page.byteOffset, PAGE_BYTES / 4);
  let hash = start;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** A content table of pages that follow each other in memory, each a content of its own. */
export function tableOf(bytes: Uint8Array): PackedImages['table'] {
  const count = bytes.length / PAGE_BYTES;
  const table = {
    contentKey: 'fnv-2x32',
    codec: 'none',
    keyLo: new Uint32Array(count),
    keyHi: new Uint32Array(count),
    compressedBytes: new Uint16Array(count).fill(PAGE_BYTES),
    fill: new Uint8Array(count).fill(FILL_OTHER),
    bytes,
  };
  for (let index = 0; index < count; index++) {
    const page = bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);
    table.keyLo[index] = keyOf(page, 0x811c9dc5);
    table.keyHi[index] = keyOf(page, 0x2b3c4d5e);
    if (isZero(page)) table.fill[index] = FILL_ZERO;
  }
  return table;
}

/**
 * Unpacks images that were captured together: NAME.idx.br holds a content number per page, PACK.pages.br
 * each content once.
 * @param folder the images folder @param pack name of the pack of contents @param names images wanted
 */
export function unpackImages(folder: string, pack: string, names: readonly string[]): PackedImages {
  // The pack is larger than the window of ordinary brotli streams.
  const largeWindow = { params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 } };
  const packed = brotliDecompressSync(readFileSync(join(folder, `${pack}.pages.br`)), largeWindow);
  // Words are read: the bytes must start at a multiple of four, which a pooled buffer does not promise.
  const bytes = new Uint8Array(packed);
  const images = names.map((name) => {
    const index = new Uint8Array(brotliDecompressSync(readFileSync(join(folder, `${name}.idx.br`))));
    return [name, new Uint32Array(index.buffer)] as const;
  });
  return { table: tableOf(bytes), images: Object.fromEntries(images) };
}
