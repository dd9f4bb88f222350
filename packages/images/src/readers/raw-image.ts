/**
 * Raw images: guest-physical memory from address 0, byte for byte, as QMP `pmemsave` and `virsh dump --memory-only
 * --format raw` leave it. Plain, or packed as .gz or .br. Memory: a window or two, whatever the image's size.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { placeOf, unreadable } from '../messages.ts';
import type { ImageReader, PageWindow } from './image-reader.ts';

/** Chosen: 256 KiB to 1 MiB reads are fastest from the page cache. */
const WINDOW_BYTES = 1_048_576;

export const rawImage: ImageReader = {
  id: 'raw',
  title: 'Raw guest-physical memory, plain or packed (.gz, .br)',
  recognises: (path) => /\.raw(\.gz|\.br)?$/.test(path),
  windows: (path) => (/\.(gz|br)$/.test(path) ? packedWindows(path) : plainWindows(path)),
};

async function* plainWindows(path: string): AsyncGenerator<PageWindow, void> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const buffer = new Uint8Array(WINDOW_BYTES);
    let offset = 0;
    for (;;) {
      const count = await fillWindow(path, file, buffer, offset);
      if (count > 0)
        yield { first: offset / PAGE_BYTES, bytes: wholePages(path, offset, buffer.subarray(0, count)) };
      offset += count;
      if (count < WINDOW_BYTES) return refuseEmpty(path, offset);
    }
  } finally {
    await file.close();
  }
}

async function fillWindow(
  path: string,
  file: Awaited<ReturnType<typeof open>>,
  buffer: Uint8Array,
  offset: number,
): Promise<number> {
  let count = 0;
  try {
    while (count < buffer.length) {
      const { bytesRead } = await file.read(buffer, count, buffer.length - count, offset + count);
      if (bytesRead === 0) break;
      count += bytesRead;
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return count;
}

async function* packedWindows(path: string): AsyncGenerator<PageWindow, void> {
  const buffer = new Uint8Array(WINDOW_BYTES);
  let filled = 0;
  let offset = 0;
  for await (const chunk of unpacked(path)) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + WINDOW_BYTES - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < WINDOW_BYTES) continue;
      yield { first: offset / PAGE_BYTES, bytes: buffer };
      offset += filled;
      filled = 0;
    }
  }
  if (filled > 0)
    yield { first: offset / PAGE_BYTES, bytes: wholePages(path, offset, buffer.subarray(0, filled)) };
  refuseEmpty(path, offset + filled);
}

/** Unpacked chunks. An error of the file or of its packing comes out as ours. */
async function* unpacked(path: string): AsyncGenerator<Uint8Array, void> {
  const file = createReadStream(path);
  const unpacker = path.endsWith('.gz') ? createGunzip() : createBrotliDecompress();
  let fileError: Error | undefined;
  file.on('error', (error) => {
    fileError = error;
    unpacker.destroy(error);
  });
  try {
    for await (const chunk of file.pipe(unpacker) as Readable) yield chunk as Uint8Array;
  } catch (cause) {
    throw fileError === undefined ? damagedPacking(path, cause) : unreadable(path, cause);
  } finally {
    file.destroy();
  }
}

function wholePages(path: string, offset: number, bytes: Uint8Array): Uint8Array {
  const extra = bytes.length % PAGE_BYTES;
  if (extra === 0) return bytes;
  const end = offset + bytes.length;
  throw new OverbookError(
    'OVB_IMAGE_TRUNCATED',
    placeOf(path, end),
    `the image ends ${extra} bytes into a page of ${PAGE_BYTES}`,
    'Take the image again; a raw image is a whole number of pages.',
  );
}

function refuseEmpty(path: string, size: number): void {
  if (size > 0) return;
  throw new OverbookError('OVB_IMAGE_EMPTY', path, 'the image holds no page', 'Take the image again.');
}

const damagedPacking = (path: string, cause: unknown): OverbookError =>
  new OverbookError('OVB_IMAGE_CORRUPT', path, 'does not unpack', 'Fetch the file again.', cause);
