/**
 * A file put together from pieces of another, some of them compressed: what AVML's ranges are inside. Any place can be
 * read; one unpacked piece is kept, so reading on costs each piece once.
 */
import type { ImageFile } from './image-file.ts';
import { endsBefore } from './image-file.ts';

/** How a piece is stored; the number is the index of its unpacker. */
export interface Unpacker {
  /** Makes `into.length` bytes of the stored ones; `at` is their offset in the file, for errors. */
  unpack(stored: Uint8Array, into: Uint8Array, at: number): void;
}

/** A run of bytes of the outer file. Plain pieces are read in place, others whole. */
export interface Chunk {
  readonly bytes: number;
  readonly storedAt: number;
  readonly storedBytes: number;
  /** Index into the unpackers; -1 for plain. */
  readonly packing: number;
}

export class ChunkedFile implements ImageFile {
  readonly name: string;
  size = 0;
  readonly #file: ImageFile;
  readonly #unpackers: readonly Unpacker[];
  readonly #pieceBytesMax: number;
  #count = 0;
  #start = new Float64Array(64);
  #storedAt = new Float64Array(64);
  #storedBytes = new Uint32Array(64);
  #packing = new Int8Array(64);
  /** Last piece that was unpacked. */
  #kept = -1;
  #unpacked: Uint8Array<ArrayBuffer>;

  constructor(file: ImageFile, unpackers: readonly Unpacker[], pieceBytesMax: number) {
    this.#file = file;
    this.name = file.name;
    this.#unpackers = unpackers;
    this.#pieceBytesMax = pieceBytesMax;
    this.#unpacked = new Uint8Array(pieceBytesMax);
  }

  /** Puts a piece at the end. */
  add({ bytes, storedAt, storedBytes, packing }: Chunk): void {
    if (packing >= 0 && bytes > this.#pieceBytesMax) throw new RangeError('piece');
    if (this.#count === this.#packing.length) this.#grow();
    this.#start[this.#count] = this.size;
    this.#storedAt[this.#count] = storedAt;
    this.#storedBytes[this.#count] = packing < 0 ? 0 : storedBytes;
    this.#packing[this.#count++] = packing;
    this.size += bytes;
  }

  read(offset: number, into: Uint8Array): void {
    if (!(offset >= 0) || offset + into.length > this.size) throw endsBefore(this, offset, into.length);
    let piece = this.#find(offset);
    for (let done = 0; done < into.length; piece++) {
      const start = this.#start[piece]!;
      const end = piece + 1 < this.#count ? this.#start[piece + 1]! : this.size;
      const from = offset + done - start;
      const length = Math.min(into.length - done, end - start - from);
      this.#readPiece(piece, end - start, from, into.subarray(done, done + length));
      done += length;
    }
  }

  nextData(offset: number): number {
    return offset;
  }

  nextHole(): number {
    return this.size;
  }

  #readPiece(piece: number, bytes: number, from: number, into: Uint8Array): void {
    const at = this.#storedAt[piece]!;
    const packing = this.#packing[piece]!;
    if (packing < 0) {
      this.#file.read(at + from, into);
      return;
    }
    if (this.#kept !== piece) {
      // Not kept until it is whole: an error in between must not leave half a piece behind.
      this.#kept = -1;
      const stored = new Uint8Array(this.#storedBytes[piece]!);
      this.#file.read(at, stored);
      this.#unpackers[packing]!.unpack(stored, this.#unpacked.subarray(0, bytes), at);
      this.#kept = piece;
    }
    into.set(this.#unpacked.subarray(from, from + into.length));
  }

  #find(offset: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#start[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #grow(): void {
    const length = this.#packing.length * 2;
    const was = [this.#start, this.#storedAt, this.#storedBytes, this.#packing] as const;
    this.#start = new Float64Array(length);
    this.#storedAt = new Float64Array(length);
    this.#storedBytes = new Uint32Array(length);
    this.#packing = new Int8Array(length);
    this.#start.set(was[0]);
    this.#storedAt.set(was[1]);
    this.#storedBytes.set(was[2]);
    this.#packing.set(was[3]);
  }
}
