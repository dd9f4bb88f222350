/** Foreign files come plain, gzipped or brotli-packed; all are unpacked under a limit. */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { corrupt, type FileId, unreadable } from '@overbook/images/container';

/** Chosen: a hundred times the largest trace we have. */
const UNPACKED_BYTES_MAX = 536_870_912; // 512 MiB

/** The unpacked bytes of a file whose packing its name ending tells (.br, .gz, else none). */
export function readUnpacked(id: FileId, maxBytes: number = UNPACKED_BYTES_MAX): Uint8Array {
  const packed = readWhole(id.name);
  const maxOutputLength = Math.max(1, Math.min(maxBytes, UNPACKED_BYTES_MAX));
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
