/** Opens an image in whatever format its first bytes show. */
import type { Stats } from 'node:fs';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OverbookError } from '@overbook/core/units';
import { unreadable } from '@overbook/formats';
import { prepareHoles } from './file-holes.ts';
import type { ImageFile } from './image-file.ts';
import { DescriptorFile } from './image-file.ts';
import type { ImagePages, ImageReader, ReadingOptions } from './image-reader.ts';
import { HEAD_BYTES, READER_CONTRACT } from './image-reader.ts';
import type { ImageHandle } from './memory-image.ts';
import { MemoryImage } from './memory-image.ts';
import { rawImage } from './raw-image.ts';
import { SHIPPED_READERS } from './shipped-readers.ts';
import { keepPipe, keepStream, packingOf, SNIFF_BYTES, unpackFile } from './unpacked-file.ts';

/** The note of an image that was read as raw because nothing else fitted. */
export const ASSUMED_RAW =
  'no known format: assumed to be raw memory from address 0 (confirm with --format raw)';

export interface OpenOptions extends ReadingOptions {
  /** Readers beside the shipped ones; asked first. */
  readonly readers?: readonly ImageReader[];
  /** Id of the reader to use instead of the one that the first bytes show. */
  readonly format?: string;
  /** The stream that path `-` means. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Folder of temporary files for packed images and streams; the system's by default. */
  readonly temporaryFolder?: string;
}

/**
 * Opens a file, a packed file (.gz, zlib, .br) or, as `-`, the stream in `options.stdin`. Close what you opened. Throws
 * OVB_IMAGE_* naming file and offset, OVB_FILE_UNREADABLE, OVB_TEMPORARY_FILE.
 */
export async function openImage(path: string, options: OpenOptions = {}): Promise<MemoryImage> {
  await prepareHoles();
  const { descriptor, size, name, onDisk } = await descriptorOf(path, options);
  try {
    const found = fstatSync(descriptor);
    const file = new DescriptorFile(descriptor, name, size, onDisk);
    const reader = chosenReader(file, options);
    const reading = readingOptions(options);
    const handle: ImageHandle = {
      name,
      descriptor,
      size,
      ...(onDisk === undefined ? {} : { path: onDisk }),
      format: reader.id,
      options: reading,
    };
    return new MemoryImage(handle, noted(await reader.open(file, reading), reader, options), {
      release: () => closeSync(descriptor),
      checkUnchanged: () => checkUnchanged(name, found, fstatSync(descriptor)),
    });
  } catch (cause) {
    closeSync(descriptor);
    throw cause;
  }
}

/** Opens an image in bytes that are at hand, a MemoryFile or a file of your own. Nothing to close but what it opens. */
export async function openImageFile(file: ImageFile, options: OpenOptions = {}): Promise<MemoryImage> {
  const reader = chosenReader(file, options);
  const reading = readingOptions(options);
  const handle: ImageHandle = {
    name: file.name,
    descriptor: -1,
    size: file.size,
    format: reader.id,
    options: reading,
  };
  return new MemoryImage(handle, noted(await reader.open(file, reading), reader, options), {
    release: nothing,
    checkUnchanged: nothing,
  });
}

/** Nothing in a raw file says that it is one: the image says when that was assumed. */
function noted(pages: ImagePages, reader: ImageReader, { format }: OpenOptions): ImagePages {
  if (reader !== rawImage || format !== undefined) return pages;
  return { ...pages, notes: [ASSUMED_RAW, ...(pages.notes ?? [])] };
}

function nothing(): void {
  return undefined;
}

function readingOptions({ sideFile, deviceMemory, holes }: OpenOptions): ReadingOptions {
  return {
    ...(sideFile === undefined ? {} : { sideFile }),
    ...(deviceMemory === undefined ? {} : { deviceMemory }),
    ...(holes === undefined ? {} : { holes }),
  };
}

interface Opened {
  readonly descriptor: number;
  readonly size: number;
  readonly name: string;
  readonly onDisk?: string;
}

async function descriptorOf(path: string, { stdin, temporaryFolder }: OpenOptions): Promise<Opened> {
  if (path === '-' && stdin !== undefined)
    return { ...(await keepStream('<stdin>', stdin, temporaryFolder)), name: '<stdin>' };
  const descriptor = opened(path);
  let packing;
  try {
    const found = fstatSync(descriptor);
    if (found.isFIFO()) return { ...(await keepPipe(path, descriptor, temporaryFolder)), name: path };
    if (!found.isFile()) throw notAFile(path, found);
    packing = packingOf(headOf(descriptor, path, SNIFF_BYTES), path);
    if (packing === undefined) return { descriptor, size: found.size, name: path, onDisk: path };
  } catch (cause) {
    closeSync(descriptor);
    throw cause;
  }
  closeSync(descriptor);
  return { ...(await unpackFile(path, packing, temporaryFolder)), name: path };
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function headOf(descriptor: number, name: string, length: number): Uint8Array {
  const head = new Uint8Array(length);
  try {
    return head.subarray(0, readSync(descriptor, head, 0, length, 0));
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function chosenReader(file: ImageFile, options: OpenOptions): ImageReader {
  const own = options.readers ?? [];
  // Only a .vmem has a side file: who names one has said the format.
  const format = options.format ?? (options.sideFile === undefined ? undefined : 'vmem');
  if (format !== undefined) return readerNamed(format, own, file.name);
  const head = new Uint8Array(Math.min(HEAD_BYTES, file.size));
  file.read(0, head);
  const reader = [...own, ...SHIPPED_READERS].find((one) => one.recognises(head, file));
  if (reader === undefined) throw new Error('the last shipped reader takes everything');
  return checkedReader(reader);
}

function readerNamed(id: string, own: readonly ImageReader[], at: string): ImageReader {
  const all = [...own, ...SHIPPED_READERS];
  const reader = all.find((one) => one.id === id);
  if (reader !== undefined) return checkedReader(reader);
  const ids = all.map((one) => one.id).join(', ');
  throw new OverbookError('OVB_IMAGE_FORMAT', at, `there is no reader '${id}'`, `Name one of: ${ids}.`);
}

function checkedReader(reader: ImageReader): ImageReader {
  if (reader.contract === READER_CONTRACT) return reader;
  throw new OverbookError(
    'OVB_CONTRACT',
    reader.id,
    `this reader implements contract ${reader.contract}, this package needs ${READER_CONTRACT}`,
    'Install versions of the reader and of @overbook/images that match.',
  );
}

function checkUnchanged(name: string, was: Stats, is: Stats): void {
  if (was.size === is.size && was.mtimeMs === is.mtimeMs) return;
  throw new OverbookError(
    'OVB_IMAGE_CHANGED',
    name,
    'changed while it was read',
    'Wait until nothing writes to the image, then run again.',
  );
}

function notAFile(path: string, found: Stats): OverbookError {
  return new OverbookError(
    'OVB_FILE_UNREADABLE',
    path,
    found.isDirectory() ? 'is a folder' : 'is not a regular file',
    'Give a file, or - to read a stream from standard input.',
  );
}
