import { PAGE_BYTES } from '@overbook/core';
import { compressSync, uncompressSync } from 'lz4-napi';

/** lz4-napi writes the length of the original in front of the block; every page has the same, so it is not kept. */
const PREFIX_BYTES = 4;

/** A page as one raw LZ4 block (lz4_flex, within 0.2 % of liblz4); longer than 4096 bytes when it does not shrink. */
export function compressBlock(page: Uint8Array): Uint8Array {
  return compressSync(Buffer.from(page.buffer, page.byteOffset, page.byteLength)).subarray(PREFIX_BYTES);
}

/** The page behind a raw block, or undefined for a block that is damaged. */
export function uncompressBlock(block: Uint8Array): Uint8Array | undefined {
  const prefixed = Buffer.allocUnsafe(PREFIX_BYTES + block.length);
  prefixed.writeUInt32LE(PAGE_BYTES, 0);
  prefixed.set(block, PREFIX_BYTES);
  try {
    const page = uncompressSync(prefixed);
    return page.length === PAGE_BYTES ? page : undefined;
  } catch {
    // lz4-napi throws for a block that runs over its end; that it is damaged is all there is to say.
    return undefined;
  }
}
