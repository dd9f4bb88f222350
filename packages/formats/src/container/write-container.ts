/** Writes the shared container, section by section. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import type { FileId } from './format.ts';
import {
  CODING_BROTLI,
  CODING_STORED,
  END_TAG,
  HEADER_BYTES,
  SECTION_BYTES_MAX,
  SECTION_HEADER_BYTES,
  magicOf,
} from './format.ts';
import { invalid } from '../messages.ts';

/** How hard to pack. */
export interface PackOptions {
  /** Brotli quality, 0..11. 9 by default; 11 is about a sixth smaller and twenty times slower on page traces. */
  readonly quality?: number;
}

/** Takes sections in order and hands out the file's pieces; nothing is kept but the chain of checksums. */
export class ContainerWriter {
  readonly #id: FileId;
  readonly #quality: number;
  readonly #emit: (piece: Uint8Array) => void;
  readonly #chain = createHash('sha256');

  /**
   * `emit` receives the file front to back, in pieces. `version` is the oldest one of this kind of file that knows all
   * sections that will follow.
   */
  constructor(id: FileId, emit: (piece: Uint8Array) => void, options: PackOptions = {}, version = 1) {
    this.#id = id;
    this.#quality = options.quality ?? 9;
    this.#emit = emit;
    const header = new Uint8Array(HEADER_BYTES);
    header.set(magicOf(id.kind));
    header[8] = version;
    this.#chain.update(header);
    emit(header);
  }

  /** One section; packed when that is shorter. Throws OVB_…_INVALID when it is above the format's limit. */
  section(tag: string, bytes: Uint8Array): void {
    if (bytes.length > SECTION_BYTES_MAX)
      throw invalid(this.#id, `section ${tag.trim()} of ${bytes.length} bytes is too large`);
    const packed = bytes.length < 64 ? bytes : pack(bytes, this.#quality);
    const shorter = packed.length < bytes.length;
    this.#put(tag, shorter ? CODING_BROTLI : CODING_STORED, shorter ? packed : bytes, bytes.length);
  }

  /** Closes the file; the writer is then spent. */
  end(): void {
    this.#put(END_TAG, CODING_STORED, this.#chain.copy().digest(), 32);
  }

  #put(tag: string, coding: number, payload: Uint8Array, unpackedBytes: number): void {
    const header = Buffer.alloc(SECTION_HEADER_BYTES);
    header.write(tag, 0, 4, 'latin1');
    header[4] = coding;
    header.writeUInt32LE(payload.length, 8);
    header.writeUInt32LE(unpackedBytes, 12);
    const checksum = createHash('sha256').update(header).update(payload).digest();
    this.#chain.update(checksum);
    this.#emit(header);
    this.#emit(payload);
    this.#emit(checksum);
  }
}

/** Joins the pieces of a container in memory; `version` as for ContainerWriter. */
export function containerBytes(
  id: FileId,
  fill: (writer: ContainerWriter) => void,
  options?: PackOptions,
  version = 1,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new ContainerWriter(id, (piece) => pieces.push(piece), options, version);
  fill(writer);
  writer.end();
  return Buffer.concat(pieces);
}

function pack(bytes: Uint8Array, quality: number): Uint8Array {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}
