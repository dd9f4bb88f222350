/** Fields of foreign headers, in the byte order that the header declares. */

/** Reads numbers of one byte order from some bytes. */
export class Fields {
  readonly #view: DataView;
  readonly #little: boolean;

  constructor(bytes: Uint8Array, order: 'little' | 'big' = 'little') {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = order === 'little';
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  i32(at: number): number {
    return this.#view.getInt32(at, this.#little);
  }

  /** Exact below 2^53; what is larger only has to be recognised as too large. */
  u64(at: number): number {
    const low = this.u32(this.#little ? at : at + 4);
    const high = this.u32(this.#little ? at + 4 : at);
    return high * 0x1_0000_0000 + low;
  }

  /** Negative numbers are exact down to -2^53. */
  i64(at: number): number {
    const low = this.u32(this.#little ? at : at + 4);
    const high = this.i32(this.#little ? at + 4 : at);
    return high * 0x1_0000_0000 + low;
  }
}

/** True when the bytes at `at` are those of an ASCII text. */
export function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  if (at < 0 || at + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
