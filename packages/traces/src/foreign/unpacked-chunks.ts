/** A file's bytes in pieces, unpacked where its first bytes (or, for Brotli, its name) say that it is packed. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream';
import type { Transform } from 'node:stream';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
  inflateSync,
} from 'node:zlib';
import { unreadable } from '@overbook/formats';
import { badFile } from './refusals.ts';

/** What formats are told by: chosen, enough for the banner of any of them. */
const HEAD_BYTES = 65_536;

type Packing = 'gzip' | 'zlib' | 'brotli';

/** The first bytes of a file, unpacked, and whether that is all of it. */
export interface Head {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

/** @throws OVB_FILE_UNREADABLE */
export function headOf(path: string): Head {
  const packed = firstBytes(path);
  const isWholeFile = packed.length < HEAD_BYTES;
  const packing = packingOf(path, packed);
  if (packing === undefined) return { bytes: packed, isWhole: isWholeFile };
  const bytes = unpackedHead(packed, packing);
  return { bytes: bytes.subarray(0, HEAD_BYTES), isWhole: isWholeFile && bytes.length <= HEAD_BYTES };
}

/** @throws OVB_FILE_UNREADABLE, OVB_TRACE_CORRUPT */
export async function* unpackedChunks(path: string): AsyncGenerator<Uint8Array> {
  const unpacker = unpackerOf(packingOf(path, firstBytes(path)));
  const source = createReadStream(path);
  const unpacked = unpacker === undefined ? source : pipeline(source, unpacker, () => undefined);
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (cause) {
    if ((cause as { syscall?: string }).syscall !== undefined) throw unreadable(path, cause);
    if (!/^(?:Z_|ERR_)/.test((cause as { code?: string }).code ?? '')) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badFile(
      { kind: 'trace', name: path },
      `does not unpack: ${why}`,
      'Fetch it again; none of it was used.',
    );
  }
}

function firstBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return bytes.subarray(0, readSync(descriptor, bytes, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function packingOf(path: string, [first = 0, second = 0]: Uint8Array): Packing | undefined {
  if (first === 0x1f && second === 0x8b) return 'gzip';
  // A zlib header: deflate, a window up to 32 KiB, and a check of both bytes.
  if (first === 0x78 && (first * 256 + second) % 31 === 0) return 'zlib';
  return path.endsWith('.br') ? 'brotli' : undefined;
}

function unpackerOf(packing: Packing | undefined): Transform | undefined {
  if (packing === 'gzip') return createGunzip();
  if (packing === 'zlib') return createInflate();
  return packing === 'brotli' ? createBrotliDecompress() : undefined;
}

/** What the first packed bytes unpack to; nothing where they do not. */
function unpackedHead(packed: Uint8Array, packing: Packing): Uint8Array {
  const finishFlush = constants.Z_SYNC_FLUSH;
  try {
    if (packing === 'gzip') return gunzipSync(packed, { finishFlush });
    if (packing === 'zlib') return inflateSync(packed, { finishFlush });
    return brotliDecompressSync(packed, { finishFlush: constants.BROTLI_OPERATION_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}
