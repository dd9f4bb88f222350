/** Compressors whose size of a page digests carry, each under a name with its version: sizes differ by coder. */
import { compressSync } from 'lz4-napi';

/** Size of one page alone, in bytes; a page that does not compress comes out above 4096. */
export interface PageCodec {
  readonly name: string;
  compressedBytes(page: Uint8Array): number;
}

const LENGTH_PREFIX_BYTES = 4;

/** LZ4 block format by lz4_flex (within 0.2 % of liblz4), without the length that lz4-napi writes in front. */
export const lz4: PageCodec = {
  name: 'lz4-napi-2.10.0',
  compressedBytes: (page) =>
    compressSync(Buffer.from(page.buffer, page.byteOffset, page.byteLength)).length - LENGTH_PREFIX_BYTES,
};
