/** Reads the numbers of an OBT1 file: LEB128 varints, u32 and u64, little endian; past the end is an import error. */
import type { OverbookError } from '@overbook/core/units';
import { importFailed } from '../messages.ts';

export class ObtCursor {
  readonly file: string;
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(file: string, bytes: Uint8Array, at: number) {
    this.file = file;
    this.#bytes = bytes;
    this.#at = at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.#at >= this.#bytes.length) throw this.fail('ends in the middle of a record');
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw this.fail('holds a number above 2^53');
      if (byte < 128) return value;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw this.fail('holds a number above 2^53');
    }
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    if (count > this.remaining) throw this.fail(`ends after ${this.remaining} of ${count} bytes`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  u32(): number {
    const b = this.take(4);
    return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }

  /** Up to 2^53. */
  u64(): number {
    const low = this.u32();
    const value = this.u32() * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) throw this.fail('holds a page number above 2^53');
    return value;
  }

  end(): void {
    if (this.remaining > 0) throw this.fail(`has ${this.remaining} bytes too many`);
  }

  /** Offsets count in the unpacked file. */
  fail(what: string): OverbookError {
    return importFailed(this.file, this.#at, what);
  }
}
