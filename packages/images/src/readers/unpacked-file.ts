/**
 * Images that cannot be read at any offset, standard input and packed files, become an unnamed temporary file that
 * can. Zeros are not written but left as holes, so the file takes the room of what the image holds. It has no name
 * from the moment it is open: nothing is left behind, whatever happens.
 */
import { closeSync, createReadStream, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Transform } from 'node:stream';
import { Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, inflateSync } from 'node:zlib';
import { OverbookError } from '@overbook/core/units';
import { unreadable } from '@overbook/formats';
import { isAvmlMagic, isLimeMagic } from './lime-records.ts';

/** How a file is packed. */
export type Packing = 'gzip' | 'zlib' | 'brotli';

/** An open temporary file. */
export interface TemporaryFile {
  readonly descriptor: number;
  readonly size: number;
}

/** Chosen: what is all zero in this size is left out of the temporary file. */
const BLOCK_BYTES = 65_536;
const ZEROS = new Uint8Array(BLOCK_BYTES);
/** 1 TiB, as large as a digest may be: a small packed file of zeros could go on for hours. */
const UNPACKED_BYTES_MAX = 1_099_511_627_776;

/** First bytes that `packingOf` needs. */
export const SNIFF_BYTES = 512;

/** Tells gzip and zlib by their first bytes; brotli has no mark, so its name must do. */
export function packingOf(head: Uint8Array, name: string): Packing | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (isPackedLime(head)) return 'zlib';
  return name.endsWith('.br') ? 'brotli' : undefined;
}

/**
 * LiME can pack its whole file with zlib, whose two first bytes could also be memory: so it is asked what comes out.
 */
function isPackedLime(head: Uint8Array): boolean {
  if (head.length < 2 || (head[0]! & 0x0f) !== 8 || (head[0]! * 256 + head[1]!) % 31 !== 0) return false;
  try {
    const start = inflateSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1_048_576 });
    return isLimeMagic(start) || isAvmlMagic(start);
  } catch {
    return false;
  }
}

/** Unpacks a file on disk. Throws OVB_IMAGE_CORRUPT, OVB_FILE_UNREADABLE, OVB_TEMPORARY_FILE. */
export async function unpackFile(path: string, packing: Packing, folder?: string): Promise<TemporaryFile> {
  const file = createReadStream(path);
  let fileError: Error | undefined;
  const unpacker = unpackerOf(packing);
  file.on('error', (error) => {
    fileError = error;
    unpacker.destroy(error);
  });
  try {
    return await written(
      chunksOf(file.pipe(unpacker), (cause) => damagedPacking(path, cause)),
      folder,
    );
  } catch (cause) {
    if (fileError !== undefined) throw unreadable(path, fileError);
    throw cause;
  } finally {
    file.destroy();
    unpacker.destroy();
  }
}

/**
 * Takes a whole stream of bytes. Throws OVB_FILE_UNREADABLE, OVB_TEMPORARY_FILE and, when packed, OVB_IMAGE_CORRUPT.
 */
export async function keepStream(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  folder?: string,
): Promise<TemporaryFile> {
  const iterator = chunks[Symbol.asyncIterator]();
  const { head, rest } = await peek(iterator, name);
  const packing = packingOf(head, name);
  if (packing === undefined) return written(rest, folder);
  const unpacker = unpackerOf(packing);
  const source = Readable.from(rest, { objectMode: false });
  source.on('error', (error) => unpacker.destroy(error));
  return written(
    chunksOf(source.pipe(unpacker), (cause) => damagedPacking(name, cause)),
    folder,
  );
}

/**
 * A pipe by its name, as shells make them for `<(command)`. The descriptor is closed by its owner when this throws.
 */
export async function keepPipe(path: string, descriptor: number, folder?: string): Promise<TemporaryFile> {
  const kept = await keepStream(path, createReadStream(path, { fd: descriptor, autoClose: false }), folder);
  closeSync(descriptor);
  return kept;
}

function unpackerOf(packing: Packing): Transform {
  if (packing === 'gzip') return createGunzip();
  return packing === 'zlib' ? createInflate() : createBrotliDecompress();
}

/** The first bytes, and the stream with them in front again. */
async function peek(
  iterator: AsyncIterator<Uint8Array>,
  name: string,
): Promise<{ head: Uint8Array; rest: AsyncIterable<Uint8Array> }> {
  const first: Uint8Array[] = [];
  let length = 0;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await iterator.next();
    } catch (cause) {
      throw unreadable(name, cause);
    }
  };
  while (length < SNIFF_BYTES) {
    const { done, value } = await next();
    if (done === true) break;
    first.push(value);
    length += value.length;
  }
  async function* rest(): AsyncGenerator<Uint8Array, void> {
    yield* first;
    for (let step = await next(); step.done !== true; step = await next()) yield step.value;
  }
  return { head: Buffer.concat(first).subarray(0, SNIFF_BYTES), rest: rest() };
}

async function* chunksOf(
  stream: AsyncIterable<unknown>,
  damage: (cause: unknown) => Error,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    throw cause instanceof Error && cause.name === 'OverbookError' ? cause : damage(cause);
  }
}

async function written(chunks: AsyncIterable<Uint8Array>, folder = tmpdir()): Promise<TemporaryFile> {
  const descriptor = temporary(folder);
  try {
    // Whole blocks, so that the holes do not depend on the pieces in which the bytes happen to come.
    const block = new Uint8Array(BLOCK_BYTES);
    let size = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        const filled = size % BLOCK_BYTES;
        const part = chunk.subarray(at, at + BLOCK_BYTES - filled);
        block.set(part, filled);
        at += part.length;
        size += part.length;
        if (size % BLOCK_BYTES === 0) writeUnlessZero(descriptor, block, size - BLOCK_BYTES, folder);
      }
      if (size > UNPACKED_BYTES_MAX) throw endless(folder);
    }
    const rest = size % BLOCK_BYTES;
    writeUnlessZero(descriptor, block.subarray(0, rest), size - rest, folder);
    ftruncateSync(descriptor, size);
    return { descriptor, size };
  } catch (cause) {
    closeSync(descriptor);
    throw cause;
  }
}

function writeUnlessZero(descriptor: number, bytes: Uint8Array, offset: number, folder: string): void {
  if (Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0) return;
  try {
    for (let at = 0; at < bytes.length;)
      at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
  } catch (cause) {
    throw noTemporary(folder, cause);
  }
}

function temporary(folder: string): number {
  const path = join(folder, `overbook-${randomUUID()}`);
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return descriptor;
  } catch (cause) {
    throw noTemporary(folder, cause);
  }
}

function endless(folder: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_TOO_LARGE',
    folder,
    'the image unpacks to more than 1 TiB',
    'If it is a memory image, unpack it yourself and give the file.',
  );
}

function noTemporary(folder: string, cause: unknown): OverbookError {
  return new OverbookError(
    'OVB_TEMPORARY_FILE',
    folder,
    `cannot make a temporary file for the unpacked image: ${cause instanceof Error ? cause.message : 'no reason'}`,
    'Set TMPDIR to a folder with room for the image, or unpack it yourself and give the file.',
    cause,
  );
}

function damagedPacking(path: string, cause: unknown): OverbookError {
  return new OverbookError('OVB_IMAGE_CORRUPT', path, 'does not unpack', 'Fetch the file again.', cause);
}
