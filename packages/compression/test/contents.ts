import type { ContentTable } from '@overbook/core';
import { FILL_OTHER, FILL_SAME, FILL_ZERO, PAGE_BYTES } from '@overbook/core';
import { createHash } from 'node:crypto';
import { compressSync } from 'lz4-napi';

/** A table of contents from real pages: keys by SHA-256, sizes by the codec that the package itself uses. */
export function tableOf(pages: readonly Uint8Array[]): ContentTable {
  const count = pages.length;
  const table = {
    contentKey: 'sha256-64',
    codec: 'lz4-napi',
    keyLo: new Uint32Array(count),
    keyHi: new Uint32Array(count),
    compressedBytes: new Uint16Array(count),
    fill: new Uint8Array(count),
    bytes: new Uint8Array(count * PAGE_BYTES),
  };
  pages.forEach((page, i) => {
    const digest = createHash('sha256').update(page).digest();
    table.keyLo[i] = digest.readUInt32LE(0);
    table.keyHi[i] = digest.readUInt32LE(4);
    table.compressedBytes[i] = compressSync(Buffer.from(page)).length - 4;
    table.fill[i] = fillOf(page);
    table.bytes.set(page, i * PAGE_BYTES);
  });
  return table;
}

function fillOf(page: Uint8Array): number {
  const repeats = page.every((byte, at) => byte === page[at % 8]);
  if (!repeats) return FILL_OTHER;
  return page.every((byte) => byte === 0) ? FILL_ZERO : FILL_SAME;
}

/** `noise` bytes that do not compress, then one byte over and over: its LZ4 size is a little above `noise`. */
export function noisyPage(seed: number, noise: number): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES).fill(seed & 0xff);
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let at = 0; at < noise; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    page[at] = state & 0xff;
  }
  return page;
}

/** One 8-byte word over and over. */
export function wordPage(word: number): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  for (let at = 0; at < PAGE_BYTES; at++) page[at] = at % 8 === 0 ? word & 0xff : (word >>> 8) & 0xff;
  return page;
}
