/** Foreign files come plain, gzipped or brotli-packed; all are unpacked under a limit. */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { unreadable } from '@overbook/images/container';
import { importFailed } from '../messages.ts';

/** Chosen: a hundred times the largest trace we have. */
const UNPACKED_BYTES_MAX = 512 * 1024 * 1024;

/** The unpacked bytes of a file whose packing its name ending tells (.br, .gz, else none). */
export function readUnpacked(path: string, maxBytes: number = UNPACKED_BYTES_MAX): Uint8Array {
  return unpackAs(path, readWhole(path), maxBytes);
}

export function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unpackAs(path: string, packed: Uint8Array, maxOutputLength: number): Uint8Array {
  try {
    if (path.endsWith('.br')) return brotliDecompressSync(packed, { maxOutputLength });
    if (path.endsWith('.gz')) return gunzipSync(packed, { maxOutputLength });
  } catch (cause) {
    throw importFailed(path, undefined, `does not unpack, or to more than ${maxOutputLength} bytes`, cause);
  }
  return packed;
}
