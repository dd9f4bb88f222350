/**
 * Reads numbers out of one unpacked section and never past its end: whatever the bytes are, the answer is a number in
 * range or the file's one error.
 */
import type { OverbookError } from '@overbook/core/units';
import type { FileId, Section } from './format.ts';
import { corrupt } from '../messages.ts';

export class Cursor {
  readonly #id: FileId;
  readonly #section: Section;
  readonly #bytes: Uint8Array;
  #at: number;

  /** Starts at byte `at` of the section. */
  constructor(id: FileId, section: Section, at = 0) {
    this.#at = at;
    this.#id = id;
    this.#section = section;
    // A plain view: the slice() of a Buffer would hand out the section's own memory instead of a copy.
    const { buffer, byteOffset, length } = section.bytes;
    this.#bytes = new Uint8Array(buffer, byteOffset, length);
  }

  /** Position inside the unpacked section. */
  get at(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    if (this.#at >= this.#bytes.length) throw this.fail('ends in the middle of a record');
    return this.#bytes[this.#at++]!;
  }

  u32(): number {
    const at = this.#advance(4);
    const bytes = this.#bytes;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** LEB128 up to 2^53 - 1; the shortest form only, so that equal data has equal bytes. */
  varint(): number {
    // Nearly all numbers are of one or two bytes.
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 128) {
      this.#at++;
      return first;
    }
    const second = this.#bytes[this.#at + 1];
    if (second !== undefined && second < 128 && second > 0) {
      this.#at += 2;
      return (first! & 127) | (second << 7);
    }
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw this.fail('holds a number above 2^53');
      if (byte < 128) {
        if (byte === 0 && scale > 1) throw this.fail('holds a number that is not in its shortest form');
        return value;
      }
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw this.fail('holds a number above 2^53');
    }
  }

  /** Low half first; up to 2^53. */
  u64(): number {
    const low = this.u32();
    const value = this.u32() * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) throw this.fail('holds a number above 2^53');
    return value;
  }

  u16(): number {
    const at = this.#advance(2);
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8);
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    const at = this.#advance(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Refuses bytes that nothing has asked for. */
  end(): void {
    if (this.remaining > 0) throw this.fail(`has ${this.remaining} bytes too many`);
  }

  /** Where the next `count` bytes begin; they are read now. */
  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw this.fail(`ends after ${this.remaining} of ${count} bytes`);
    this.#at = at + count;
    return at;
  }

  /** The file's error, placed at this section. */
  fail(what: string): OverbookError {
    return corrupt(
      this.#id,
      this.#section.offset,
      `section ${this.#section.tag.trim()} ${what} (unpacked byte ${this.#at})`,
    );
  }
}
