/** Foreign files come plain, gzipped or brotli-packed; all are unpacked under a limit. */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FileId } from '@overbook/formats';
import { corrupt, plausibleBytes, unreadable } from '@overbook/formats';

/**
 * The unpacked bytes of a file whose packing its name ending tells (.br, .gz, else none); at most `maxBytes`, and
 * no more than is plausible for its size.
 */
export function readUnpacked(id: FileId, maxBytes: number = Number.MAX_SAFE_INTEGER): Uint8Array {
  const packed = readWhole(id.name);
  const maxOutputLength = Math.max(1, Math.min(maxBytes, plausibleBytes(packed.length)));
  try {
    if (id.name.endsWith('.br')) return brotliDecompressSync(packed, { maxOutputLength });
    if (id.name.endsWith('.gz')) return gunzipSync(packed, { maxOutputLength });
  } catch (cause) {
    throw corrupt(id, 0, `does not unpack, or to more than ${maxOutputLength} bytes`, cause);
  }
  return packed;
}

function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
