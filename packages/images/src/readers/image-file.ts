/**
 * The bytes of an image file, read at any offset: what readers are given instead of a path. Reads past the end are
 * errors of ours that name file and offset, so no reader checks lengths before every read.
 */
import { readSync } from 'node:fs';
import { OverbookError } from '@overbook/core/units';
import { placeOf, unreadable } from '@overbook/formats';
import { MEND_CUT } from './mends.ts';
import { nextDataOffset, nextHoleOffset } from './file-holes.ts';

/** Bytes that can be read at any offset. */
export interface ImageFile {
  /** What errors call it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Fills `into` from `offset` on. Throws OVB_IMAGE_TRUNCATED when the file ends before. */
  read(offset: number, into: Uint8Array): void;
  /** The next offset at or after `offset` where bytes may be other than zero; `size` when none are. Costs little. */
  nextData(offset: number): number;
  /**
   * The next offset at or after `offset` from which a run of zeros is known without reading; `size` when there is
   * none.
   */
  nextHole(offset: number): number;
  /** Path on disk, for those who look beside it; absent when the bytes came from a stream. */
  readonly path?: string;
}

/** `length` bytes at `offset`, freshly allocated. Callers bound the length before they ask. */
export function bytesAt(file: ImageFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  // The length may come from a header that lies: nothing is allocated for what the file cannot hold.
  if (offset + length > file.size) throw endsBefore(file, offset, length);
  const bytes = new Uint8Array(length);
  file.read(offset, bytes);
  return bytes;
}

/** A view on `bytesAt`. */
export function viewAt(file: ImageFile, offset: number, length: number): DataView {
  return new DataView(bytesAt(file, offset, length).buffer);
}

/** A file by its descriptor, which stays the caller's; any thread of the process may read by the same one. */
export class DescriptorFile implements ImageFile {
  readonly name: string;
  readonly size: number;
  readonly path?: string;
  readonly #descriptor: number;

  constructor(descriptor: number, name: string, size: number, path?: string) {
    this.#descriptor = descriptor;
    this.name = name;
    this.size = size;
    if (path !== undefined) this.path = path;
  }

  read(offset: number, into: Uint8Array): void {
    if (!(offset >= 0) || offset + into.length > this.size) throw endsBefore(this, offset, into.length);
    for (let count = 0; count < into.length;) {
      const got = this.#readSome(offset + count, into, count);
      if (got === 0) throw shrank(this, offset + count);
      count += got;
    }
  }

  nextData(offset: number): number {
    return nextDataOffset(this.#descriptor, offset, this.size);
  }

  nextHole(offset: number): number {
    return nextHoleOffset(this.#descriptor, offset, this.size);
  }

  #readSome(offset: number, into: Uint8Array, from: number): number {
    try {
      return readSync(this.#descriptor, into, from, into.length - from, offset);
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
  }
}

/** Bytes in memory as a file: tests, and parts of other files that were put together. */
export class MemoryFile implements ImageFile {
  readonly name: string;
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  read(offset: number, into: Uint8Array): void {
    if (!(offset >= 0) || offset + into.length > this.size) throw endsBefore(this, offset, into.length);
    into.set(this.#bytes.subarray(offset, offset + into.length));
  }

  nextData(offset: number): number {
    return offset;
  }

  nextHole(): number {
    return this.size;
  }
}

/** The file ends before what its headers promise. */
export function endsBefore(file: ImageFile, offset: number, length: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_TRUNCATED',
    placeOf(file.name, Math.max(0, offset)),
    `${length} bytes should follow here, but the file ends at ${file.size}`,
    MEND_CUT,
  );
}

function shrank(file: ImageFile, offset: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CHANGED',
    placeOf(file.name, offset),
    `had ${file.size} bytes when it was opened, but ends here now`,
    'Wait until nothing writes to the image, then run again.',
  );
}
